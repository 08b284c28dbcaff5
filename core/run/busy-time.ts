/** For how long calls to a VM have followed each other. */
import { MEDIAN_RECORDED_RUN_MS } from "../limits";
import type { Stopwatch } from "../stopwatch";

/** More makes no difference: a quarter of it is longer than calls wait. Unit: seconds. */
export const BUSY_SECONDS_MAX = 9_999;

export class BusyTime {
  private beganAtMs = 0;
  private endedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly watch: Stopwatch) {}

  /** A call begins. What comes within the usual time of an operation after the one before goes on with the same work, also after others have had their turn. */
  callBegins(): void {
    const nowMs = this.watch.nowMs();
    if (nowMs - this.endedAtMs > MEDIAN_RECORDED_RUN_MS) {
      this.beganAtMs = nowMs;
    }
  }

  callEnded(): void {
    this.endedAtMs = this.watch.nowMs();
  }

  /** Whole seconds, to be told to the runner. */
  seconds(): number {
    return Math.min(Math.floor((this.watch.nowMs() - this.beganAtMs) / 1_000), BUSY_SECONDS_MAX);
  }
}
