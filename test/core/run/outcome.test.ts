import type { RunReport } from "../../../core/guest/protocol";
import {
  EXECUTION_STATES,
  isDone,
  type OutcomeContext,
  outcomeOf,
  type RunOutcome,
  restartedTooOften,
  UNKNOWN_RESULT,
} from "../../../core/run/outcome";
import type { RunOutput } from "../../../core/run/run-output";
import { maskOf } from "../../../core/secrets/secret-texts";
import { reportExample } from "../../support/examples";

const STREAM = { totalBytes: 3, sha256: undefined, archivedBytes: 3 };
const REPORT = reportExample({
  state: "Exited",
  startedAtSeconds: 1_795_392_000,
  endedAtSeconds: 1_795_392_061,
  stdout: STREAM,
  stderr: STREAM,
});

function outputOf(texts: { readonly stdout: string; readonly stderr: string }): RunOutput {
  const stream = (text: string) => ({ text, replacedBytes: false, truncated: false });
  return {
    stdout: stream(texts.stdout),
    stderr: stream(texts.stderr),
    namedOutputs: { kind: "outputs", outputs: { a: "1" } },
  };
}

const OUTPUT = outputOf({ stdout: "out", stderr: "err" });
const CONTEXT: OutcomeContext = {
  vmName: "web1",
  timeoutInSeconds: 60,
  successExitCodes: [0],
  mask: (text) => text,
};
const RESULT: RunOutcome["result"] = {
  executionState: "Succeeded",
  exitCode: undefined,
  stdout: "out",
  stderr: "err",
  stdoutTruncated: false,
  stderrTruncated: false,
  stdoutTotalBytes: 3,
  stderrTotalBytes: 3,
  stdoutSha256: undefined,
  stderrSha256: undefined,
  stdoutReplacedBytes: false,
  stderrReplacedBytes: false,
  outputs: { a: "1" },
  startTime: "2026-11-23T00:00:00Z",
  endTime: "2026-11-23T00:01:01Z",
};
const TAILS = { stderrTail: "err", stdoutTail: "out" };

function unknown(why: string, state: RunReport["state"]): RunOutcome["failure"] {
  return { kind: "ReportUnreadable", vmName: "web1", why, evidence: `1-create-0 ${state}` };
}

describe("a report", () => {
  test.each<{ what: string; given: Partial<RunReport>; expected: Partial<RunOutcome["result"]>; failure: unknown }>([
    {
      what: "Exited with 0 is the only success",
      given: { exitCode: 0 },
      expected: { executionState: "Succeeded", exitCode: 0 },
      failure: undefined,
    },
    {
      what: "Exited with another code is a failure with that code",
      given: { exitCode: 255 },
      expected: { executionState: "Failed", exitCode: 255 },
      failure: { kind: "ScriptFailed", vmName: "web1", exitCode: 255, ...TAILS },
    },
    {
      what: "Exited without a code is not known, never a success",
      given: {},
      expected: { executionState: "Unknown" },
      failure: unknown("the runner reported an end without an exit code", "Exited"),
    },
    {
      what: "Killed is a failure with its signal and without an exit code",
      given: { state: "Killed", signal: 9 },
      expected: { executionState: "Failed" },
      failure: { kind: "ScriptKilled", vmName: "web1", signal: 9, ...TAILS },
    },
    {
      what: "TimedOut tells the limit",
      given: { state: "TimedOut" },
      expected: { executionState: "TimedOut" },
      failure: { kind: "ScriptTimedOut", vmName: "web1", timeoutInSeconds: 60, ...TAILS },
    },
    {
      what: "Canceled is no failure of the script",
      given: { state: "Canceled" },
      expected: { executionState: "Canceled" },
      failure: { kind: "ScriptCanceled", vmName: "web1" },
    },
    {
      what: "Lost is neither a success nor a failure of the script",
      given: { state: "Lost" },
      expected: { executionState: "Lost" },
      failure: { kind: "RunLost", vmName: "web1" },
    },
    {
      what: "Interrupted tells of the restart",
      given: { state: "Interrupted" },
      expected: { executionState: "Interrupted" },
      failure: { kind: "RunInterrupted", vmName: "web1" },
    },
    {
      what: "Absent is not known",
      given: { state: "Absent" },
      expected: { executionState: "Unknown" },
      failure: { kind: "ReceiptGone", vmName: "web1" },
    },
    {
      what: "Refused is a failure with the runner's reason",
      given: { state: "Refused", reason: "the disk is full" },
      expected: { executionState: "NotStarted" },
      failure: { kind: "ScriptRefused", vmName: "web1", reason: "the disk is full" },
    },
    {
      what: "Refused without a reason says that there is none",
      given: { state: "Refused" },
      expected: { executionState: "NotStarted" },
      failure: { kind: "ScriptRefused", vmName: "web1", reason: "the runner gave no reason" },
    },
    {
      what: "Waiting is no end",
      given: { state: "Waiting" },
      expected: { executionState: "Unknown" },
      failure: unknown("it had not ended", "Waiting"),
    },
    {
      what: "Running is no end",
      given: { state: "Running" },
      expected: { executionState: "Unknown" },
      failure: unknown("it had not ended", "Running"),
    },
    {
      what: "Skipped is no failure, and tells which guard said so",
      given: { state: "Skipped", guard: { name: "onlyIf", exitCode: 1 } },
      expected: { executionState: "Skipped" },
      failure: undefined,
    },
  ])("$what", ({ given, expected, failure }) => {
    expect(outcomeOf({ ...REPORT, ...given }, OUTPUT, CONTEXT)).toStrictEqual({
      takenUp: false,
      skippedBy: given.guard,
      failure,
      result: { ...RESULT, ...expected },
    });
  });
});

