/** What the Update that rolls a failed one back does otherwise than any other. */
import type { VmTarget } from "../../core/arm/invocation";
import { RunFailedError } from "../../core/failures/errors";
import type { JsonObject } from "../../core/json";
import { attributesWithoutResult } from "./attributes";
import { subjectOf } from "./failures";
import type { Next } from "./handed-on";
import { readOptions } from "./inputs";
import { type Leftover, leftoverOf, removeLeftover } from "./leftover";
import { NOTHING_STARTS_AFTER_SECONDS } from "./stack-watch";
import type { Starting } from "./starting";

/**
 * What is kept of a start's time for the start itself, in milliseconds, while what was left is taken off: a look, and the run.
 * Source: our own choice.
 */
const KEPT_FOR_THE_START_MS = 300_000;

export interface RollBackTo {
  readonly target: VmTarget;
  readonly key: string;
  readonly physicalId: string;
  /** Whether nothing is to run. */
  readonly skips: boolean;
  /** When the request came, by our clock. */
  readonly receivedAtMs: number;
}

export interface RolledBack {
  readonly next: Next;
  /** Whether something is to be taken off that nobody else takes off, when all else is done. */
  readonly leftover?: true;
}

/**
 * Does the work of a start; where it rolls a failed Update back, with what belongs to that before and after it.
 *
 * @throws RunFailedError
 */
export async function rollBack(to: RollBackTo, starting: Starting, work: () => Promise<Next>): Promise<RolledBack> {
  const { invocation, stack } = starting;
  const { request, properties, log } = invocation;
  if (subjectOf(request, stack.status) !== "rollback") {
    return { next: await work() };
  }
  const left = leftoverOf(request, to.target, to.physicalId);
  try {
    const leftover = to.skips ? left : await takeOffFirst(left, to, starting);
    const next = await work();
    return leftover === undefined || leftover.isKnown ? { next } : { next, leftover: true };
  } catch (error) {
    if (!(error instanceof RunFailedError)) {
      throw error;
    }
    if (isGone(error)) {
      log.warn(`the VM '${to.target.vmName}' is gone: there is nothing to roll back on it, and nothing was run`);
      const isElsewhere = left !== undefined && !left.isOnSameVm && !left.isKnown;
      return { next: nothingKnown(to.key, properties), ...(isElsewhere ? { leftover: true } : {}) };
    }
    throw error.about("rollback");
  }
}

/** @returns what is still to be taken off. */
async function takeOffFirst(
  left: Leftover | undefined,
  { receivedAtMs }: RollBackTo,
  { invocation, deadline, requireWanted }: Starting,
): Promise<Leftover | undefined> {
  const { outside, sessions, time } = invocation;
  // The Update that is rolled back may not have noticed yet, and still begin its run.
  await outside.sleep(NOTHING_STARTS_AFTER_SECONDS * 1_000, deadline?.signal);
  // Nor may this one be that Update, met late.
  await requireWanted();
  if (left?.isOnSameVm !== true) {
    return left;
  }
  const briefly = () => ({ ...time(), remainingMs: time().remainingMs - KEPT_FOR_THE_START_MS });
  // The session goes on: what is still to be started is started in it.
  const keeping = { ...invocation, time: briefly, sessions: { ...sessions, discard: () => undefined } };
  return (await removeLeftover(keeping, receivedAtMs)) ? undefined : left;
}

/** A subscription that is not found may be a wrong sign-in. */
function isGone({ failure }: RunFailedError): boolean {
  return failure.kind === "VmNotFound" && failure.missing !== "subscription";
}

/** Nothing runs, and no earlier run can be shown. */
export function nothingKnown(key: string, properties: JsonObject): Next {
  const run = { key, runId: "", secretVersions: "", lastRunId: "" };
  const { outputNames } = readOptions(properties);
  return { kind: "answer", attributes: attributesWithoutResult("Unknown", run, outputNames) };
}
