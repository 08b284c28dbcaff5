/** How long Azure takes around the work in the guest. */

export type TimingKind = "fast" | "realistic";

export interface RunTiming {
  /** From the POST to the start of the script in the guest. */
  readonly deliveryMs: number;
  /** From the end of the script to the end of the operation. */
  readonly reportMs: number;
}

export type PowerAction = "powerOff" | "deallocate" | "start" | "restart" | "reimage" | "delete";

/** What a command runs on: a VM, or an instance of a Uniform scale set. */
export type RunPlace = "vm" | "instance";

export interface Timing {
  run(place?: RunPlace): RunTiming;
  powerChangeMs(action: PowerAction): number;
  /** How long Azure waits for an agent that does not report. */
  readonly agentTimeoutMs: number;
  /** How long Azure waits for an extension whose agent does report. */
  readonly extensionTimeoutMs: number;
}

/** A number in [0, 1), as `Math.random` gives it. */
export type Random = () => number;

/**
 * Shortest and median time of a trivial script, start to end of the operation.
 * Source: azure-wire.md 2.4 (200 recorded runs: minimum 13.0 s, median 17 to 18 s).
 */
const RUN_MIN_MS = 13_000;
const RUN_MEDIAN_MS = 17_500;
/** Spread of the logarithm of what exceeds the minimum. Source: assumed; gives 33 s at the 95th percentile. */
const RUN_LOG_SPREAD = 0.9;
/** Longest overhead. Source: azure-wire.md 2.4, the longest Linux run on record was 171 s, of which about 50 s was work. */
const RUN_MAX_MS = 120_000;
/** Share of the overhead that passes before the script starts. Source: assumed (only the sum is recorded). */
const DELIVERY_SHARE = 0.6;

/**
 * The same on an instance of a Uniform scale set: slower and more varied.
 * Source: azure-wire.md 2.4 (up to 255 s) and the three recorded runs (16.7, 40.0 and 78.4 s); the shape: assumed.
 */
const INSTANCE_RUN_MEDIAN_MS = 40_000;
const INSTANCE_RUN_LOG_SPREAD = 1;
const INSTANCE_RUN_MAX_MS = 255_000;

/** Overhead of one realistic run: a shifted log-normal with the recorded minimum and median. */
export function realisticRunMs(random: Random, place: RunPlace = "vm"): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const [medianMs, spread, maxMs] =
    place === "vm"
      ? [RUN_MEDIAN_MS, RUN_LOG_SPREAD, RUN_MAX_MS]
      : [INSTANCE_RUN_MEDIAN_MS, INSTANCE_RUN_LOG_SPREAD, INSTANCE_RUN_MAX_MS];
  return Math.min(RUN_MIN_MS + (medianMs - RUN_MIN_MS) * Math.exp(spread * normal), maxMs);
}

/**
 * Source: deallocate 18.1 s: Azure/azure-cli test_enable_trusted_launch_on_v1.yaml (2026-04); reimage 86.7 s: the same,
 * test_vmss_reimage.yaml (2021); the others: assumed.
 */
const POWER_CHANGE_MS: Readonly<Record<PowerAction, number>> = {
  deallocate: 18_000,
  powerOff: 10_000,
  start: 20_000,
  restart: 20_000,
  reimage: 87_000,
  delete: 30_000,
};

/** Source: 25 min 26 s from start to end in Azure/azure-xplat-cli#2794, 25 min 22 s in Azure/azure-powershell#5741. */
const AGENT_TIMEOUT_MS = 1_525_000;
/** Source: azure-wire.md section 6, 90 minutes. */
const EXTENSION_TIMEOUT_MS = 5_400_000;

const FAST_STEP_MS = 5;

export function createTiming(kind: TimingKind, random: Random): Timing {
  switch (kind) {
    case "fast":
      return {
        run: () => ({ deliveryMs: FAST_STEP_MS, reportMs: FAST_STEP_MS }),
        powerChangeMs: () => FAST_STEP_MS,
        agentTimeoutMs: FAST_STEP_MS,
        extensionTimeoutMs: FAST_STEP_MS,
      };
    case "realistic":
      return {
        run: (place) => {
          const totalMs = realisticRunMs(random, place);
          return { deliveryMs: totalMs * DELIVERY_SHARE, reportMs: totalMs * (1 - DELIVERY_SHARE) };
        },
        powerChangeMs: (action) => POWER_CHANGE_MS[action],
        agentTimeoutMs: AGENT_TIMEOUT_MS,
        extensionTimeoutMs: EXTENSION_TIMEOUT_MS,
      };
  }
}

/** A generator that gives the same numbers for the same seed (mulberry32), so that a realistic run can be repeated. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
