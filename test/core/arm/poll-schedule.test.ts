import { nextPollDelayMs } from "../../../core/arm/poll-schedule";

/** The times of the polls of an operation that ends at `endMs`, and how late its end is seen. */
function pollTimesMs(endMs: number, fastestMs: number | undefined): number[] {
  const times: number[] = [];
  for (let elapsedMs = 0; elapsedMs < endMs; ) {
    elapsedMs += nextPollDelayMs({ elapsedMs, fastestMs, retryAfterMs: undefined });
    times.push(elapsedMs);
  }
  return times;
}

test("what Azure asks for is obeyed, but never turned into a busy loop", () => {
  expect(nextPollDelayMs({ elapsedMs: 60_000, fastestMs: 1_000, retryAfterMs: 30_000 })).toBe(30_000);
  expect(nextPollDelayMs({ elapsedMs: 60_000, fastestMs: 1_000, retryAfterMs: 0 })).toBe(150);
});

test("once the deployment's pace is known, nothing is asked before the fastest run could have ended", () => {
  expect(nextPollDelayMs({ elapsedMs: 0, fastestMs: 14_000, retryAfterMs: undefined })).toBeCloseTo(11_900);
});

test("the usual run of 17 s costs at most 6 polls and is seen within 1.8 s of its end", () => {
  const times = pollTimesMs(17_000, 13_500);
  expect(times.length).toBeLessThanOrEqual(6);
  expect((times.at(-1) ?? 0) - 17_000).toBeLessThanOrEqual(1_800);
});

test("the first run of a process costs at most 16 of the 45 polls in Azure's bucket", () => {
  expect(pollTimesMs(17_000, undefined).length).toBeLessThanOrEqual(16);
});

test("an operation of a quarter of a second is seen at once, even when it is the first", () => {
  expect(pollTimesMs(250, undefined)).toEqual([150, 300]);
});

test("a long operation is asked for every 5 s, which Azure gives back", () => {
  const times = pollTimesMs(600_000, 13_500);
  expect((times.at(-1) ?? 0) - (times.at(-2) ?? 0)).toBe(5_000);
});
