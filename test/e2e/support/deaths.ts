/** Kills what deploys, and tells when nothing of it is left. */
import { readFileSync } from "node:fs";
import { marked, type Running } from "./processes";
import type { PulumiProject } from "./pulumi-project";
import { until } from "./until";

/** Who is killed with SIGKILL. */
export type Victim = "engine" | "provider";

/** An orphan looks for its engine every 5 s and believes the second refusal. Source: provider/engine-watch.ts. */
const ORPHAN_MAX_MS = 30_000;

/** The processes of this project's provider. Pulumi's own language host outlives a killed engine, which is not ours. */
export function providersOf({ folder }: PulumiProject): number[] {
  return marked(folder).filter((pid) => commandLineOf(pid).includes("dynamic-provider/index.js"));
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // ended in the meantime
  }
}

/** Sends SIGKILL. The other one lives on. */
export function strike(victim: Victim, project: PulumiProject, deployment: Running): void {
  switch (victim) {
    case "engine":
      deployment.kill("SIGKILL");
      break;
    case "provider": {
      if (providersOf(project).length === 0) throw new Error(`there is no provider to kill:\n${deployment.output()}`);
      endProviders(project);
    }
  }
}

export function endProviders(project: PulumiProject): void {
  for (const pid of providersOf(project)) process.kill(pid, "SIGKILL");
}

/** Resolves when the next command may come: the engine has ended and nobody holds the stack. */
export async function untilFree(victim: Victim, project: PulumiProject, deployment: Running): Promise<void> {
  const { exitCode, signal, output } = await deployment.ended;
  switch (victim) {
    case "engine": {
      if (signal !== "SIGKILL") throw new Error(`the engine had ended before it was killed:\n${output}`);
      const canceled = await project.cancel();
      if (canceled.exitCode !== 0)
        throw new Error(`'pulumi cancel' ended with ${canceled.exitCode}:\n${canceled.output}`);
      break;
    }
    case "provider":
      if (exitCode !== 255) throw new Error(`the engine ended with ${exitCode}:\n${output}`);
  }
}

export function untilNoProvider(project: PulumiProject): Promise<void> {
  const none = () => providersOf(project).length === 0;
  return until("the orphaned provider has ended", none, { timeoutMs: ORPHAN_MAX_MS, intervalMs: 500 });
}
