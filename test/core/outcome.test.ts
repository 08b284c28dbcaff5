import type { RunReport } from "../../core/guest/protocol";
import { outcomeOf, type RunOutcome } from "../../core/outcome";

const STREAM = { totalBytes: 3, sha256: undefined, archivedBytes: 3 };
const REPORT: RunReport = {
  kind: "run",
  key: "key",
  runId: "1-create-0",
  state: "Exited",
  exitCode: undefined,
  signal: undefined,
  startedAtSeconds: 1_795_392_000,
  endedAtSeconds: 1_795_392_061,
  takenUp: false,
  stdout: STREAM,
  stderr: STREAM,
  chunk: undefined,
  lastLine: undefined,
  reason: undefined,
};
const STREAMS = { stdout: "out", stderr: "err" };
const RESULT: RunOutcome["result"] = {
  executionState: "Succeeded",
  exitCode: undefined,
  stdout: "out",
  stderr: "err",
  stdoutTruncated: false,
  stderrTruncated: false,
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
      failure: unknown("its receipt is no longer on the VM", "Absent"),
    },
    {
      what: "Refused is a failure with the runner's reason",
      given: { state: "Refused", reason: "the disk is full" },
      expected: { executionState: "Failed" },
      failure: { kind: "ScriptRefused", vmName: "web1", reason: "the disk is full" },
    },
    {
      what: "Refused without a reason says that there is none",
      given: { state: "Refused" },
      expected: { executionState: "Failed" },
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
  ])("$what", ({ given, expected, failure }) => {
    expect(outcomeOf({ ...REPORT, ...given }, STREAMS, "web1")).toStrictEqual({
      takenUp: false,
      failure,
      result: { ...RESULT, ...expected },
    });
  });
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
  expect(outcomeOf(bare, undefined, "web1").result).toStrictEqual({
    executionState: "Unknown",
    exitCode: undefined,
    stdout: undefined,
    stderr: undefined,
    stdoutTruncated: undefined,
    stderrTruncated: undefined,
    startTime: undefined,
    endTime: undefined,
  });
});

test("a run that was taken up says so", () => {
  expect(outcomeOf({ ...REPORT, exitCode: 0, takenUp: true }, STREAMS, "web1").takenUp).toBe(true);
});

test.each([
  ["stdout", { stdout: { ...STREAM, totalBytes: 4 } }, { stdoutTruncated: true, stderrTruncated: false }],
  ["stderr", { stderr: { ...STREAM, totalBytes: 4 } }, { stdoutTruncated: false, stderrTruncated: true }],
])("of %s alone it is said that it is only the end", (_which, given, expected) => {
  expect(outcomeOf({ ...REPORT, exitCode: 0, ...given }, STREAMS, "web1").result).toMatchObject(expected);
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
    const failed = (streams: typeof STREAMS) => outcomeOf({ ...REPORT, exitCode: 1 }, streams, "web1").failure;
    expect(failed({ stdout: "out", stderr: printed })).toMatchObject({ stderrTail: expected, stdoutTail: "out" });
    expect(failed({ stdout: printed, stderr: "err" })).toMatchObject({ stderrTail: "err", stdoutTail: expected });
  });
});
