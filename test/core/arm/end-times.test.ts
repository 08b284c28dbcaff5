import { EndTimes } from "../../../core/arm/end-times";

test("before anything was seen, what is on record counts: nothing ends before 13 s, half until 17.5 s", () => {
  const times = new EndTimes();
  expect(times.chance(0, 11_900)).toBeCloseTo(0, 2);
  expect(times.chance(0, 17_500)).toBeCloseTo(0.5, 1);
});

test("what was seen here counts more, the more often it was seen", () => {
  const times = new EndTimes();
  for (let seen = 0; seen < 100; seen++) {
    times.goesOn(0, 40_000);
    times.ended(40_000, 41_000);
  }
  expect(times.chance(0, 30_000)).toBeLessThan(0.1);
  expect(times.chance(39_000, 42_000)).toBeGreaterThan(0.8);
});

test("operations that still go on keep those that have ended from looking like the usual ones", () => {
  const times = new EndTimes();
  for (let seen = 0; seen < 10; seen++) {
    times.goesOn(0, 14_000);
    times.ended(14_000, 15_000);
  }
  const withoutOthers = times.chance(14_000, 15_000);
  for (let seen = 0; seen < 90; seen++) {
    times.goesOn(0, 15_000);
  }
  expect(times.chance(14_000, 15_000)).toBeLessThan(withoutOthers / 3);
});

test("a day is not too long", () => {
  const times = new EndTimes();
  times.ended(86_400_000, 86_460_000);
  expect(times.chance(80_000_000, 172_800_000)).toBeGreaterThan(0);
});
