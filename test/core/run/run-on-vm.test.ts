/** Runs that one call does not follow to their end: begun by one, attached to by the next. The lane answers from a list; no shell. */
import { describeFailure, RunFailedError } from "../../../core/failures/errors";
import type { GuestRequest, RunReport, StreamNews } from "../../../core/guest/protocol";
import type { RebootPolicy } from "../../../core/inputs/desired-state";
import { DEFAULT_SETTINGS } from "../../../core/inputs/input-settings";
import { executeStretch } from "../../../core/run/execute";
import { UNKNOWN_RESULT } from "../../../core/run/outcome";
import { bootOf, type RunIntent } from "../../../core/run/run-on-vm";
import { maskOf } from "../../../core/secrets/secret-texts";
import { knownExample, NAME, reportExample, scriptIntentExample, TARGET } from "../../support/examples";
import { type Answers, scriptedVm, VM_GUID, vmAnswer } from "../../support/scripted-vm";
import { recordedReporter } from "../../support/virtual-outside";

const RUNNING: RunReport = reportExample();
const EXITED: RunReport = reportExample({ state: "Exited", exitCode: 0 });
const INTERRUPTED: RunReport = reportExample({ state: "Interrupted" });

interface Given {
  readonly begun: boolean;
  readonly reports: readonly (RunReport | RunFailedError)[];
  /** How often it may wait once more. */
  readonly waits?: number;
  readonly rebootPolicy?: RebootPolicy;
  readonly knownRun?: boolean;
  readonly vm?: Answers["vm"];
  readonly printing?: RunIntent["printing"];
}

/** What comes of one call, and what it asked of the VM. */
async function stretch({ begun, reports, waits = 0, rebootPolicy = "fail", knownRun = false, vm, printing }: Given) {
  const world = scriptedVm({
    submit: (count) => {
      const report = reports[count - 1];
      if (report === undefined) {
        throw new Error(`request ${count} was not expected`);
      }
      return report;
    },
    ...(vm === undefined ? {} : { vm }),
  });
  const reporter = recordedReporter();
  const known = knownExample({ settings: { ...DEFAULT_SETTINGS, rebootPolicy } });
  const intent = scriptIntentExample(known, {
    knownRun,
    mask: maskOf(["correct horse"]),
    ...(printing === undefined ? {} : { printing }),
  });
  let left = waits;
  const mayWait = () => {
    left -= 1;
    return left >= 0;
  };
  const options = { deadline: undefined, stretch: { begun, mayWait } };
  const end = await executeStretch(intent, world.session, reporter, options);
  return {
    end,
    asked: world.requests.map((request) => [request.verb, "runId" in request ? request.runId : undefined]),
    requests: world.requests,
    told: reporter.messages.filter((message) => message.startsWith("info")),
  };
}

describe("a run that one call begins", () => {
  test("comes back as running when that call may not wait, and nothing of it is a result", async () => {
    const { end, asked } = await stretch({ begun: false, reports: [{ ...RUNNING, lastLine: "half way" }] });
    expect(end).toEqual({
      executed: undefined,
      running: { state: "Running", lastLine: "half way", takenUp: false },
      vmId: VM_GUID,
    });
    expect(asked).toEqual([["run", "1-create-0"]]);
  });

  test("comes back as waiting while another has its turn", async () => {
    const { end } = await stretch({ begun: false, reports: [{ ...RUNNING, state: "Waiting" }] });
    expect(end.running).toEqual({ state: "Waiting", lastLine: undefined, takenUp: false });
  });

  test("is waited for as often as that call may wait, and its end is its result", async () => {
    const { end, asked } = await stretch({ begun: false, reports: [RUNNING, RUNNING, EXITED], waits: 2 });
    expect(end.executed?.outcome.result).toMatchObject({ executionState: "Succeeded", exitCode: 0 });
    expect(end).toMatchObject({ running: undefined, vmId: VM_GUID });
    expect(asked).toEqual([
      ["run", "1-create-0"],
      ["wait", "1-create-0"],
      ["wait", "1-create-0"],
    ]);
    const { end: sooner } = await stretch({ begun: false, reports: [RUNNING, RUNNING], waits: 1 });
    expect(sooner.running?.state).toBe("Running");
  });

  test.each([
    ["whole", "the password is correct horse", "the password is [secret]"],
    ["cut at its beginning", "ct horse is the password", "[secret] is the password"],
    ["cut at its end", "the password is correct h", "the password is [secret]"],
  ])("shows no secret in its last line, be it %s", async (_how, lastLine, shown) => {
    const { end } = await stretch({ begun: false, reports: [{ ...RUNNING, lastLine }] });
    expect(end.running?.lastLine).toBe(shown);
  });

  test("that another call had begun before is taken up, and that is said", async () => {
    const { end, told } = await stretch({ begun: false, reports: [{ ...RUNNING, takenUp: true }] });
    expect(end.running?.state).toBe("Running");
    expect(told).toEqual([
      "info: an earlier call had started this run on 'web1' already (state Running): it is taken up, not started again",
    ]);
  });

  test("is refused when nothing of it was sent", async () => {
    const off = () => vmAnswer({ powerState: "deallocated" });
    await expect(stretch({ begun: false, reports: [], vm: off })).rejects.toMatchObject({
      failure: { kind: "VmNotRunning" },
      mayHaveRun: false,
    });
  });
});