test("an exit code is a success when the resource says so, and 0 is none when it does not", () => {
  const context = { ...CONTEXT, successExitCodes: [3] };
  expect(outcomeOf({ ...REPORT, exitCode: 3 }, OUTPUT, context)).toMatchObject({
    failure: undefined,
    result: { executionState: "Succeeded", exitCode: 3 },
  });
  expect(outcomeOf({ ...REPORT, exitCode: 0 }, OUTPUT, context)).toMatchObject({
    failure: { kind: "ScriptFailed", exitCode: 0 },
    result: { executionState: "Failed", exitCode: 0 },
  });
});

test("what leaves nothing to do is a success, and a failure where that is none of the deployment", () => {
  const done = (treatFailureAsDeploymentFailure: boolean) =>
    EXECUTION_STATES.filter((state) => isDone(state, { treatFailureAsDeploymentFailure }));
  expect(done(true)).toEqual(["Succeeded", "Skipped", "Unverified"]);
  expect(done(false)).toEqual(["Succeeded", "Failed", "TimedOut", "Skipped", "Unverified"]);
});

test("what the report does not tell stays unknown: no output, no times, no flags", () => {
  const bare: RunReport = {
    ...REPORT,
    state: "Absent",
    startedAtSeconds: undefined,
    endedAtSeconds: undefined,
    stdout: undefined,
    stderr: undefined,
  };
  expect(outcomeOf(bare, undefined, CONTEXT).result).toStrictEqual(UNKNOWN_RESULT);
});

test("a run that was taken up says so", () => {
  expect(outcomeOf({ ...REPORT, exitCode: 0, takenUp: true }, OUTPUT, CONTEXT).takenUp).toBe(true);
});

test.each(["stdout", "stderr"] as const)(
  "of %s alone it is said that it is only the end, and that bytes were replaced",
  (which) => {
    const output = { ...OUTPUT, [which]: { text: "x", truncated: true, replacedBytes: true } };
    const report = { ...REPORT, exitCode: 0, [which]: { ...STREAM, totalBytes: 4, sha256: "h" } };
    expect(outcomeOf(report, output, CONTEXT).result).toEqual({
      ...RESULT,
      exitCode: 0,
      [which]: "x",
      [`${which}Truncated`]: true,
      [`${which}TotalBytes`]: 4,
      [`${which}Sha256`]: "h",
      [`${which}ReplacedBytes`]: true,
    });
  },
);

test("secrets are masked in both streams, in named outputs and in the failure; at a cut also their pieces", () => {
  const cuts: unknown[] = [];
  const mask: OutcomeContext["mask"] = (text, cut) => {
    cuts.push(cut);
    return text.replace(/out|err|1/, "<$&>");
  };
  const output = { ...OUTPUT, stdout: { ...OUTPUT.stdout, truncated: true } };
  const { result, failure } = outcomeOf({ ...REPORT, exitCode: 1 }, output, { ...CONTEXT, mask });
  expect([result.stdout, result.stderr, result.outputs]).toEqual(["<out>", "<err>", { a: "<1>" }]);
  expect(failure).toMatchObject({ stdoutTail: "<out>", stderrTail: "<err>" });
  expect(cuts.slice(0, 2)).toEqual([{ start: true }, { start: false }]);
  expect(new Set(cuts.slice(2))).toEqual(new Set([undefined]));
});

