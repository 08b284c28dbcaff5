/** Faults as they are asked for, in JSON and on the command line, and each sentence about one that makes no sense. */
import { FAULT_NAMES } from "../../../simulator/faults/names";
import { describeFaultProblem } from "../../../simulator/faults/problem";
import { readFaultFlag, readFaults } from "../../../simulator/faults/read";

const NAMES =
  "reply-lost-before, reply-lost-after, connection-reset, status-500, status-502, status-503, throttled, throttled-retry-after, conflict-running, conflict-concurrent, operation-stuck, operation-preempted, agent-not-ready, reboot, poll-truncated, poll-cut-json, token-expired";

const UNSAID = { skip: 0, share: undefined, ms: undefined, commandId: undefined, vm: undefined };

test("these are the names", () => {
  expect(FAULT_NAMES.join(", ")).toBe(NAMES);
});

test.each([
  { given: { fault: "throttled" }, on: "post" },
  { given: { fault: "poll-truncated" }, on: "poll" },
  { given: { fault: "poll-cut-json" }, on: "poll" },
  { given: { fault: "token-expired", on: "any" }, on: "any" },
])("$given strikes the next one on $on", ({ given, on }) => {
  expect(readFaults(given)).toEqual({
    kind: "faults",
    faults: [{ ...UNSAID, name: given.fault, on, count: 1 }],
  });
});

test("a share has no end unless a count is given too", () => {
  expect(
    readFaults([
      { fault: "throttled", share: 0.2 },
      { fault: "throttled", share: 1, count: 3 },
    ]),
  ).toMatchObject({
    faults: [
      { share: 0.2, count: undefined },
      { share: 1, count: 3 },
    ],
  });
});

test("every field of the contract is taken together, in JSON and on the command line", () => {
  const fields = { on: "post", count: 1, skip: 0, share: 0.2, ms: 500, commandId: "RunShellScript", vm: "vm1" };
  const fault = { name: "reply-lost-after", ...fields };
  expect(readFaults({ fault: "reply-lost-after", ...fields })).toEqual({ kind: "faults", faults: [fault] });
  expect(
    readFaultFlag("reply-lost-after:on=post,count=1,skip=0,share=0.2,ms=500,commandId=RunShellScript,vm=vm1"),
  ).toEqual({ kind: "fault", fault });
});

test.each<{ given: unknown; sentence: string }>([
  {
    given: "throttled",
    sentence: `expected an object such as {"fault": "throttled"}, or an array of them, found 'throttled'; the faults are ${NAMES}`,
  },
  {
    given: undefined,
    sentence: `expected an object such as {"fault": "throttled"}, or an array of them, found nothing; the faults are ${NAMES}`,
  },
  {
    given: null,
    sentence: `expected an object such as {"fault": "throttled"}, or an array of them, found null; the faults are ${NAMES}`,
  },
  { given: {}, sentence: `fault is missing, expected one of ${NAMES}` },
  { given: { fault: "toString" }, sentence: `fault is 'toString', expected one of ${NAMES}` },
  { given: { fault: "throttled", on: "get" }, sentence: "on is 'get', expected one of post, poll, vm, token, any" },
  { given: { fault: "throttled", on: 1 }, sentence: "on is 1, expected one of post, poll, vm, token, any" },
  ...["conflict-running", "conflict-concurrent", "operation-stuck", "operation-preempted", "agent-not-ready", "reboot"]
    .flatMap((fault) => ["poll", "vm", "token", "any"].map((on) => ({ fault, on })))
    .map((given) => ({ given, sentence: `on is '${given.on}', which '${given.fault}' cannot strike, expected post` })),
  {
    given: { fault: "token-expired", on: "token" },
    sentence: "on is 'token', which 'token-expired' cannot strike, expected post, poll, vm, any",
  },
  {
    given: { fault: "poll-truncated", on: "post" },
    sentence: "on is 'post', which 'poll-truncated' cannot strike, expected poll, vm, token, any",
  },
  {
    given: { fault: "throttled", times: 3 },
    sentence: "'times' is not known, expected one of fault, on, count, skip, share, ms, commandId, vm",
  },
  ...[0, -1, 1.5, "3", null].map((count) => ({
    given: { fault: "throttled", count },
    sentence: `count is ${typeof count === "string" ? `'${count}'` : count}, expected a whole number from 1`,
  })),
  { given: { fault: "throttled", skip: -1 }, sentence: "skip is -1, expected a whole number from 0" },
  ...[0, -0.1, 1.1, "half"].map((share) => ({
    given: { fault: "throttled", share },
    sentence: `share is ${typeof share === "string" ? `'${share}'` : share}, expected a number above 0 and up to 1`,
  })),
  ...[-1, 0.5, 2_147_483_648].map((ms) => ({
    given: { fault: "reboot", ms },
    sentence: `ms is ${ms}, expected a whole number of milliseconds from 0 to 2147483647`,
  })),
  {
    given: { fault: "status-500", ms: 5 },
    sentence:
      "ms means nothing to 'status-500', only to reply-lost-before, reply-lost-after, connection-reset, throttled-retry-after, operation-stuck, reboot",
  },
  { given: { fault: "throttled", vm: "" }, sentence: "vm is '', expected the name of a VM" },
  {
    given: { fault: "throttled", commandId: "RunPowerShellScript" },
    sentence:
      "commandId is 'RunPowerShellScript', expected one of RunShellScript, ifconfig, RemoveRunCommandLinuxExtension",
  },
  {
    given: { fault: "throttled", on: "vm", commandId: "ifconfig" },
    sentence: "commandId means nothing on 'vm', only on post and poll",
  },
  {
    given: { fault: "throttled", on: "token", vm: "vm1" },
    sentence: "vm means nothing on 'token', only on post, poll and vm",
  },
])("$given: $sentence", ({ given, sentence }) => {
  const reading = readFaults(given);
  expect(reading.kind === "problem" && describeFaultProblem(reading.problem)).toBe(sentence);
});

test("of an array, the bad one is named and none is taken", () => {
  expect(readFaults([{ fault: "throttled" }, { fault: "nope" }])).toMatchObject({ kind: "problem", at: 1 });
});

test.each<{ flag: string; sentence: string }>([
  { flag: "nope", sentence: `fault is 'nope', expected one of ${NAMES}` },
  { flag: "", sentence: `fault is '', expected one of ${NAMES}` },
  { flag: "throttled:count", sentence: "'count' is not of the form key=value, such as count=3" },
  { flag: "throttled:", sentence: "'' is not of the form key=value, such as count=3" },
  { flag: "throttled:count=", sentence: "'count=' is not of the form key=value, such as count=3" },
  { flag: "throttled:count=1,count=2", sentence: "count is given twice" },
  { flag: "throttled:fault=reboot", sentence: "fault is given twice" },
  {
    flag: "throttled:toString=1",
    sentence: "'toString' is not known, expected one of fault, on, count, skip, share, ms, commandId, vm",
  },
  { flag: "throttled:count=many", sentence: "count is 'many', expected a whole number from 1" },
  {
    flag: "throttled:colour=red",
    sentence: "'colour' is not known, expected one of fault, on, count, skip, share, ms, commandId, vm",
  },
])("--fault '$flag': $sentence", ({ flag, sentence }) => {
  const reading = readFaultFlag(flag);
  expect(reading.kind === "problem" && describeFaultProblem(reading.problem)).toBe(sentence);
});
