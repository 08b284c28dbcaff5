/** How long each part may take, so that AWS Lambda and CloudFormation always get an answer. */
import { countedFromMs, deletionTimes, followsUntilMs, lookMs, startTimes } from "../../../constructs/handler/time";

const MINUTE = 60_000;
const BEGAN = 1_700_000_000_000;
const at = (minutes: number, remainingMinutes = 15) => ({
  nowMs: BEGAN + minutes * MINUTE,
  remainingMs: remainingMinutes * MINUTE,
});
const since = (ms: number) => (ms - BEGAN) / MINUTE;

test.each([
  { what: "when it was sent", sentAfter: -2, expected: -2 },
  { what: "now, when that is not known", sentAfter: undefined, expected: 0 },
  { what: "now, when the clocks differ", sentAfter: 3, expected: 0 },
  { what: "an hour ago at most", sentAfter: -300, expected: -60 },
])("the time of a request is counted from $what", ({ sentAfter, expected }) => {
  const sentAtMs = sentAfter === undefined ? undefined : BEGAN + sentAfter * MINUTE;
  expect(since(countedFromMs({ sentAtMs }, BEGAN))).toBe(expected);
});

test.each([
  { what: "with all of the function's time", time: at(0), starts: 13, waits: 13.75 },
  { what: "after it has begun late", time: at(2, 13), starts: 13, waits: 13.75 },
  { what: "with less time", time: at(0, 5), starts: 3, waits: 3.75 },
])("a start $what sends nothing after $starts minutes, and waits until $waits", ({ time, starts, waits }) => {
  const { startsUntilMs, waitsUntilMs } = startTimes(BEGAN, time);
  expect([since(startsUntilMs), since(waitsUntilMs)]).toEqual([starts, waits]);
});

test.each([
  [undefined, 55],
  [3_600, 55],
  [1_800, 25],
  [300, 0],
  [1, 0],
])("with a ServiceTimeout of %s s a run is followed for %i minutes", (serviceTimeoutSeconds, minutes) => {
  expect(since(followsUntilMs(BEGAN, { serviceTimeoutSeconds }))).toBe(minutes);
});

test.each([
  { what: "at the beginning has what the function has", time: at(1), minutes: 13.75 },
  { what: "late in the hour ends before it", time: at(50), minutes: 7 },
  { what: "after its time is short", time: at(58), minutes: 2 },
  { what: "of a function with less time ends before that", time: at(1, 3), minutes: 1.75 },
])("one look $what: $minutes minutes", ({ time, minutes }) => {
  expect(lookMs(BEGAN + 55 * MINUTE, time) / MINUTE).toBe(minutes);
});

test.each([
  { what: "at the beginning", time: at(1), look: 13, waits: 6 },
  { what: "late in the hour", time: at(53), look: 4, waits: 55.5 },
])(
  "a look at a deletion $what takes $look minutes at most, and waits for its script until $waits",
  ({ time, look, waits }) => {
    const times = deletionTimes(BEGAN + 55 * MINUTE, time);
    expect([times.lookMs / MINUTE, since(times.waitsUntilMs)]).toEqual([look, waits]);
  },
);
