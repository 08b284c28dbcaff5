/** The real az CLI, as a user calls it: a process for each script. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Job } from "./messages";
import { Conflict, need, type Printed, type ScriptClient, stdoutOf } from "./script-client";

const CLOUD = "bench";

/** Signs in to the simulator, with a configuration of its own that goes with this process. */
export async function azClient(): Promise<ScriptClient> {
  const folder = mkdtempSync(join(tmpdir(), "azure-run-command-bench-az-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const env = {
    ...process.env,
    AZURE_CONFIG_DIR: folder,
    AZURE_CORE_COLLECT_TELEMETRY: "false",
    // The simulator's authority is none that Microsoft knows.
    AZURE_CORE_INSTANCE_DISCOVERY: "false",
  };
  const az = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)("az", [...args, "--output", "json"], { env });
    return stdout;
  };
  const endpoint = `https://${need("ARM_METADATA_HOSTNAME")}`;
  await az("cloud", "register", "--name", CLOUD, "--endpoint-resource-manager", endpoint);
  await az("cloud", "set", "--name", CLOUD);
  const who = ["--username", need("ARM_CLIENT_ID"), "--password", need("ARM_CLIENT_SECRET")];
  await az("login", "--service-principal", ...who, "--tenant", need("ARM_TENANT_ID"));
  return { prepare: async (job) => ({ job, run: () => run(az, job) }) };
}

async function run(az: (...args: string[]) => Promise<string>, { virtualMachineId, script }: Job): Promise<Printed> {
  const command = ["--command-id", "RunShellScript", "--scripts", script];
  const printed = await az("vm", "run-command", "invoke", "--ids", virtualMachineId, ...command).catch((error) => {
    throw /\(Conflict\)/.test(String(error)) ? new Conflict(String(error)) : error;
  });
  const { value } = JSON.parse(printed) as { readonly value: readonly { readonly message: string }[] };
  return { stdout: stdoutOf(value[0]?.message ?? ""), exitCode: undefined, stdoutSha256: undefined };
}
