/** What is known of a resource's runs on a VM once one of them has ended. Pure. */
import type { LastRun, NextRun } from "../plan";
import type { ExecutionState } from "./outcome";

export interface EndedRun {
  readonly key: string;
  readonly run: NextRun;
  readonly runId: string;
  /** The run that came to an end: another one than `runId` after a restart of the VM. */
  readonly endedAs: string;
  readonly executionState: ExecutionState;
  /** Whether the result leaves nothing to do. */
  readonly isDone: boolean;
  /** What was known before; undefined at the first run. */
  readonly before: LastRun | undefined;
}

/** Once it is taken up, it is known. */
const NOT_KNOWN_TO_HAVE_RUN: readonly ExecutionState[] = ["Skipped", "NotStarted", "Unknown"];

export function lastRunAfter(ended: EndedRun): LastRun {
  const { key, run, runId, executionState, isDone } = ended;
  // The first run on a VM knows of none before.
  const last = run.purpose === "create" ? undefined : ended.before;
  const created = last?.prior.created === true || (ranScript(ended) && executionState === "Succeeded");
  // What is wrong with the VM stays wrong until a run that mends it is done.
  const driftCheckId = isDone ? null : (last?.prior.driftCheckId ?? null);
  return {
    key,
    generation: run.generation,
    runId,
    scriptRunId: scriptRunOf(ended, last),
    prior: { executionState, created, driftCheckId, rebuilt: false },
  };
}

/** Whose output later scripts can read: that of the last run of `script` which is known to have run, or may be the first. */
function scriptRunOf(ended: EndedRun, last: LastRun | undefined): string | undefined {
  const mayHaveRun = ended.run.runs === "script" && ended.executionState === "Unknown";
  return ranScript(ended) ? ended.endedAs : (last?.scriptRunId ?? (mayHaveRun ? ended.endedAs : undefined));
}

function ranScript({ run, executionState }: EndedRun): boolean {
  return run.runs === "script" && !NOT_KNOWN_TO_HAVE_RUN.includes(executionState);
}
