// Where operations are on the time line. Decides only; draws nothing.

/**
 * @typedef {import("./types.mjs").ShownOperation} ShownOperation
 * @typedef {{ fromMs: number, toMs: number }} Span
 */

/** What is further apart than this does not belong together. */
const PAUSE_MS = 60_000;
/** Most operations of "latest activity". */
const LATEST_MAX = 60;
/** So that operations of a few milliseconds are not as wide as the page. */
const SPAN_MIN_MS = 2_000;
const STEPS_MS = [
  100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
  3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

/** @param {ShownOperation} operation @param {number} nowMs */
export function endOf(operation, nowMs) {
  return Math.max(operation.endedAtMs ?? nowMs, operation.postedAtMs);
}

/**
 * The part of time that is shown: up to now while something is under way, else up to the last end.
 *
 * @param {readonly ShownOperation[]} operations the oldest first
 * @param {number} nowMs
 * @param {"latest" | "all"} which
 * @returns {Span}
 */
export function timeSpan(operations, nowMs, which) {
  const shown = which === "all" ? operations : latest(operations);
  if (shown.length === 0) return { fromMs: nowMs - SPAN_MIN_MS, toMs: nowMs };
  const fromMs = Math.min(...shown.map(({ postedAtMs }) => postedAtMs));
  const toMs = Math.max(...shown.map((operation) => endOf(operation, nowMs)), fromMs + SPAN_MIN_MS);
  const margin = (toMs - fromMs) * 0.02;
  return { fromMs: fromMs - margin, toMs: toMs + margin };
}

/** @param {readonly ShownOperation[]} operations */
function latest(operations) {
  let first = Math.max(0, operations.length - 1);
  while (first > 0 && operations.length - first < LATEST_MAX) {
    const before = operations[first - 1];
    const here = operations[first];
    if (before === undefined || here === undefined) break;
    // One that is still under way has no end, so it belongs to what comes after it.
    if (here.postedAtMs - endOf(before, here.postedAtMs) > PAUSE_MS) break;
    first -= 1;
  }
  return operations.slice(first);
}

/**
 * Operations that overlap are drawn one below the other.
 *
 * @param {readonly ShownOperation[]} operations of one VM, the oldest first
 * @param {number} nowMs
 * @returns {{ lanes: ReadonlyMap<string, number>, count: number }}
 */
export function lanesOf(operations, nowMs) {
  /** @type {number[]} */
  const ends = [];
  const lanes = new Map();
  for (const operation of operations) {
    const free = ends.findIndex((end) => end <= operation.postedAtMs);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = endOf(operation, nowMs);
    lanes.set(operation.id, lane);
  }
  return { lanes, count: Math.max(1, ends.length) };
}

/** @param {Span} span @param {number} most how many there is room for */
export function ticksOf({ fromMs, toMs }, most) {
  const longest = STEPS_MS.at(-1) ?? 0;
  const step =
    STEPS_MS.find((candidate) => (toMs - fromMs) / candidate <= most) ??
    Math.ceil((toMs - fromMs) / most / longest) * longest;
  const ticks = [];
  for (let atMs = Math.ceil(fromMs / step) * step; atMs <= toMs; atMs += step) ticks.push(atMs);
  return { ticks, step };
}

/** In percent of the width. @param {Span} span @param {number} atMs */
export function placeOf({ fromMs, toMs }, atMs) {
  return ((Math.min(Math.max(atMs, fromMs), toMs) - fromMs) / (toMs - fromMs)) * 100;
}
