import { describeFleetFailure, describeNotLeft, type FleetFailure } from "../../../core/fleet/fleet-sentences";

const NOTHING: FleetFailure = {
  vms: 10,
  failed: [],
  notTried: undefined,
  notLeft: [],
  maxErrors: "0",
  seconds: undefined,
};
const failed = (name: string) => ({
  name,
  sentence: `the script on '${name}' exited with 3; end of stderr: "no"`,
  evidence: [],
});
const names = (count: number) => Array.from({ length: count }, (_, index) => `w${index + 1}`);

test("one that failed is named by what is said of it", () => {
  expect(describeFleetFailure({ ...NOTHING, failed: [failed("w1")] })).toBe(
    "1 of 10 VMs failed: the script on 'w1' exited with 3; end of stderr: \"no\"; the next deployment runs it only where it is not done yet",
  );
});

test("of many that failed the first are named, and of one is said how it failed", () => {
  expect(describeFleetFailure({ ...NOTHING, vms: 200, failed: names(15).map(failed) })).toBe(
    "15 of 200 VMs failed ('w1', 'w2', 'w3' and 12 more): the script on 'w1' exited with 3; end of stderr: \"no\"; the next deployment runs it only where it is not done yet",
  );
});

test("what was not tried is counted, with the reason", () => {
  const failure = { ...NOTHING, maxErrors: "10% of 10", failed: names(2).map(failed) };
  const notTried = { names: ["x1", "x2", "x3", "x4"], why: "tooManyFailed" } as const;
  expect(describeFleetFailure({ ...failure, notTried })).toBe(
    "2 of 10 VMs failed ('w1' and 'w2'): the script on 'w1' exited with 3; end of stderr: \"no\"; 4 were not tried ('x1', 'x2', 'x3' and 1 more), because more failed than maxErrors allows (10% of 10); the next deployment runs it only where it is not done yet",
  );
});

test.each([
  {
    why: "interrupted" as const,
    seconds: undefined,
    expected:
      "1 of 10 VMs was not tried ('x1'), because the deployment was interrupted; the next deployment runs it only where it is not done yet",
  },
  {
    why: "timeIsOver" as const,
    seconds: 90,
    expected:
      "1 of 10 VMs was not tried ('x1'), because the time for all of them was over (customTimeouts, 90 s); the next deployment runs it only where it is not done yet",
  },
])("where nothing failed and the reason is $why, that is said", ({ why, seconds, expected }) => {
  expect(describeFleetFailure({ ...NOTHING, seconds, notTried: { names: ["x1"], why } })).toBe(expected);
});

test("what was found out of the first failure comes after the sentence, a line each", () => {
  const first = { ...failed("w1"), sentence: "gone", evidence: ["its power state is 'stopped'", "a lock holds"] };
  const second = { ...failed("w2"), evidence: ["is not shown"] };
  expect(describeFleetFailure({ ...NOTHING, failed: [first, second] })).toBe(
    "2 of 10 VMs failed ('w1' and 'w2'): gone; the next deployment runs it only where it is not done yet\n  - its power state is 'stopped'\n  - a lock holds",
  );
});

test("what could not be taken off VMs that are in the fleet no more is said apart", () => {
  const notLeft = [{ name: "old1", sentence: "it is locked" }];
  expect(describeFleetFailure({ ...NOTHING, notLeft })).toBe(
    "what the fleet left on 'old1' could not be removed, and stays in the state: it is locked",
  );
  expect(describeFleetFailure({ ...NOTHING, vms: 1, failed: [failed("w1")], notLeft })).toBe(
    "1 of 1 VM failed: the script on 'w1' exited with 3; end of stderr: \"no\"; the next deployment runs it only where it is not done yet; what the fleet left on 'old1' could not be removed, and stays in the state: it is locked",
  );
  expect(describeNotLeft({ notLeft: [] })).toBeUndefined();
});
