/** Which fault strikes which request. */
import { FaultChoice } from "../../../simulator/faults/choice";
import type { Fault, Sight } from "../../../simulator/faults/fault";
import { readFaultFlag } from "../../../simulator/faults/read";

const POST: Sight = { target: "post", reach: "acts", commandId: "RunShellScript", vm: "vm1" };
const POLL: Sight = { ...POST, target: "poll" };
const TOKEN: Sight = { target: "token", reach: "acts", commandId: undefined, vm: undefined };

function fault(flag: string): Fault {
  const reading = readFaultFlag(flag);
  if (reading.kind === "problem") {
    throw new Error(`bad fault in a test: ${reading.problem.kind}`);
  }
  return reading.fault;
}

function choice(flags: readonly string[], seed = 1): FaultChoice {
  const faults = new FaultChoice(seed);
  faults.add(flags.map(fault));
  return faults;
}

function strikes(faults: FaultChoice, sights: readonly Sight[]): (string | undefined)[] {
  return sights.map((sight) => faults.choose(sight)?.name);
}

/** One letter per request: x for a strike. */
function pattern(faults: FaultChoice, requests: number): string {
  return Array.from({ length: requests }, () => (faults.choose(POST) === undefined ? "." : "x")).join("");
}

test("nothing is set: nothing strikes", () => {
  expect(choice([]).choose(POST)).toBeUndefined();
});

test("it strikes the next n after those that it skips, and looks at no more", () => {
  const faults = choice(["throttled:count=2,skip=1"]);
  expect(pattern(faults, 5)).toBe(".xx..");
  expect(faults.list()).toMatchObject([{ matched: 3, struck: 2 }]);
});

test.each<{ flag: string; sight: Sight; struck: boolean }>([
  { flag: "throttled", sight: POLL, struck: false },
  { flag: "throttled:on=poll", sight: POLL, struck: true },
  { flag: "throttled:on=any", sight: TOKEN, struck: true },
  { flag: "token-expired:on=any", sight: TOKEN, struck: false },
  { flag: "throttled:vm=VM1", sight: POST, struck: true },
  { flag: "throttled:vm=vm2", sight: POST, struck: false },
  { flag: "throttled:on=any,vm=vm1", sight: TOKEN, struck: false },
  { flag: "throttled:commandId=runshellscript", sight: POST, struck: true },
  { flag: "throttled:commandId=RemoveRunCommandLinuxExtension", sight: POST, struck: false },
  { flag: "throttled:on=poll,commandId=RunShellScript", sight: POLL, struck: true },
  { flag: "status-503", sight: { ...POST, reach: "front" }, struck: true },
  { flag: "throttled", sight: { ...POST, reach: "front" }, struck: false },
  { flag: "throttled", sight: { ...POST, reach: "service" }, struck: true },
  { flag: "operation-stuck", sight: { ...POST, reach: "service" }, struck: false },
  { flag: "reply-lost-after", sight: { ...POST, reach: "service" }, struck: false },
  { flag: "reply-lost-after", sight: POST, struck: true },
])("$flag meets $sight.target that gets to $sight.reach: $struck", ({ flag, sight, struck }) => {
  const faults = choice([flag]);
  expect(faults.choose(sight) !== undefined).toBe(struck);
  expect(faults.list()).toMatchObject([{ matched: struck ? 1 : 0, struck: struck ? 1 : 0 }]);
});

test("of several, the one that was set first strikes, and the others keep their strikes", () => {
  const faults = choice(["throttled", "status-500:on=any", "status-503"]);
  expect(strikes(faults, [POST, POST, POST, POST])).toEqual(["throttled", "status-500", "status-503", undefined]);
});

test("skip counts requests that another fault struck, so that a course of events can be written down", () => {
  const faults = choice(["throttled", "status-500:skip=1", "reboot:skip=3"]);
  expect(strikes(faults, [POST, POST, POST, POST])).toEqual(["throttled", "status-500", undefined, "reboot"]);
});

test("the same seed gives the same sequence, another seed another one", () => {
  const first = pattern(choice(["throttled:share=0.3"], 7), 60);
  expect(pattern(choice(["throttled:share=0.3"], 7), 60)).toBe(first);
  expect(pattern(choice(["throttled:share=0.3"], 8), 60)).not.toBe(first);
  expect(first).toMatch(/x.*\..*x/);
});

test("the default seed's sequence stays what it is, or runs on record could not be repeated", () => {
  expect(pattern(choice(["throttled:share=0.3"]), 40)).toBe(".x...x......x.xx.x..xxx...xx...x....x.x.");
});

test("a share is about that share, and a count ends it", () => {
  const faults = choice(["throttled:share=0.2"]);
  const struck = pattern(faults, 5_000).replaceAll(".", "").length;
  expect(struck).toBeGreaterThan(900);
  expect(struck).toBeLessThan(1_100);
  expect(pattern(choice(["throttled:share=1,count=2"]), 4)).toBe("xx..");
});

test("a share's sequence does not depend on the other faults", () => {
  const alone = choice(["throttled:share=0.5"]);
  const wanted = pattern(alone, 30);
  const faults = choice(["throttled:share=0.5", "status-500:count=10", "token-expired:share=0.5"]);
  const seen = strikes(
    faults,
    Array.from({ length: 30 }, () => POST),
  ).map((name) => (name === "throttled" ? "x" : "."));
  expect(seen.join("")).toBe(wanted);
});

test("two shares of one run do not strike the same requests", () => {
  const second = choice(["status-500:on=vm", "throttled:share=0.5"]);
  expect(pattern(second, 40)).not.toBe(pattern(choice(["throttled:share=0.5"]), 40));
});

test("after all are removed, the sequence begins anew", () => {
  const faults = choice(["throttled:share=0.5"]);
  const first = pattern(faults, 20);
  faults.clear();
  expect(faults.choose(POST)).toBeUndefined();
  expect(faults.list()).toEqual([]);
  faults.add([fault("throttled:share=0.5")]);
  expect(pattern(faults, 20)).toBe(first);
});
