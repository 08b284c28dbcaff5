/** Microsoft's own library with its defaults: `beginRunCommandAndWait` polls each 2 s and retries as its pipeline does. */
import { createRequire } from "node:module";
import type { Job } from "./messages";
import { Conflict, need, type Printed, type ScriptClient, stdoutOf } from "./script-client";

export async function armComputeClient(): Promise<ScriptClient> {
  const load = createRequire(`${process.cwd()}/`);
  const { ClientSecretCredential } = load("@azure/identity") as typeof import("@azure/identity");
  const { ComputeManagementClient } = load("@azure/arm-compute") as typeof import("@azure/arm-compute");
  const credential = new ClientSecretCredential(
    need("AZURE_TENANT_ID"),
    need("AZURE_CLIENT_ID"),
    need("AZURE_CLIENT_SECRET"),
    { authorityHost: need("AZURE_AUTHORITY_HOST"), disableInstanceDiscovery: true },
  );
  const client = new ComputeManagementClient(credential, need("AZURE_SUBSCRIPTION_ID"), {
    endpoint: `https://${need("ARM_METADATA_HOSTNAME")}`,
    credentials: { scopes: ["https://management.azure.com/.default"] },
  });
  const run = async ({ vmName, script }: Job): Promise<Printed> => {
    const input = { commandId: "RunShellScript", script: script.split("\n") };
    try {
      const ended = await client.virtualMachines.beginRunCommandAndWait("rg", vmName, input);
      return { stdout: stdoutOf(ended.value?.[0]?.message ?? ""), exitCode: undefined, stdoutSha256: undefined };
    } catch (error) {
      throw (error as { readonly statusCode?: number }).statusCode === 409 ? new Conflict(String(error)) : error;
    }
  };
  return { prepare: async (job) => ({ job, run: () => run(job) }) };
}
