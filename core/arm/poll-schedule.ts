/** When to ask next how an operation goes. Pure. */
import { FASTEST_RECORDED_RUN_MS } from "../limits";

export interface PollMoment {
  /** Since Azure took the request. */
  readonly elapsedMs: number;
  /** The shortest operation that this process has seen; undefined before the first one has ended. */
  readonly fastestMs: number | undefined;
  /** What the last reply asked for. */
  readonly retryAfterMs: number | undefined;
}

const INTERVAL_MIN_MS = 150;

/** Azure gives 15 polls a minute back; less than that lasts for ever. Source: Learn, "Throttling limits of compute". */
const INTERVAL_MAX_MS = 5_000;

/** How much later than needed we may learn of the end, as a part of the time that has passed. */
const INTERVAL_PART = 0.1;
const INTERVAL_PART_UNKNOWN = 0.4;

/**
 * A reply's `Retry-After` is obeyed. Else: nothing before the fastest operation of this deployment could have ended,
 * then at intervals that grow with the time that has passed. As long as no operation has ended, the first polls come
 * early and thin out quickly (eleven of them before 11 s; the bucket holds 45).
 */
export function nextPollDelayMs(moment: PollMoment): number {
  const { elapsedMs, fastestMs, retryAfterMs } = moment;
  if (retryAfterMs !== undefined) {
    return Math.max(retryAfterMs, INTERVAL_MIN_MS);
  }
  const notBeforeMs = fastestMs === undefined ? 0 : fastestMs * 0.85 - elapsedMs;
  const usualEndMs = fastestMs ?? FASTEST_RECORDED_RUN_MS * 0.85;
  const part = fastestMs === undefined && elapsedMs < usualEndMs ? INTERVAL_PART_UNKNOWN : INTERVAL_PART;
  const intervalMs = Math.min(Math.max(elapsedMs * part, INTERVAL_MIN_MS), INTERVAL_MAX_MS);
  return Math.max(notBeforeMs, intervalMs);
}