describe("a secret that was taken for the name of an output", () => {
  const outcome = (secret: string, outputs: Record<string, string>, exitCode = 0) =>
    outcomeOf(
      { ...REPORT, exitCode },
      { ...OUTPUT, namedOutputs: { kind: "outputs", outputs } },
      { ...CONTEXT, mask: maskOf([secret]) },
    );

  test.each<{ what: string; secret: string; outputs: Record<string, string> }>([
    { what: "the secret itself", secret: "c2VjcmV0", outputs: { fine: "1", c2VjcmV0: "" } },
    { what: "a key in base64 without its padding", secret: "c2VjcmV0cw==", outputs: { c2VjcmV0cw: "=" } },
    { what: "a line of name and value", secret: "TOKEN=hunter2", outputs: { TOKEN: "hunter2" } },
    { what: "what was put before a secret", secret: "=hunter2", outputs: { a: "hunter2" } },
  ])("is a failure, and no output is kept: $what", ({ secret, outputs }) => {
    const { result, failure } = outcome(secret, outputs);
    expect(result).toMatchObject({ executionState: "Failed", exitCode: 0, outputs: undefined });
    expect(failure).toEqual({
      kind: "NamedOutputsUnreadable",
      exitCode: 0,
      vmName: "web1",
      problem: "a name of an output holds a secret; write it as 'name=value'",
    });
    expect(outcome(secret, outputs, 3)).toMatchObject({
      result: { exitCode: 3, outputs: undefined },
      failure: { kind: "ScriptFailed", exitCode: 3 },
    });
  });

  test("does not keep a secret from being a value", () => {
    const { result, failure } = outcome("c2VjcmV0cw==", { key: "c2VjcmV0cw==", other: "a=c2VjcmV0cw==", empty: "" });
    expect(result.outputs).toEqual({ key: "[secret]", other: "a=[secret]", empty: "" });
    expect(failure).toBeUndefined();
  });
});

test("named outputs that cannot be read make a failure of exit code 0, and of no other one", () => {
  const output: RunOutput = { ...OUTPUT, namedOutputs: { kind: "problem", problem: "line 1 is bad" } };
  expect(outcomeOf({ ...REPORT, exitCode: 0 }, output, CONTEXT)).toMatchObject({
    result: { executionState: "Failed", exitCode: 0, outputs: undefined },
    failure: { kind: "NamedOutputsUnreadable", vmName: "web1", exitCode: 0, problem: "line 1 is bad" },
  });
  expect(outcomeOf({ ...REPORT, exitCode: 2 }, output, CONTEXT).failure?.kind).toBe("ScriptFailed");
});

test("a run that was cut off too often keeps what it printed", () => {
  const outcome = outcomeOf({ ...REPORT, state: "Interrupted" }, OUTPUT, CONTEXT);
  expect(restartedTooOften(outcome, "web1", 10)).toEqual({
    ...outcome,
    failure: { kind: "RestartedTooOften", vmName: "web1", restarts: 10 },
  });
});

describe("the end of a stream in a message", () => {
  test.each<{ what: string; printed: string; expected: string }>([
    {
      what: "is its last six lines, without the empty ones behind them",
      printed: "1\n2\n3\n4\n5\n6\n7\n8\n\n",
      expected: "3\n4\n5\n6\n7\n8",
    },
    { what: "is the whole where it has six lines", printed: "1\n2\n3\n4\n5\n6\n", expected: "1\n2\n3\n4\n5\n6" },
    {
      what: "is the whole where it has 400 characters",
      printed: `a${"x".repeat(399)}`,
      expected: `a${"x".repeat(399)}`,
    },
    {
      what: "has at most its last 400 characters, and a mark before them",
      printed: `ab${"x".repeat(399)}`,
      expected: `…b${"x".repeat(399)}`,
    },
    { what: "is empty where nothing was printed", printed: "", expected: "" },
  ])("$what", ({ printed, expected }) => {
    const failed = (texts: { stdout: string; stderr: string }) =>
      outcomeOf({ ...REPORT, exitCode: 1 }, outputOf(texts), CONTEXT).failure;
    expect(failed({ stdout: "out", stderr: printed })).toMatchObject({ stderrTail: expected, stdoutTail: "out" });
    expect(failed({ stdout: printed, stderr: "err" })).toMatchObject({ stderrTail: "err", stdoutTail: expected });
  });
});
