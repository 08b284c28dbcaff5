/** Holds a start within its time, and stops it when its stack turns away from it. */
import { CONTINUE_ROLLBACK } from "../../core/failures/circumstances";
import { RunFailedError, type RunFailure } from "../../core/failures/errors";
import { type Deadline, withDeadline } from "../../core/run/deadline";
import type { Session } from "../../core/run/session";
import type { Mask } from "../../core/secrets/secret-texts";
import { AwsFailure } from "./aws-errors";
import { subjectOf } from "./failures";
import type { Invocation } from "./invocation";
import { requireWanted } from "./late";
import { DeploymentFailure } from "./reason";
import { type StackView, seeStack, whileStackWants } from "./stack-watch";
import { type StartTimes, startTimes } from "./time";

/** What is known of a start while it is under way. */
export interface Starting {
  readonly invocation: Invocation;
  readonly session: Session;
  readonly deadline: Deadline | undefined;
  /** The stack, as it was when the request was met. */
  readonly stack: StackView;
  /** From now on secrets are taken out of what is said of a failure. */
  hide(mask: Mask): void;
  /**
   * Looks once more whether the request is over: what shows it may come after the request.
   *
   * @throws DeploymentFailure when it is.
   */
  requireWanted(): Promise<void>;
  /** How long the VM may take to be ready from now on, in seconds, if the resource allows so much. */
  readyTimeoutInSeconds(allowed: number): number;
}

/** @throws DeploymentFailure when nothing can have run. */
export async function withinStart<Result>(
  invocation: Invocation,
  vmName: string,
  receivedAtMs: number,
  work: (starting: Starting) => Promise<Result>,
): Promise<Result> {
  const { request, outside, sessions, log } = invocation;
  const session = sessions.current();
  const seen = await seeStack(request, outside);
  if (seen.hidden !== undefined) {
    log.warn(`${seen.hidden.message}; a rollback is not noticed`);
  }
  const stack = await requireWanted(invocation, vmName, seen);
  const wanted = async () => {
    await requireWanted(invocation, vmName, stack);
  };
  const times = startTimes(receivedAtMs, invocation.time());
  const stopping = stopperOf(session);
  const next = subjectOf(request, stack.status) === "rollback" ? CONTINUE_ROLLBACK : "deploy again";
  const late = stopLater(times, { vmName, receivedAtMs, next }, invocation, stopping);
  const seconds = Math.max(0, Math.round((times.waitsUntilMs - outside.nowMs()) / 1_000));
  const passed: RunFailure = { kind: "DeadlinePassed", vmName, waitedSeconds: seconds, lastState: "Sent" };
  let mask: Mask = (text) => text;
  const hide = (other: Mask) => {
    mask = other;
  };
  let signal: AbortSignal | undefined;
  try {
    return await withDeadline(seconds, passed, outside, (deadline) => {
      signal = deadline?.signal;
      const turned = (status: string) =>
        stopping.stop(`the script was not sent to '${vmName}': the stack is ${status} meanwhile; nothing was run`);
      const readyTimeoutInSeconds = readyTimeout(times, outside.nowMs);
      const starting = { invocation, session, deadline, stack, hide, requireWanted: wanted, readyTimeoutInSeconds };
      const watch = { atFirst: stack.status, tellsOfRest: true };
      return whileStackWants(request, watch, outside, turned, () => work(starting));
    });
  } catch (error) {
    throw failureOf(error, stopping.why(), mask, invocation);
  } finally {
    await late.end();
    if (stopping.why() !== undefined || signal?.aborted === true) {
      sessions.discard();
    }
  }
}

interface Stopper {
  stop(why: string): void;
  why(): string | undefined;
}

/** A run that has not been sent is not sent any more; one that has is waited for. */
function stopperOf(session: Session): Stopper {
  let first: string | undefined;
  return {
    stop: (why) => {
      first ??= why;
      session.startNothing();
    },
    why: () => first,
  };
}

interface Told {
  readonly vmName: string;
  readonly receivedAtMs: number;
  /** What to do then; goes on after "look what keeps the VM, then ". */
  readonly next: string;
}

function stopLater(
  { startsUntilMs }: StartTimes,
  { vmName, receivedAtMs, next }: Told,
  { outside, log }: Invocation,
  stopping: Stopper,
): { end(): Promise<void> } {
  const done = new AbortController();
  const waiting = outside.sleep(Math.max(0, startsUntilMs - outside.nowMs()), done.signal).then(
    () => {
      const seconds = Math.round((outside.nowMs() - receivedAtMs) / 1_000);
      const last = log.lastProgress();
      stopping.stop(
        `the script was not sent to '${vmName}' within ${seconds} s${last === undefined ? "" : ` (${last})`}: look what keeps the VM, then ${next}; nothing was run`,
      );
    },
    // The work was done before.
    () => undefined,
  );
  return {
    end: () => {
      done.abort();
      return waiting;
    },
  };
}

/** So that a VM which is not ready is told of by what is wrong with it, and not by the end of the time. */
function readyTimeout({ startsUntilMs }: StartTimes, nowMs: () => number): Starting["readyTimeoutInSeconds"] {
  return (allowed) => Math.max(0, Math.min(allowed, Math.floor((startsUntilMs - nowMs()) / 1_000) - 1));
}

function failureOf(error: unknown, stopped: string | undefined, mask: Mask, { sessions }: Invocation): unknown {
  if (error instanceof RunFailedError) {
    return new DeploymentFailure(stopped ?? mask(sessions.explained(error).message));
  }
  return error instanceof AwsFailure ? new DeploymentFailure(`${error.message}; nothing was run`) : error;
}