describe("a run that is followed", () => {
  const news = (stdout: string, stderr = "") => ({ stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) });
  const seen = (requests: readonly GuestRequest[]) =>
    requests.map((request) => ("seen" in request ? request.seen : undefined));

  test("is asked behind what has been told, and told of what came since", async () => {
    const told: StreamNews[] = [];
    const reports = [
      { ...RUNNING, news: news("one\n", "oh") },
      { ...RUNNING, news: news("", "") },
      { ...RUNNING, state: "Waiting" as const },
      { ...RUNNING, news: news("two\n") },
      EXITED,
    ];
    const { requests } = await stretch({ begun: false, reports, waits: 9, printing: (each) => told.push(each) });
    expect(told).toEqual([news("one\n", "oh"), news("", ""), news("two\n")]);
    expect(requests.map(({ verb }) => verb)).toEqual(["run", "wait", "wait", "wait", "wait"]);
    const first = { stdout: 4, stderr: 2 };
    expect(seen(requests)).toEqual([{ stdout: 0, stderr: 0 }, first, first, first, { stdout: 8, stderr: 2 }]);
  });

  test("by an attachment alone, too; without anybody who listens nothing is asked for", async () => {
    const followed = await stretch({ begun: true, reports: [RUNNING, EXITED], waits: 1, printing: () => undefined });
    expect(seen(followed.requests)).toEqual([
      { stdout: 0, stderr: 0 },
      { stdout: 0, stderr: 0 },
    ]);
    const other = await stretch({ begun: true, reports: [{ ...RUNNING, news: news("one\n") }, EXITED], waits: 1 });
    expect(seen(other.requests)).toEqual([undefined, undefined]);
  });

  test("is not, in what goes on after a restart", async () => {
    const later = reportExample({ runId: "1-create-0-b2", state: "Exited", exitCode: 0 });
    const { requests } = await stretch({
      begun: false,
      reports: [INTERRUPTED, later],
      rebootPolicy: "rerun",
      printing: () => undefined,
    });
    expect(seen(requests)).toEqual([{ stdout: 0, stderr: 0 }, undefined]);
  });
});

