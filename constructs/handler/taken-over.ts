/** Tells from the events of a stack whether what a Delete is to clean up is what the same update has just made. Pure. */
import type { StackRequest } from "./event";
import { ofStack } from "./later-events";
import type { StackEvent } from "./outside";

/** What a stack is in while it cleans up after an update. */
const CLEANING_UP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS";

const MADE = ["CREATE_COMPLETE", "UPDATE_COMPLETE"];

/**
 * Whether a Delete was sent to clean up after an update, and not by a rollback or with its stack. A stack that had ended its update
 * by then is being deleted, though the event of that may not be listed yet.
 *
 * @param events newest first.
 */
export function isOfCleanUp(request: StackRequest, events: readonly StackEvent[]): boolean {
  return ofStack(request, untilSent(request, events))[0]?.status === CLEANING_UP;
}

/**
 * A resource that could not be created stays where the rollback is switched off (`--disable-rollback`). The next update makes it
 * anew, under the same physical id, and deletes what had failed; whether before or after that, is not said. A Delete of something
 * else never comes after that: an update that goes well takes nothing off that it has made.
 *
 * Source: AWS CloudFormation, "Choose how to handle failures when provisioning resources".
 *
 * @param events newest first, as far back as they go.
 */
export function isTakenOver(request: StackRequest, events: readonly StackEvent[]): boolean {
  const { logicalResourceId, physicalResourceId } = request;
  if (!isOfCleanUp(request, events)) {
    return false;
  }
  const earlier = untilSent(request, events);
  const before = ofStack(request, earlier).find(({ status }) => status !== CLEANING_UP);
  const ofUpdate = before === undefined ? earlier : earlier.slice(0, earlier.indexOf(before));
  return ofUpdate.some(
    (event) =>
      event.logicalResourceId === logicalResourceId &&
      event.physicalResourceId === physicalResourceId &&
      MADE.includes(event.status),
  );
}

/** The second counts in which it was sent: what came after the Delete in it is no end of a clean-up, which waits for its answer. */
function untilSent({ sentAtMs }: StackRequest, events: readonly StackEvent[]): readonly StackEvent[] {
  return sentAtMs === undefined ? [] : events.filter(({ atMs }) => atMs < sentAtMs + 1_000);
}
