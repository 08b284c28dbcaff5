// Puts the stand-in for AWS's installer into the simulated VM, as anybody would put a file into a VM in Azure: by a run command
// of Microsoft's own client. A process of its own: Node.js reads NODE_EXTRA_CA_CERTS when it starts.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ComputeManagementClient } from "@azure/arm-compute";
import { ClientSecretCredential } from "@azure/identity";

const [resourceGroupName, vmName, installers] = process.argv.slice(2);
const { env } = process;
const installer = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "ssm-setup-cli.sh"), "utf8");
const script = ["amd64", "arm64"].flatMap((architecture) => [
  `mkdir -p '${installers}/debian_${architecture}'`,
  `cat >'${installers}/debian_${architecture}/ssm-setup-cli' <<'STAND_IN'`,
  ...installer.trimEnd().split("\n"),
  "STAND_IN",
]);

const credential = new ClientSecretCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, env.AZURE_CLIENT_SECRET, {
  authorityHost: env.AZURE_AUTHORITY_HOST,
  disableInstanceDiscovery: true,
});
const client = new ComputeManagementClient(credential, env.AZURE_SUBSCRIPTION_ID, {
  endpoint: `https://${env.ARM_METADATA_HOSTNAME}`,
  credentials: { scopes: ["https://management.azure.com/.default"] },
});
await client.virtualMachines.beginRunCommandAndWait(
  resourceGroupName,
  vmName,
  { commandId: "RunShellScript", script },
  { updateIntervalInMs: 100 },
);
