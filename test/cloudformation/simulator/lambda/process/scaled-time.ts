/** Makes this process live as fast as the simulated cloud: its clocks and timers, not its sockets. */
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { promisify } from "node:util";
import type { TimeScale } from "../../clock";

const real = {
  now: Date.now,
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  performanceNow: performance.now.bind(performance),
  hrtime: process.hrtime.bind(process),
  bigint: process.hrtime.bigint.bind(process.hrtime),
  abortTimeout: AbortSignal.timeout.bind(AbortSignal),
  wait: timersPromises.setTimeout,
  every: timersPromises.setInterval,
};

let skippedMs = 0;

/** Between two events time may be skipped, which timers of this process do not notice. @param ms all that has been so far. */
export function skipTime(ms: number): void {
  skippedMs = ms;
}

/** The cloud's time in this process. Unit: milliseconds since 1970. */
export function cloudNowMs({ startMs, scale }: TimeScale): number {
  return startMs + skippedMs + (real.now() - startMs) * scale;
}

export function scaleTime(time: TimeScale): void {
  skipTime(time.skippedMs ?? 0);
  scaleClocks(time);
  scaleTimers(time.scale);
  syncBuiltinESMExports();
}

function scaleClocks(time: TimeScale): void {
  const nowMs = () => Math.floor(cloudNowMs(time));
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [nowMs()] : args, newTarget),
    apply: () => new Date(nowMs()).toString(),
    get: (target, key) => (key === "now" ? nowMs : Reflect.get(target, key)),
  });
  const { scale } = time;
  performance.now = () => real.performanceNow() * scale + skippedMs;
  const scaledBigint = () => real.bigint() * BigInt(scale) + BigInt(Math.round(skippedMs * 1_000)) * NS_PER_MICROSECOND;
  const scaledHrtime = (since?: [number, number]): [number, number] => {
    const ns = scaledBigint();
    const whole: [number, number] = [Number(ns / NS_PER_SECOND), Number(ns % NS_PER_SECOND)];
    if (since === undefined) {
      return whole;
    }
    const difference = ns - (BigInt(since[0]) * NS_PER_SECOND + BigInt(since[1]));
    return [Number(difference / NS_PER_SECOND), Number(difference % NS_PER_SECOND)];
  };
  process.hrtime = Object.assign(scaledHrtime, { bigint: scaledBigint });
}

const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MICROSECOND = 1_000n;

function scaleTimers(scale: number): void {
  const shorter = (ms: number | undefined) => (ms ?? 0) / scale;
  const scaledTimeout = (action: () => void, ms?: number, ...args: []) => real.setTimeout(action, shorter(ms), ...args);
  Object.defineProperty(scaledTimeout, promisify.custom, {
    value: (ms?: number, value?: unknown) => real.wait(shorter(ms), value),
  });
  const scaledInterval = (action: () => void, ms?: number, ...args: []) =>
    real.setInterval(action, shorter(ms), ...args);
  Object.assign(globalThis, { setTimeout: scaledTimeout, setInterval: scaledInterval });
  Object.assign(timers, { setTimeout: scaledTimeout, setInterval: scaledInterval });
  Object.assign(timersPromises, {
    setTimeout: (ms?: number, value?: unknown, options?: object) => real.wait(shorter(ms), value, options),
    setInterval: (ms?: number, value?: unknown, options?: object) => real.every(shorter(ms), value, options),
  });
  timersPromises.scheduler.wait = (ms: number, options?: object) => real.wait(shorter(ms), undefined, options);
  AbortSignal.timeout = (ms: number) => real.abortTimeout(Math.ceil(shorter(ms)));
}
