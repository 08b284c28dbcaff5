/** What the receipts on a VM tell of the earlier runs of a resource, of which nobody else keeps count. Pure. */
import type { LastRun } from "../../core/plan";
import type { ListedReceipt } from "../../core/run/list-receipts";
import type { ExecutionState } from "../../core/run/outcome";
import { type ParsedRunId, parseRunId, runNameOf } from "./names";

/** A run of `script` or `update`. */
export interface EarlierRun extends ParsedRunId {
  readonly runId: string;
  readonly receipt: ListedReceipt;
}

/**
 * Newest first. Deletions are none of them, nor is a first run before the newest first run: it was of a resource that was deleted
 * while its VM was off. Of these the VM's clock decides, which may be wrong, and of all else the generation.
 */
export function earlierRuns(receipts: readonly ListedReceipt[]): readonly EarlierRun[] {
  const runs = receipts
    .flatMap((receipt) => {
      const parsed = parseRunId(receipt.runId);
      return parsed === undefined || parsed.kind === "delete" ? [] : [{ ...parsed, runId: receipt.runId, receipt }];
    })
    .sort((a, b) => b.generation - a.generation || startOf(b) - startOf(a));
  const first = runs.find(({ generation }) => generation === 1);
  return runs.filter((run) => run.generation > 1 || run === first);
}

/** What waits starts after all others. */
function startOf({ receipt }: EarlierRun): number {
  return receipt.startedAtSeconds ?? Number.MAX_SAFE_INTEGER;
}

/** The run that an earlier delivery of the same request has begun. */
export function runOfRequest(runs: readonly EarlierRun[], key: string, requestId: string): EarlierRun | undefined {
  const digits = parseRunId(runNameOf(key, 1, "create", requestId).runId)?.digits;
  return runs.find((run) => run.digits === digits);
}

/** `Unknown` while it goes on. */
export function stateOf({ receipt }: EarlierRun, successExitCodes: readonly number[]): ExecutionState {
  switch (receipt.state) {
    case "Exited":
      return receipt.exitCode !== undefined && successExitCodes.includes(receipt.exitCode) ? "Succeeded" : "Failed";
    case "Killed":
      return "Failed";
    case "Waiting":
    case "Running":
      return "Unknown";
    case "TimedOut":
    case "Canceled":
    case "Lost":
    case "Interrupted":
    case "Skipped":
      return receipt.state;
  }
}

export function goesOn({ receipt }: EarlierRun): boolean {
  return receipt.state === "Waiting" || receipt.state === "Running";
}

/** What the core asks of a state, told from the receipts. @returns undefined when there are none. */
export function lastRunOf(
  key: string,
  runs: readonly EarlierRun[],
  successExitCodes: readonly number[],
): LastRun | undefined {
  const [newest] = runs;
  if (newest === undefined) {
    return undefined;
  }
  const { generation, runId, receipt } = newest;
  const began = runs.find((run) => run.kind === "create" && hasBegun(run));
  // Receipts older than the run before the newest are removed; `update` runs only after `script` was a success.
  const created = runs.some((run) => run.kind === "update" || stateOf(run, successExitCodes) === "Succeeded");
  return {
    key,
    generation,
    runId,
    scriptRunId: began?.receipt.endedAs ?? receipt.last,
    prior: { executionState: stateOf(newest, successExitCodes), created, driftCheckId: null, rebuilt: false },
  };
}

function hasBegun({ receipt }: EarlierRun): boolean {
  return receipt.state !== "Waiting" && receipt.state !== "Skipped";
}
