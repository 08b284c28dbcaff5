import { Pace, type Work } from "../../../core/arm/pace";
import { nextPollAtMs, type PollMoment } from "../../../core/arm/poll-schedule";

const SCRIPTS: Work = { kind: "scripts", waitsMs: 60_000 };
const REMOVAL: Work = { kind: "removal", waitsMs: 0 };

const START: PollMoment = {
  work: SCRIPTS,
  lastMs: 0,
  firstMs: undefined,
  polls: 0,
  left: undefined,
  retryAfterMs: undefined,
};

/** The times of the polls of an operation that ends at `endMs`. */
function pollTimesMs(endMs: number, pace: Pace, work = SCRIPTS): number[] {
  const times: number[] = [];
  for (let moment: PollMoment = { ...START, work }; moment.lastMs < endMs; ) {
    const atMs = nextPollAtMs(moment, pace);
    times.push(atMs);
    moment = { ...moment, lastMs: atMs, firstMs: moment.firstMs ?? atMs, polls: moment.polls + 1 };
  }
  return times;
}

/** A session in which operations of a kind took so long. */
function paceOf(work: Work, ...durationsMs: readonly number[]): Pace {
  const pace = new Pace();
  for (const durationMs of durationsMs) {
    pace.succeeded(work, 0, durationMs);
  }
  return pace;
}

test("what Azure asks for is obeyed, but never turned into a busy loop", () => {
  const moment = { ...START, lastMs: 60_000 };
  expect(nextPollAtMs({ ...moment, retryAfterMs: 30_000 }, new Pace())).toBe(90_000);
  expect(nextPollAtMs({ ...moment, retryAfterMs: 0 }, new Pace())).toBe(60_150);
});

test("the first operation of a session is asked for early, ever more seldom, and from the fastest on record on often", () => {
  expect(pollTimesMs(14_000, new Pace()).map(Math.round)).toEqual([
    150, 300, 600, 1_200, 2_400, 4_800, 9_600, 12_740, 13_275, 13_822, 14_380,
  ]);
});

test("operations that began together ask early in turn, not each for itself", () => {
  const pace = new Pace();
  pace.asks(SCRIPTS, 600);
  expect(nextPollAtMs(START, pace)).toBe(1_200);
  pace.asks(SCRIPTS, 10_000);
  expect(nextPollAtMs(START, pace)).toBe(12_740);
});

test("once Azure's pace is known, nothing is asked before the fastest on record", () => {
  expect(pollTimesMs(17_500, paceOf(SCRIPTS, 16_000)).map(Math.round)).toEqual([
    12_740, 13_275, 13_822, 14_380, 14_948, 15_528, 16_119, 16_722, 17_335, 17_960,
  ]);
});

test("where Azure is faster than on record, as a simulator is, its end is seen at once", () => {
  expect(pollTimesMs(300, paceOf(SCRIPTS, 150))).toEqual([150, 300]);
});

test("once most would have ended, it is asked for more seldom", () => {
  const moment = { ...START, firstMs: 12_740, polls: 9 };
  const pace = paceOf(SCRIPTS, 16_000);
  const intervalMs = (lastMs: number) => Math.round(nextPollAtMs({ ...moment, lastMs }, pace) - lastMs);
  expect([intervalMs(22_700), intervalMs(22_800)]).toEqual([715, 955]);
});

test("what waits for nothing is asked for later where it always takes longer", () => {
  expect(nextPollAtMs({ ...START, work: REMOVAL }, paceOf(REMOVAL, 30_000, 31_000, 32_000))).toBe(12_740);
  expect(nextPollAtMs({ ...START, work: REMOVAL }, paceOf(REMOVAL, 30_000, 31_000, 32_000, 31_000))).toBe(29_750);
});

test("what waits for a script is not: the next script may be a short one", () => {
  expect(nextPollAtMs(START, paceOf(SCRIPTS, 30_000, 31_000, 32_000, 31_000))).toBe(12_740);
});

test("after the script's time has passed, the end is looked for as closely as at the beginning", () => {
  const pace = paceOf(SCRIPTS, 16_000);
  const next = nextPollAtMs({ ...START, lastMs: 73_000, firstMs: 12_740, polls: 30 }, pace);
  expect(Math.round(next - 73_000)).toBe(541);
});

test("no minute takes more polls than Azure gives back, once the first 45 are gone", () => {
  const times = pollTimesMs(1_800_000, new Pace());
  for (const [count, atMs] of times.entries()) {
    const steps = Math.floor((atMs - 150) / 60_000);
    expect(count + 1).toBeLessThanOrEqual(45 + 15 * steps);
  }
});

test("what Azure says that is left counts, not our own number", () => {
  const moment = { ...START, lastMs: 20_000, firstMs: 12_740, polls: 9 };
  const pace = paceOf(SCRIPTS, 16_000);
  expect(Math.round(nextPollAtMs({ ...moment, left: 40 }, pace) - 20_000)).toBe(671);
  expect(Math.round(nextPollAtMs({ ...moment, left: 4 }, pace) - 20_000)).toBe(10_000);
  expect(Math.round(nextPollAtMs({ ...moment, left: 1 }, pace) - 20_000)).toBe(10_000);
});
