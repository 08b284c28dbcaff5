/** Looks whether a stack still wants what its request asked for: CloudFormation does not tell a request that it is over. */
import { AwsFailure } from "./aws-errors";
import type { StackRequest } from "./event";
import type { HandlerOutside } from "./outside";

/** How long between two looks. Source: our own choice; each is a call that AWS counts. */
export const STACK_LOOK_INTERVAL_SECONDS = 15;

/**
 * How long after a stack has turned nothing that it had asked for before is started any more: a look comes within 15 s, and takes
 * some itself. Source: our own choice.
 */
export const NOTHING_STARTS_AFTER_SECONDS = 30;

/** The state in which CloudFormation sends an Update with the properties of before. Source: AWS CloudFormation, "Stack status codes". */
export const ROLLING_BACK_AN_UPDATE = "UPDATE_ROLLBACK_IN_PROGRESS";

/**
 * Whether a stack has turned away from what the request asked for.
 *
 * @param atFirst the state in which the request was met; a rollback asks for Updates itself.
 */
export function hasTurned(
  { type }: Pick<StackRequest, "type">,
  atFirst: string | undefined,
  now: string | undefined,
): boolean {
  if (now === undefined) {
    return false;
  }
  const rollsBack = /^(UPDATE_|IMPORT_)?ROLLBACK_/;
  const isOfRollback = type === "Update" && (atFirst === undefined || rollsBack.test(atFirst));
  return now.startsWith("DELETE_") || (rollsBack.test(now) && !isOfRollback);
}

/** Whether nothing is under way in which a stack asks for a Create or an Update. Source: AWS CloudFormation, "Stack status codes". */
export function isAtRest(status: string | undefined): boolean {
  return status !== undefined && /_(COMPLETE|FAILED|COMPLETE_CLEANUP_IN_PROGRESS)$/.test(status);
}

export interface StackView {
  /** `undefined` when it cannot be seen. */
  readonly status: string | undefined;
  /** Why it cannot be seen. */
  readonly hidden: AwsFailure | undefined;
}

export async function lookAtStack({ stackId }: StackRequest, outside: HandlerOutside): Promise<StackView> {
  try {
    return { status: await outside.stackStatus(stackId), hidden: undefined };
  } catch (error) {
    if (error instanceof AwsFailure) {
      return { status: undefined, hidden: error };
    }
    throw error;
  }
}

/** How long a trouble of AWS's that passes may keep a start from seeing its stack. Source: our own choice. */
export const STACK_SEEN_WITHIN_SECONDS = 120;

/**
 * The same; a trouble that passes is waited for, since what a request means depends on the state in which it was met. A stack that
 * is at rest is looked at once more: what is told of it may be a little old.
 */
export async function seeStack(request: StackRequest, outside: HandlerOutside): Promise<StackView> {
  const untilMs = outside.nowMs() + STACK_SEEN_WITHIN_SECONDS * 1_000;
  let view = await lookAtStack(request, outside);
  while (view.hidden?.isPassing === true && outside.nowMs() < untilMs) {
    await outside.sleep(STACK_LOOK_INTERVAL_SECONDS * 1_000);
    view = await lookAtStack(request, outside);
  }
  if (isAtRest(view.status)) {
    await outside.sleep(STACK_LOOK_INTERVAL_SECONDS * 1_000);
    view = await lookAtStack(request, outside);
  }
  return view;
}

export interface Watch {
  /** The state in which the request was met; `undefined` when that cannot be seen. */
  readonly atFirst: string | undefined;
  /**
   * Whether it is told of, too, that a stack is at rest, in two looks: it waits for no answer then, since a resource beside this one
   * has failed, and that is not rolled back, or the rollback has failed.
   */
  readonly tellsOfRest: boolean;
}

/**
 * Does some work, and looks each 15 s whether the stack still wants it.
 *
 * @param turned called once, with the state, when the stack has turned, or rests; the work is to end soon then.
 */
export async function whileStackWants<Result>(
  request: StackRequest,
  watch: Watch,
  outside: HandlerOutside,
  turned: (status: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const done = new AbortController();
  const watching = turnOf(request, watch, outside, done.signal).then(
    (status) => status !== undefined && turned(status),
  );
  try {
    return await work();
  } finally {
    done.abort();
    await watching;
  }
}

/** @returns the state to which the stack has turned, or in which it rests; `undefined` when it has not until the work was done. */
async function turnOf(
  request: StackRequest,
  { atFirst, tellsOfRest }: Watch,
  outside: HandlerOutside,
  done: AbortSignal,
): Promise<string | undefined> {
  let now = atFirst;
  let rests = false;
  while (!done.aborted && !hasTurned(request, atFirst, now) && !rests) {
    await outside.sleep(STACK_LOOK_INTERVAL_SECONDS * 1_000, done).catch(() => undefined);
    const before = now;
    now = done.aborted ? undefined : (await lookAtStack(request, outside)).status;
    rests = tellsOfRest && isAtRest(before) && isAtRest(now);
  }
  return done.aborted ? undefined : now;
}
