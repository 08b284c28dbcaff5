/** At which times of their lives operations end: how many did of those that were there to end. Pure. */
import { FASTEST_RECORDED_RUN_MS, MEDIAN_RECORDED_RUN_MS } from "../limits";

/** Each span of time is longer than the one before by so much: a second at 11 s. */
const SPAN_GROWTH = 2 ** (1 / 8);
const SPAN_SCALE_MS = 100;
/** How much what is on record counts beside what was seen here, in operations. Source: our own choice. */
const RECORDED_WEIGHT = 4;
/**
 * How quickly those that exceed the usual time get fewer: a log-logistic distribution, near enough to a log-normal one in
 * which the logarithm of what exceeds the minimum is spread by 0.9. Source: assumed; only minimum and median are on record.
 */
const STEEPNESS = 1.9;

export class EndTimes {
  /** For each span, how long operations were seen in it, and how many ended. */
  private readonly seenMs: number[] = [];
  private readonly ends: number[] = [];

  /** An operation went on from one moment to another. */
  goesOn(fromMs: number, toMs: number): void {
    overlap(fromMs, toMs, (span, ms) => {
      this.seenMs[span] = (this.seenMs[span] ?? 0) + ms;
    });
  }

  /** An operation ended at an unknown moment between the two. */
  ended(fromMs: number, toMs: number): void {
    overlap(fromMs, toMs, (span, ms) => {
      this.seenMs[span] = (this.seenMs[span] ?? 0) + ms / 2;
      this.ends[span] = (this.ends[span] ?? 0) + ms / (toMs - fromMs);
    });
  }

  /** How likely an operation has ended at `toMs` that went on at `fromMs`, also by what is on record. From 0 to 1. */
  chance(fromMs: number, toMs: number): number {
    let expected = 0;
    overlap(fromMs, toMs, (span, ms) => {
      const widthMs = startOf(span + 1) - startOf(span);
      const ends = (this.ends[span] ?? 0) + (RECORDED_ENDS[span] ?? 0);
      expected += (ms * ends) / ((this.seenMs[span] ?? 0) + RECORDED_WEIGHT * widthMs);
    });
    return 1 - Math.exp(-expected);
  }
}

/** The share of operations that take longer, by what is on record. */
function recordedShare(ms: number): number {
  const beyond = Math.max(0, ms - FASTEST_RECORDED_RUN_MS) / (MEDIAN_RECORDED_RUN_MS - FASTEST_RECORDED_RUN_MS);
  return 1 / (1 + beyond ** STEEPNESS);
}

/** Spans up to a day; what takes longer is in the last one. */
const SPANS = 160;
const STARTS_MS = Array.from({ length: SPANS + 1 }, (_, span) => SPAN_SCALE_MS * (SPAN_GROWTH ** span - 1));
const RECORDED_ENDS = STARTS_MS.map(
  (ms, span) => RECORDED_WEIGHT * Math.log(recordedShare(ms) / recordedShare(STARTS_MS[span + 1] ?? ms)),
);

function startOf(span: number): number {
  return STARTS_MS[span] ?? Number.POSITIVE_INFINITY;
}

function spanAt(ms: number): number {
  const span = Math.floor(Math.log(ms / SPAN_SCALE_MS + 1) / Math.log(SPAN_GROWTH));
  return Math.min(Math.max(0, span), SPANS - 1);
}

/** Calls `each` with every span between two moments, and for how long it is there. */
function overlap(fromMs: number, toMs: number, each: (span: number, ms: number) => void): void {
  for (let span = spanAt(fromMs); span < SPANS && startOf(span) < toMs; span++) {
    const ms = Math.min(toMs, startOf(span + 1)) - Math.max(fromMs, startOf(span));
    if (ms > 0) {
      each(span, ms);
    }
  }
}
