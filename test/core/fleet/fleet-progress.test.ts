import { FleetProgress } from "../../../core/fleet/fleet-progress";
import { recordedReporter, virtualOutside } from "../../support/virtual-outside";

function fleet(vms: number) {
  const outside = virtualOutside(() => {
    throw new Error("nobody asks Azure here");
  });
  const reporter = recordedReporter();
  return { outside, reporter, progress: new FleetProgress({ vms, outside, reporter }) };
}

test("one line has the counts, and what the VM that is at work for longest says of itself", async () => {
  const { outside, reporter, progress } = fleet(4);
  const work = (name: string, seconds: number, says: boolean, fails = false) =>
    progress.during(
      name,
      async (own) => {
        for (let second = 0; second < seconds; second += 1) {
          await outside.sleep(1_000);
          if (says) {
            own.progress(`running on '${name}' for ${second + 1} s`);
          }
        }
        return fails;
      },
      (end) => end,
    );
  await Promise.all([work("a", 2, true), work("b", 5, false), work("c", 4, true, true)]);
  expect(progress.underWayCount).toBe(0);
  await work("d", 1, false);
  expect(reporter.messages).toEqual([
    "progress: 0 of 4 VMs done, 3 under way; the slowest: running on 'a' for 1 s",
    "progress: 0 of 4 VMs done, 3 under way; the slowest: running on 'a' for 2 s",
    "progress: 1 of 4 VMs done, 2 under way; the slowest: 'b'",
    "progress: 1 of 4 VMs done, 2 under way; the slowest: 'b'",
    "progress: 3 of 4 VMs done (1 failed)",
    "progress: 4 of 4 VMs done (1 failed)",
  ]);
});

test("what is thrown counts as an end, and is thrown on", async () => {
  const { progress, reporter } = fleet(1);
  const broken = progress.during(
    "a",
    async () => {
      throw new Error("broken");
    },
    () => false,
  );
  await expect(broken).rejects.toThrow("broken");
  expect(reporter.messages).toEqual(["progress: 1 of 1 VM done"]);
});

test("there is at most one line a second, however many VMs have something to say", async () => {
  const { outside, progress, reporter } = fleet(1_000);
  const talk = async (own: { progress(message: string): void }) => {
    for (let tenth = 0; tenth < 20; tenth += 1) {
      await outside.sleep(100);
      own.progress("running");
    }
  };
  const names = Array.from({ length: 1_000 }, (_, index) => `vm${index}`);
  await Promise.all(names.map((name) => progress.during(name, talk, () => false)));
  expect(reporter.messages).toHaveLength(2);
});

test("of many VMs that have the same to say, the first three say it, and the rest are counted", () => {
  const { progress, reporter } = fleet(10);
  for (const index of [1, 2, 3, 4, 5]) {
    progress.onEach.info(`the script on 'vm${index}' was taken up after ${index * 7} s`);
    progress.onEach.warn(`'vm${index}' could not be looked at`);
  }
  progress.onEach.info("something else");
  progress.end();
  progress.end();
  expect(reporter.messages).toEqual([
    "info: the script on 'vm1' was taken up after 7 s",
    "warn: 'vm1' could not be looked at",
    "info: the script on 'vm2' was taken up after 14 s",
    "warn: 'vm2' could not be looked at",
    "info: the script on 'vm3' was taken up after 21 s",
    "warn: 'vm3' could not be looked at",
    "info: something else",
    "info: the same on 2 more VMs: the script on 'vm1' was taken up after 7 s",
    "warn: the same on 2 more VMs: 'vm1' could not be looked at",
  ]);
});

test("the last line says how many are done, however soon after the one before", async () => {
  const { progress, reporter } = fleet(2);
  const work = (name: string) =>
    progress.during(
      name,
      async (own) => own.progress("running"),
      () => false,
    );
  await Promise.all([work("a"), work("b")]);
  progress.end();
  progress.end();
  expect(reporter.messages).toEqual([
    "progress: 0 of 2 VMs done, 1 under way; the slowest: running",
    "progress: 2 of 2 VMs done",
  ]);
});
