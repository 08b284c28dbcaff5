import type { JobResult, TaskResult } from "../../bench/clients/messages";
import { checkAnswers, checkGivenAnswers } from "../../bench/support/trial";

function job(number: number, stdout: string, error?: string): JobResult {
  const times = { startedAtMs: 0, endedAtMs: 1 };
  return { name: `script-${number}`, vmName: "vm1", ...times, stdout, exitCode: 0, stdoutSha256: undefined, error };
}

function resultOf(...jobs: readonly JobResult[]): TaskResult {
  return { jobs, cpuSeconds: 0, idleMemoryBytes: 0, peakMemoryBytes: 0, usedMemoryBytes: undefined };
}

const printed = (number: number) => `${number}\n`;

test("answers are right when each script has brought back its own output", () => {
  expect(checkAnswers("ours", resultOf(job(1, "1\n"), job(2, "2\n")), printed)).toEqual({
    what: "ours: each of 2 scripts has brought back its own output",
    holds: true,
  });
});

test("another script's output is a wrong answer, and so is none", () => {
  expect(checkAnswers("ours", resultOf(job(1, "2\n"), job(2, "", "Error: lost")), printed)).toEqual({
    what: "ours: each of 2 scripts has brought back its own output",
    holds: false,
    saw: '2 have not; script-1: "2\\n"',
  });
});

test("no answers at all are no right answers", () => {
  expect(checkAnswers("ours", resultOf(), printed).holds).toBe(false);
});

test("where a client may give up, what it has brought back must be right all the same", () => {
  const gaveUp = job(2, "", "Error: 429");
  expect(checkGivenAnswers("theirs", resultOf(job(1, "1\n"), gaveUp), printed)).toEqual({
    what: "theirs: what has come back is what the scripts have printed",
    holds: true,
  });
  expect(checkGivenAnswers("theirs", resultOf(job(1, "2\n"), gaveUp), printed)).toEqual({
    what: "theirs: what has come back is what the scripts have printed",
    holds: false,
    saw: '1 is not; script-1: "2\\n"',
  });
});
