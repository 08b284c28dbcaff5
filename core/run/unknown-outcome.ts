/** Makes an outcome of what went wrong while something was sent, or was waited for. */
import type { VmTarget } from "../arm/invocation";
import { diagnose } from "../failures/diagnose";
import { RunFailedError } from "../failures/errors";
import { type RunOutcome, UNKNOWN_RESULT } from "./outcome";
import type { Session } from "./session";

/**
 * A run that can have begun always has an outcome, even when how it ended is not known.
 *
 * @param hasBegun whether it had begun before, whatever keeps us from looking at it.
 * @throws RunFailedError, with what could be found out about it, when nothing can have run.
 */
export async function unknownOutcome(
  error: unknown,
  target: VmTarget,
  session: Session,
  hasBegun = false,
): Promise<RunOutcome> {
  if (!(error instanceof RunFailedError)) {
    throw error;
  }
  const explained = await diagnose(error, target, session);
  if (!explained.mayHaveRun && !hasBegun) {
    throw explained;
  }
  const { failure, evidence } = explained;
  return { result: UNKNOWN_RESULT, failure, evidence, takenUp: false };
}
