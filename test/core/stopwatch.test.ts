import { Stopwatch } from "../../core/stopwatch";
import { virtualOutside } from "../support/virtual-outside";

const nobody = () => {
  throw new Error("nobody is asked");
};

/** A watch, and a clock that can be set. */
function world() {
  const outside = virtualOutside(nobody);
  let aheadMs = 0;
  const clock = { nowMs: () => outside.nowMs() + aheadMs, sleep: outside.sleep };
  const set = (ms: number) => {
    aheadMs += ms;
  };
  return { outside, watch: new Stopwatch(clock), set };
}

test("a stopwatch tells what has passed, and nothing less when the clock is set back", async () => {
  const { outside, watch, set } = world();
  expect(watch.nowMs()).toBe(0);
  await outside.sleep(2_000);
  expect(watch.nowMs()).toBe(2_000);
  set(-3_600_000);
  expect(watch.nowMs()).toBe(2_000);
  await outside.sleep(1_000);
  expect(watch.nowMs()).toBe(3_000);
});

test("a stopwatch goes on by what was slept, whatever was done to the clock meanwhile, and counts it once for all who sleep", async () => {
  const { outside, watch, set } = world();
  const sleeps = [watch.sleep(10_000), watch.sleep(4_000)];
  await outside.sleep(5_000);
  expect(watch.nowMs()).toBe(5_000);
  set(-3_600_000);
  await Promise.all(sleeps);
  expect(watch.nowMs()).toBe(10_000);
});