describe("a run that an earlier call began", () => {
  test("is looked at and never started", async () => {
    const { end, asked, told } = await stretch({ begun: true, reports: [RUNNING, EXITED], waits: 1 });
    expect(end.executed?.outcome).toMatchObject({ takenUp: false, result: { executionState: "Succeeded" } });
    expect(asked).toEqual([
      ["wait", "1-create-0"],
      ["wait", "1-create-0"],
    ]);
    expect(told).toEqual([]);
  });

  test("is unknown, and not started again, when its receipt is gone", async () => {
    const { end, asked } = await stretch({ begun: true, reports: [reportExample({ state: "Absent" })] });
    const { failure, result } = end.executed?.outcome ?? {};
    expect([result?.executionState, result?.exitCode, failure && describeFailure(failure, true)]).toEqual([
      "Unknown",
      undefined,
      "the result of the script on 'web1' is unknown: its receipt is no longer on the VM; the next deployment takes up what is there",
    ]);
    expect(asked).toEqual([["wait", "1-create-0"]]);
  });

  test("and that a restart cut off stays so with the policy 'fail'", async () => {
    const { end, asked } = await stretch({ begun: true, reports: [INTERRUPTED] });
    expect(end.executed?.outcome.result.executionState).toBe("Interrupted");
    expect(asked).toEqual([["wait", "1-create-0"]]);
  });

  test.each([
    { rebootPolicy: "rerun", boot: "1", continues: undefined },
    { rebootPolicy: "continue", boot: "2", continues: "1-create-0" },
  ] as const)(
    "and that a restart cut off goes on with the policy '$rebootPolicy', in a run that happens once however old it is",
    async ({ rebootPolicy, boot, continues }) => {
      const later = reportExample({ runId: "1-create-0-b2" });
      const { end, asked, requests } = await stretch({ begun: true, reports: [INTERRUPTED, later], rebootPolicy });
      expect(end.running).toEqual({ state: "Running", lastLine: undefined, takenUp: false });
      expect(asked).toEqual([
        ["wait", "1-create-0"],
        ["run", "1-create-0-b2"],
      ]);
      expect(requests[1]).toMatchObject({
        environment: { AZURE_RUN_COMMAND_BOOT: boot },
        continues,
        resumeWindowSeconds: 10 * 365 * 24 * 60 * 60,
      });
    },
  );

  test("is told by the run of its last boot, which another call had begun without a word", async () => {
    const later = reportExample({ runId: "1-create-0-b2", state: "Exited", exitCode: 0, takenUp: true });
    const { end, told } = await stretch({ begun: true, reports: [INTERRUPTED, later], rebootPolicy: "rerun" });
    expect(end.executed?.outcome).toMatchObject({ endedAs: "1-create-0-b2", result: { exitCode: 0 } });
    expect(told).toEqual([
      "info: 'web1' was restarted while the script ran: it runs again from the beginning (rebootPolicy 'rerun')",
    ]);
  });

  test.each([
    { what: "the VM is off", vm: () => vmAnswer({ powerState: "deallocated" }), reports: [], kind: "VmNotRunning" },
    {
      what: "Azure refuses the look",
      vm: undefined,
      reports: [new RunFailedError({ kind: "NotAuthorized", vmName: "web1", action: "a", message: "m" })],
      kind: "NotAuthorized",
    },
  ])("may have run, whatever keeps a later call from looking at it: $what", async ({ vm, reports, kind }) => {
    const { end } = await stretch({ begun: true, reports, ...(vm === undefined ? {} : { vm }) });
    expect(end.executed).toMatchObject({
      outcome: { result: UNKNOWN_RESULT, failure: { kind } },
      target: TARGET,
      ran: { name: NAME },
    });
  });
});

test("only a run that is begun now is asked for within two hours of its end", async () => {
  const windowOf = async (knownRun: boolean) => {
    const { requests } = await stretch({ begun: false, reports: [EXITED], knownRun });
    return requests.map((request) => request.verb === "run" && request.resumeWindowSeconds);
  };
  expect(await windowOf(false)).toEqual([2 * 60 * 60]);
  expect(await windowOf(true)).toEqual([10 * 365 * 24 * 60 * 60]);
});

test.each([
  ["1-create-0123456789ab", "1-create-0123456789ab", 1],
  ["1-create-0123456789ab-b2", "1-create-0123456789ab", 2],
  ["12-update-0123456789ab-b10", "12-update-0123456789ab", 10],
  // A hash that begins with a b and goes on with digits.
  ["1-create-b12345678901", "1-create-b12345678901", 1],
  ["1-create-b1", "1-create-b1", 1],
])("the receipt %s is of the run %s in boot %d", (receipt, runId, boot) => {
  expect(bootOf(receipt)).toEqual({ runId, boot });
});
