/** The simulated cloud's time, which may run faster than this machine's and be skipped: the only door to timers. */

import { setTimeout } from "node:timers/promises";

/** What a Lambda process needs to tell the same time. */
export interface TimeScale {
  /** When the cloud started, by this machine's clock. Unit: milliseconds since 1970. */
  readonly startMs: number;
  /** So many seconds of the cloud pass in one of this machine. */
  readonly scale: number;
  /** What has been skipped so far, by the cloud's time. Unit: milliseconds. @default 0 */
  readonly skippedMs?: number;
}

/** Thrown by `sleep` when its signal calls it off. */
export class SleepAborted extends Error {}

/** Longest delay that a Node timer can hold. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const TIMER_MAX_MS = 2_147_483_647;

export class Clock {
  readonly #startMs = Date.now();
  readonly #stopped = new AbortController();
  #skippedMs = 0;
  /** Aborted by the next skip: who sleeps then looks at the clock again. */
  #nextSkip = new AbortController();
  /** How much work is under way. */
  #atWork = 0;
  #atRest: (() => void) | undefined;
  /** While time is about to be skipped. */
  #skipping: Promise<void> | undefined;

  constructor(private readonly scale: number) {}

  get time(): Required<TimeScale> {
    return { startMs: this.#startMs, scale: this.scale, skippedMs: this.#skippedMs };
  }

  /** Unit: milliseconds since 1970, by the cloud's time. */
  nowMs(): number {
    return this.#startMs + this.#skippedMs + (Date.now() - this.#startMs) * this.scale;
  }

  now(): Date {
    return new Date(this.nowMs());
  }

  /** Waits so long by the cloud's time. @throws {SleepAborted} when the signal or `stop` calls it off. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const untilMs = this.nowMs() + ms;
    for (let leftMs = ms; ; leftMs = untilMs - this.nowMs()) {
      const skip = this.#nextSkip.signal;
      // A signal of its own: one that lives long would gather listeners.
      const any = AbortSignal.any([this.#stopped.signal, skip, ...(signal === undefined ? [] : [signal])]);
      try {
        return await setTimeout(Math.min(leftMs / this.scale, TIMER_MAX_MS), undefined, { signal: any });
      } catch {
        if (this.#stopped.signal.aborted || signal?.aborted === true || !skip.aborted) {
          throw new SleepAborted();
        }
      }
      if (this.nowMs() >= untilMs) {
        return;
      }
    }
  }

  /** Does work in the middle of which no time is skipped; where that is about to be, the work begins afterwards. */
  async work<Result>(act: () => Promise<Result>): Promise<Result> {
    while (this.#skipping !== undefined) {
      await this.#skipping;
    }
    this.#atWork += 1;
    try {
      return await act();
    } finally {
      this.#atWork -= 1;
      if (this.#atWork === 0) {
        this.#atRest?.();
      }
    }
  }

  /**
   * Lets it be this time at once, when no work is under way: only what waits is shortened. What was due meanwhile is due then.
   *
   * @param ms milliseconds since 1970, by the cloud's time; nothing happens when it is later already.
   */
  async skipTo(ms: number): Promise<void> {
    while (this.#skipping !== undefined) {
      await this.#skipping;
    }
    const rest = this.#atWork === 0 ? Promise.resolve() : new Promise<void>((resolve) => (this.#atRest = resolve));
    this.#skipping = rest.then(() => this.#skip(ms));
    await this.#skipping;
  }

  #skip(ms: number): void {
    this.#atRest = undefined;
    this.#skipping = undefined;
    this.#skippedMs += Math.max(0, ms - this.nowMs());
    const skip = this.#nextSkip;
    this.#nextSkip = new AbortController();
    skip.abort();
  }

  /** Calls off all that waits, and all that will. */
  stop(): void {
    this.#stopped.abort();
  }
}
