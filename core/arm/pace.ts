/** What a session has learned of how long Azure's operations take, by the kind of work. */
import { FASTEST_RECORDED_RUN_MS } from "../limits";
import { EndTimes } from "./end-times";

/** What an operation is about. Those of one kind take about the same time. */
export interface Work {
  readonly kind: string;
  /** How long the command may wait inside the VM for what goes on there; 0 when it waits for nothing. */
  readonly waitsMs: number;
}

/** So many of a kind tell how early the earliest one ends. */
const ENOUGH = 4;
/** How far below the fastest one that was seen another may be. */
const BELOW_FASTEST = 0.85;
/** The same, of the fastest on record among 200. */
const BELOW_RECORDED = 0.98;

interface Seen {
  readonly endTimes: EndTimes;
  /** How many have succeeded, and how long they took in all. */
  succeeded: number;
  totalMs: number;
  fastestMs: number;
  /** How far into an operation the latest poll came, as long as none has ended. */
  askedAtMs: number;
}

export class Pace {
  private readonly kinds = new Map<string, Seen>();

  /** An operation of this kind is asked for, so that none of the others need be at the same moment of its life. */
  asks(work: Work, elapsedMs: number): void {
    const seen = this.seen(work);
    seen.askedAtMs = Math.max(seen.askedAtMs, elapsedMs);
  }

  /** An operation that went on at `lastMs` still does at `elapsedMs`. */
  goesOn(work: Work, lastMs: number, elapsedMs: number): void {
    this.seen(work).endTimes.goesOn(lastMs, elapsedMs);
  }

  /** An operation that went on at `lastMs` had succeeded at `elapsedMs`. */
  succeeded(work: Work, lastMs: number, elapsedMs: number): void {
    const seen = this.seen(work);
    seen.endTimes.ended(lastMs, elapsedMs);
    seen.succeeded += 1;
    seen.totalMs += elapsedMs;
    seen.fastestMs = Math.min(seen.fastestMs, elapsedMs);
  }

  /** As long as none of this kind has ended: the latest moment at which one was asked for. Then undefined. */
  askedUntilMs(work: Work): number | undefined {
    const { succeeded, askedAtMs } = this.seen(work);
    return succeeded === 0 ? askedAtMs : undefined;
  }

  /** Before this hardly any operation of this kind ends. */
  startsAtMs(work: Work): number {
    const { succeeded, totalMs, fastestMs } = this.seen(work);
    const recordedMs = FASTEST_RECORDED_RUN_MS * BELOW_RECORDED;
    if (fastestMs < recordedMs) {
      return fastestMs * BELOW_FASTEST;
    }
    if (work.waitsMs > 0 || succeeded < ENOUGH) {
      // What waits takes as long as a script, and the next script may be a short one.
      return recordedMs;
    }
    return Math.max(recordedMs, fastestMs - (totalMs / succeeded - fastestMs) / succeeded);
  }

  /** How likely it is that an operation has ended by now that went on at `lastMs`. */
  chanceOfEnd(work: Work, lastMs: number, nowMs: number): number {
    return this.seen(work).endTimes.chance(lastMs, nowMs);
  }

  private seen({ kind }: Work): Seen {
    const known = this.kinds.get(kind) ?? {
      endTimes: new EndTimes(),
      succeeded: 0,
      totalMs: 0,
      fastestMs: Number.POSITIVE_INFINITY,
      askedAtMs: 0,
    };
    this.kinds.set(kind, known);
    return known;
  }
}
