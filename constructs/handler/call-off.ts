/** In a rollback that runs nothing: keeps what the failed update has waiting on the VM from starting. */
import { RunFailedError } from "../../core/failures/errors";
import type { RunState } from "../../core/guest/protocol";
import type { Known } from "../../core/inputs/desired-state";
import { cancelWaiting } from "../../core/run/cancel-waiting";
import type { ListedReceipt } from "../../core/run/list-receipts";
import { earlierRuns, goesOn } from "./receipts";
import type { Starting } from "./starting";

export interface CalledOff {
  readonly wanted: Known;
  readonly key: string;
}

/** What has started goes on to its end. Neither that nor a trouble with the VM fails a rollback: the log tells of both. */
export async function callOff(
  receipts: readonly ListedReceipt[],
  { wanted, key }: CalledOff,
  { invocation, session, deadline }: Starting,
): Promise<void> {
  const { request, log } = invocation;
  const { target, settings } = wanted;
  const runIds = earlierRuns(receipts)
    .filter(goesOn)
    .map(({ receipt }) => receipt.endedAs);
  if (runIds.length === 0) {
    return;
  }
  const asked = { target, key, runIds, label: request.logicalResourceId, outputMaxBytes: settings.outputMaxBytes };
  const where = `of the update that failed on '${target.vmName}'`;
  try {
    const states = await cancelWaiting(asked, session, log, deadline);
    for (const [index, runId] of runIds.entries()) {
      log.info(`the run '${runId}' ${where} ${describe(states[index])}`);
    }
  } catch (error) {
    if (!(error instanceof RunFailedError)) {
      throw error;
    }
    log.warn(`the runs ${runIds.join(", ")} ${where} may still start: ${error.message}`);
  }
}

/** How it stands after that. */
function describe(state: RunState | undefined): string {
  switch (state) {
    case "Canceled":
      return "waited for its turn, and was called off";
    case "Running":
      return "has started, and goes on";
    default:
      return "has ended meanwhile";
  }
}
