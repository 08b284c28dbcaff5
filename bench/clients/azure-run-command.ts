/** This package, called as Pulumi's provider process calls it: `check`, then `create`. */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type { Job } from "./messages";
import type { PreparedJob, Printed, ScriptClient } from "./script-client";

type Lifecycle = typeof import("../../provider/lifecycle");

export async function azureRunCommandClient(): Promise<ScriptClient> {
  const lifecycle = await loadLifecycle();
  return { prepare: (job) => check(lifecycle, job) };
}

export async function loadLifecycle(): Promise<Lifecycle> {
  const load = createRequire(`${process.cwd()}/`);
  // A provider process has it in its memory before it meets this package.
  load("@pulumi/pulumi");
  const lifecycle = load("azure-run-command/provider/lifecycle") as Lifecycle;
  await lifecycle.configure({ config: { get: () => undefined } });
  return lifecycle;
}

/** The engine checks one resource after the other, and creates many at the same time. */
async function check(lifecycle: Lifecycle, job: Job): Promise<PreparedJob> {
  const { name, virtualMachineId, script, outputMaxBytes } = job;
  const resourceUrn = `urn:pulumi:bench::bench::pulumi-nodejs:dynamic/azure-run-command:RunCommand::${name}`;
  const key = createHash("sha256").update(resourceUrn).digest("hex").slice(0, 20);
  const settings = outputMaxBytes === undefined ? {} : { outputMaxBytes };
  const { inputs, failures } = await lifecycle.check({}, { key, resourceUrn, virtualMachineId, script, ...settings });
  if (failures.length > 0) {
    throw new Error(failures.map(({ reason }) => reason).join("; "));
  }
  return { job, run: async () => printed((await lifecycle.create(inputs)).outs) };
}

function printed({ stdout, exitCode, stdoutSha256 }: Readonly<Record<string, unknown>>): Printed {
  return {
    stdout: String(stdout),
    exitCode: typeof exitCode === "number" ? exitCode : undefined,
    stdoutSha256: typeof stdoutSha256 === "string" ? stdoutSha256 : undefined,
  };
}
