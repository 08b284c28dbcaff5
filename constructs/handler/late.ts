/** Finds out whether a request is over that was delivered late, or a second time: then nobody reads its answer. */
import { AwsFailure } from "./aws-errors";
import type { Invocation } from "./invocation";
import { isMadeAnew, stateAfter, stateWhenSent } from "./later-events";
import type { StackEvent } from "./outside";
import { DeploymentFailure } from "./reason";
import { isAtRest, ROLLING_BACK_AN_UPDATE, type StackView } from "./stack-watch";
import { isOfCleanUp, isTakenOver } from "./taken-over";

/** How far back an update can have begun that cleans up now. Source: our own choice; a run can take 12 hours. */
const UPDATE_MAX_MS = 24 * 3_600_000;

/**
 * Only where something shows that it is over: what cannot be seen keeps nothing from starting.
 *
 * @param stack as it was when the request was met.
 * @returns the stack as it was when it sent the request: what is told of its state may be a little old, and an Update that rolls back
 * is not to be taken for one that is rolled back.
 * @throws DeploymentFailure when a Create or an Update is over.
 */
export async function requireWanted(invocation: Invocation, vmName: string, stack: StackView): Promise<StackView> {
  const { request } = invocation;
  const { status } = stack;
  const rests = isAtRest(status);
  const events = rests ? [] : await eventsSince(invocation);
  const state = rests ? status : stateAfter(request, events);
  if (state !== undefined) {
    throw new DeploymentFailure(
      `the script was not sent to '${vmName}': the request came late or a second time, and the stack has become ${state} meanwhile; nothing was run`,
    );
  }
  return status === "UPDATE_IN_PROGRESS" && stateWhenSent(request, events) === ROLLING_BACK_AN_UPDATE
    ? { ...stack, status: ROLLING_BACK_AN_UPDATE }
    : stack;
}

/** Whether a Delete would take off what was made after it, or what the very update has made that cleans up with it. */
export async function isOverDelete(invocation: Invocation): Promise<boolean> {
  const { request, log } = invocation;
  if (request.type !== "Delete") {
    return false;
  }
  const events = await eventsSince(invocation);
  if (isMadeAnew(request, events)) {
    log.info("nothing is removed: the request came late or a second time, and the resource was made anew meanwhile");
    return true;
  }
  if (isOfCleanUp(request, events) && isTakenOver(request, await eventsSince(invocation, UPDATE_MAX_MS))) {
    log.info(
      "nothing is removed: the same update has made the resource anew, in place of one that could not be created",
    );
    return true;
  }
  return false;
}

/** @param beforeMs how long before the request, too. */
async function eventsSince({ request, outside, log }: Invocation, beforeMs = 0): Promise<readonly StackEvent[]> {
  const { stackId, sentAtMs } = request;
  try {
    return sentAtMs === undefined ? [] : await outside.stackEvents(stackId, sentAtMs - beforeMs);
  } catch (error) {
    if (!(error instanceof AwsFailure)) {
      throw error;
    }
    log.warn(`${error.message}; a request that comes late, or a second time, is not noticed`);
    return [];
  }
}
