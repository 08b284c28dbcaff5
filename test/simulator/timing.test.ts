/** Realistic times look like the recorded ones; nothing here waits. */
import { createTiming, realisticRunMs, seededRandom } from "../../simulator/timing";

const SAMPLES = Array.from({ length: 2_000 }, seededSamples(7)).sort((a, b) => a - b);

function seededSamples(seed: number): () => number {
  const random = seededRandom(seed);
  return () => realisticRunMs(random);
}

const at = (share: number): number => SAMPLES[Math.floor(share * SAMPLES.length)] ?? Number.NaN;

test("no run is shorter than the shortest on record, 13.0 s", () => {
  expect(at(0)).toBeGreaterThanOrEqual(13_000);
});

test("the median is the recorded one, 17 to 18 s", () => {
  expect(at(0.5)).toBeGreaterThan(17_000);
  expect(at(0.5)).toBeLessThan(18_000);
});

test("there is a long tail, and it ends", () => {
  expect(at(0.99)).toBeGreaterThan(30_000);
  expect(SAMPLES.at(-1)).toBeLessThanOrEqual(120_000);
});

test("on an instance of a Uniform scale set runs are slower and vary more: 40 s in the middle, 255 s at most", () => {
  const random = seededRandom(7);
  const samples = Array.from({ length: 2_000 }, () => realisticRunMs(random, "instance")).sort((a, b) => a - b);
  expect(samples[0]).toBeGreaterThanOrEqual(13_000);
  expect(Math.round((samples[1_000] ?? 0) / 1_000)).toBeGreaterThan(37);
  expect(Math.round((samples[1_000] ?? 0) / 1_000)).toBeLessThan(43);
  expect(samples[1_900]).toBeGreaterThan(120_000);
  expect(samples.at(-1)).toBe(255_000);
});

test("realistic: reimaging takes the recorded 87 s", () => {
  expect(createTiming("realistic", seededRandom(3)).powerChangeMs("reimage")).toBe(87_000);
});

test("a seed gives the same times again", () => {
  expect(Array.from({ length: 5 }, seededSamples(1))).toEqual(Array.from({ length: 5 }, seededSamples(1)));
  expect(Array.from({ length: 5 }, seededSamples(1))).not.toEqual(Array.from({ length: 5 }, seededSamples(2)));
});

test("realistic: the script starts seconds after the POST and the end is seen seconds after it", () => {
  const { deliveryMs, reportMs } = createTiming("realistic", seededRandom(3)).run();
  expect(deliveryMs).toBeGreaterThan(7_000);
  expect(reportMs).toBeGreaterThan(5_000);
});

test("realistic: Azure gives up an agent after 25 minutes and an extension after 90", () => {
  const { agentTimeoutMs, extensionTimeoutMs } = createTiming("realistic", seededRandom(3));
  expect(Math.floor(agentTimeoutMs / 60_000)).toBe(25);
  expect(extensionTimeoutMs / 60_000).toBe(90);
});

test("fast: milliseconds", () => {
  const timing = createTiming("fast", seededRandom(3));
  expect(timing.agentTimeoutMs + timing.extensionTimeoutMs).toBeLessThan(50);
  expect(timing.run().deliveryMs + timing.run().reportMs + timing.powerChangeMs("start")).toBeLessThan(50);
});
