/** One `RunCommandFleet` over the VMs of all jobs, called as Pulumi's provider process calls it. */
import { loadLifecycle } from "./azure-run-command";
import type { Job } from "./messages";
import type { Printed, ScriptClient } from "./script-client";

type Values = Readonly<Record<string, unknown>>;

/** Every VM runs the first job's script. A fleet keeps the exit codes of all, and what the first VM has printed. */
export async function fleetClient(jobs: readonly Job[]): Promise<ScriptClient> {
  const lifecycle = await loadLifecycle();
  const [first] = jobs;
  if (first === undefined) {
    throw new RangeError("a fleet needs a VM");
  }
  const resourceUrn = "urn:pulumi:bench::bench::pulumi-nodejs:dynamic/azure-run-command:RunCommandFleet::fleet";
  const virtualMachineIds = jobs.map(({ virtualMachineId }) => virtualMachineId);
  const given = {
    kind: "RunCommandFleet",
    key: "fleet",
    resourceUrn,
    virtualMachineIds,
    script: first.script,
    maxConcurrency: jobs.length,
  };
  const { inputs, failures } = await lifecycle.check({}, given);
  if (failures.length > 0) {
    throw new Error(failures.map(({ reason }) => reason).join("; "));
  }
  let created: Promise<Values> | undefined;
  const run = async ({ vmName }: Job): Promise<Printed> => {
    created ??= lifecycle.create(inputs).then(({ outs }) => outs);
    const { results, stdout } = await created;
    const exitCode = (results as Record<string, { readonly exitCode?: number }>)[vmName]?.exitCode;
    return { stdout: String((stdout as Values)[vmName] ?? ""), exitCode, stdoutSha256: undefined };
  };
  return { prepare: async (job) => ({ job, run: () => run(job) }) };
}
