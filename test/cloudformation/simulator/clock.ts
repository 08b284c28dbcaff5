/** The simulated cloud's time, which may run faster than this machine's: the only door to timers. */

import { setTimeout } from "node:timers/promises";

/** What a Lambda process needs to tell the same time. */
export interface TimeScale {
  /** When the cloud started, by this machine's clock. Unit: milliseconds since 1970. */
  readonly startMs: number;
  /** So many seconds of the cloud pass in one of this machine. */
  readonly scale: number;
}

/** Thrown by `sleep` when its signal calls it off. */
export class SleepAborted extends Error {}

/** Longest delay that a Node timer can hold. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const TIMER_MAX_MS = 2_147_483_647;

export class Clock {
  readonly time: TimeScale;
  readonly #stopped = new AbortController();

  constructor(scale: number) {
    this.time = { startMs: Date.now(), scale };
  }

  /** Unit: milliseconds since 1970, by the cloud's time. */
  nowMs(): number {
    return this.time.startMs + (Date.now() - this.time.startMs) * this.time.scale;
  }

  now(): Date {
    return new Date(this.nowMs());
  }

  /** Waits so long by the cloud's time. @throws {SleepAborted} when the signal or `stop` calls it off. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    // A signal of its own: one that lives long would gather listeners.
    const either = AbortSignal.any([this.#stopped.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      await setTimeout(Math.min(ms / this.time.scale, TIMER_MAX_MS), undefined, { signal: either });
    } catch {
      throw new SleepAborted();
    }
  }

  /** Calls off all that waits, and all that will. */
  stop(): void {
    this.#stopped.abort();
  }
}
