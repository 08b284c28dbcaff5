/** The simulator's time: the only door to timers, so that tests can move it by hand. */

export interface Clock {
  nowMs(): number;
  /** Runs `action` once, not before `atMs`. @returns a function that calls it off. */
  at(atMs: number, action: () => void): () => void;
}

/** Longest delay that a Node timer can hold. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const TIMER_MAX_MS = 2_147_483_647;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  at(atMs, action) {
    const delayMs = Math.min(Math.max(0, atMs - Date.now()), TIMER_MAX_MS);
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
