/** How fast time passes in the simulator: as fast as in its clients, which `time-process.ts` makes live so. */
import type { Clock } from "../../simulator/clock";
import { cloudNowMs } from "../../test/cloudformation/simulator/lambda/process/scaled-time";
import type { TimeScale } from "./time-scale";

/** Longest delay that a Node timer can hold. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const TIMER_MAX_MS = 2_147_483_647;

export function scaledClock(time: TimeScale): Clock {
  const nowMs = () => cloudNowMs(time);
  return {
    nowMs,
    at(atMs, action) {
      const delayMs = Math.min(Math.max(0, (atMs - nowMs()) / time.scale), TIMER_MAX_MS);
      const timer = setTimeout(action, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
