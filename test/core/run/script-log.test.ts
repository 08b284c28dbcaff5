import type { Logging } from "../../../core/inputs/desired-state";
import { DEFAULT_SETTINGS } from "../../../core/inputs/input-settings";
import { type RunResult, UNKNOWN_RESULT } from "../../../core/run/outcome";
import { logStreams } from "../../../core/run/script-log";

function logged(logging: Logging, result: Partial<RunResult>, outputMaxBytes = 65_536): string[] {
  const messages: string[] = [];
  const settings = { ...DEFAULT_SETTINGS, outputMaxBytes, logging };
  logStreams({ ...UNKNOWN_RESULT, ...result }, settings, { info: (message) => messages.push(message) });
  return messages;
}

const RESULT = { stdout: "out 1\nout 2\n", stderr: "err\n", stdoutTruncated: false, stderrTruncated: false };

test.each<{ logging: Logging; expected: string[] }>([
  { logging: "none", expected: [] },
  { logging: "stdout", expected: ["stdout:\nout 1\nout 2\n"] },
  { logging: "stderr", expected: ["stderr:\nerr\n"] },
  { logging: "stdoutAndStderr", expected: ["stdout:\nout 1\nout 2\n", "stderr:\nerr\n"] },
])("with logging '$logging', just that is told", ({ logging, expected }) => {
  expect(logged(logging, RESULT)).toEqual(expected);
});

test("an empty stream, or one that is not known, is not told of", () => {
  expect(logged("stdoutAndStderr", { ...RESULT, stdout: "", stderr: undefined })).toEqual([]);
});

test("what is only the end of a stream says so, with both sizes", () => {
  const cut = { stdoutTruncated: true, stdoutTotalBytes: 200_000 };
  expect(logged("stdout", { ...RESULT, ...cut })).toEqual([
    "stdout (the last 65,536 of 200,000 bytes):\nout 1\nout 2\n",
  ]);
  expect(logged("stderr", { stderr: "x", stderrTruncated: true, stderrTotalBytes: 9 }, 5)).toEqual([
    "stderr (the last 5 of 9 bytes):\nx",
  ]);
});

test("a stream of which nothing is kept is told of by its size", () => {
  const cut = { stdout: "", stdoutTruncated: true, stdoutTotalBytes: 6, stderr: "" };
  expect(logged("stdoutAndStderr", cut, 0)).toEqual(["stdout (the last 0 of 6 bytes)"]);
});
