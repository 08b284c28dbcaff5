/** When to ask next how an operation goes. Pure. */
import type { Pace, Work } from "./pace";
import { POLLS_OF_ONE_OPERATION } from "./request-limits";

/** What is known of one operation when the next poll is thought of. Times are since Azure took the request. */
export interface PollMoment {
  readonly work: Work;
  /** When it was last seen to go on; 0 before the first poll. */
  readonly lastMs: number;
  /** When it was first asked for; undefined before. */
  readonly firstMs: number | undefined;
  readonly polls: number;
  /** How many polls Azure said that are left for this operation; undefined when it did not. */
  readonly left: number | undefined;
  /** What the last reply asked for. */
  readonly retryAfterMs: number | undefined;
}

const INTERVAL_MIN_MS = 150;
const INTERVAL_MAX_MS = 5_000;
/**
 * An interval, in seconds, is this much times the root of the time that has passed: the longer an operation goes on, the
 * less likely it ends in the next second, and the root of that is what makes the sum of all delays smallest.
 */
const ROOT_PART = 0.2;
/**
 * The same, while most end: four of five on record did within 10 s after the first one could. At 17.5 s, the usual end, an
 * interval is 0.63 s, so that the end is seen 0.3 s late at the median.
 */
const OFTEN_PART = 0.15;
const OFTEN_WITHIN_MS = 10_000;
/** How much longer each wait is than the one before, as long as nothing is known. */
const UNKNOWN_GROWTH = 2;
/** As long as this share of Azure's bucket is left, it is not spared. */
const SPARING_BELOW = 2 / 3;
/** How long most operations end after they can first end, and how much of an even share of what is left lasts then. */
const MOST_END_WITHIN_MS = 20_000;
const FRONT_SHARE = 0.25;
/** Kept for the end of what an operation waits for. */
const KEPT_FOR_LATER = 4;
/** What is kept is kept in vain when an operation is not asked for so long. */
const SPARING_MAX_MS = 10_000;
/** Never asked for by the schedule: a refusal costs more than a poll tells. */
const RESERVE = 1;

/**
 * When the next poll is due. A reply's `Retry-After` is obeyed. As long as no operation of this kind has ended, the first
 * polls come early, once for all operations together, and thin out quickly: whatever Azure's pace is, it is found out.
 */
export function nextPollAtMs(moment: PollMoment, pace: Pace): number {
  const { work, lastMs, retryAfterMs } = moment;
  if (retryAfterMs !== undefined) {
    return lastMs + Math.max(retryAfterMs, INTERVAL_MIN_MS);
  }
  const startsAtMs = pace.startsAtMs(work);
  const askedUntilMs = pace.askedUntilMs(work);
  if (askedUntilMs !== undefined && lastMs < startsAtMs) {
    const askedMs = Math.max(lastMs, askedUntilMs);
    return Math.min(Math.max(askedMs + INTERVAL_MIN_MS, askedMs * UNKNOWN_GROWTH), startsAtMs);
  }
  return Math.max(startsAtMs, lastMs + Math.max(wantedMs(moment, startsAtMs), sparingMs(moment, startsAtMs)));
}

/** What waits inside the VM ends most likely soon after it has begun, and soon after the end of what it waits for. */
function wantedMs(moment: PollMoment, startsAtMs: number): number {
  const sinceMs = moment.lastMs - windowOf(moment, startsAtMs).shiftMs;
  const part = sinceMs < startsAtMs + OFTEN_WITHIN_MS ? OFTEN_PART : ROOT_PART;
  return Math.min(Math.max(part * Math.sqrt(sinceMs * 1_000), INTERVAL_MIN_MS), INTERVAL_MAX_MS);
}

/** At least so long, for Azure's bucket not to be empty before something comes back into it. */
function sparingMs(moment: PollMoment, startsAtMs: number): number {
  const { polls, firstMs, lastMs, left } = moment;
  const { capacity, refill, everyMs } = POLLS_OF_ONE_OPERATION;
  const sinceMs = lastMs - (firstMs ?? lastMs);
  const steps = Math.floor(sinceMs / everyMs);
  const usable = Math.min(capacity, left ?? capacity - polls + steps * refill) - RESERVE;
  if (usable >= capacity * SPARING_BELOW) {
    return 0;
  }
  const untilStepMs = (steps + 1) * everyMs - sinceMs;
  if (usable < 1) {
    return Math.min(untilStepMs, SPARING_MAX_MS);
  }
  const { shiftMs, isLast } = windowOf(moment, startsAtMs);
  const share = lastMs - shiftMs < startsAtMs + MOST_END_WITHIN_MS ? FRONT_SHARE : 1;
  const evenMs = (untilStepMs / Math.max(1, isLast ? usable : usable - KEPT_FOR_LATER)) * share;
  return Math.min(evenMs, SPARING_MAX_MS);
}

/** After which of the two times at which many end it is: by how much that is later, and whether none comes any more. */
function windowOf(
  { work: { waitsMs }, lastMs }: PollMoment,
  startsAtMs: number,
): { readonly shiftMs: number; readonly isLast: boolean } {
  const isLast = lastMs >= waitsMs + startsAtMs;
  return { shiftMs: isLast ? waitsMs : 0, isLast };
}
