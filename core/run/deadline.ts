/** A time at which waiting ends, with the failure that says so. */
import { RunFailedError, type RunFailure } from "../failures/errors";
import { TIMER_MAX_MS } from "../limits";
import type { Outside } from "../outside";
import type { Session } from "./session";

export interface Deadline {
  /** Aborts with a `RunFailedError` when the time is over. */
  readonly signal: AbortSignal;
}

/** Until something is sent, the first ^C ends the waiting too. */
export function untilSent(vmName: string, session: Session, deadline: Deadline | undefined): AbortSignal {
  const ends = [deadline?.signal, session.interruption(vmName)];
  return AbortSignal.any(ends.filter((signal) => signal !== undefined));
}

/**
 * Does some work for which there is so much time. What it has begun outside of this process by then goes on there.
 *
 * @param seconds `undefined` for no end.
 */
export async function withDeadline<Result>(
  seconds: number | undefined,
  failure: RunFailure,
  outside: Outside,
  work: (deadline: Deadline | undefined) => Promise<Result>,
): Promise<Result> {
  if (seconds === undefined) {
    return work(undefined);
  }
  const passed = new AbortController();
  const done = new AbortController();
  outside.sleep(Math.min(seconds * 1_000, TIMER_MAX_MS), done.signal).then(
    () => passed.abort(new RunFailedError(failure)),
    // The work was done before.
    () => undefined,
  );
  return work({ signal: passed.signal }).finally(() => done.abort());
}
