/** From the runner's reports to what a user sees: state, exit code, output. Pure. */
import type { RunFailure } from "./errors";
import type { RunReport } from "./guest/protocol";

/**
 * How a run ended, in the words of Azure's managed run command where it has one.
 *
 * - `Succeeded`: exit code 0.
 * - `Failed`: another exit code, or ended by a signal.
 * - `Lost`: vanished without an exit code. `Interrupted`: cut off by a restart of the VM.
 * - `Unknown`: it was sent, and how it ended is not known; it may still be running.
 *
 * Source: Azure REST API, VirtualMachineRunCommandInstanceView.executionState.
 */
export type ExecutionState = "Succeeded" | "Failed" | "Lost" | "Interrupted" | "Unknown";

export const EXECUTION_STATES: readonly ExecutionState[] = ["Succeeded", "Failed", "Lost", "Interrupted", "Unknown"];

/** What is known of one run. `undefined` means that it is not known, never zero or empty. */
export interface RunResult {
  readonly executionState: ExecutionState;
  readonly exitCode: number | undefined;
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
  readonly stdoutTruncated: boolean | undefined;
  readonly stderrTruncated: boolean | undefined;
  /** By the VM's clock, ISO 8601 in UTC, to the second. */
  readonly startTime: string | undefined;
  readonly endTime: string | undefined;
}

export interface RunOutcome {
  readonly result: RunResult;
  /** Why this is no success; undefined when it is one. */
  readonly failure: RunFailure | undefined;
  /** True when an earlier, interrupted deployment had started this run and it was not started again. */
  readonly takenUp: boolean;
}

export interface DecodedStreams {
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of which nothing is known but that it was sent. */
export const UNKNOWN_RESULT: RunResult = {
  executionState: "Unknown",
  exitCode: undefined,
  stdout: undefined,
  stderr: undefined,
  stdoutTruncated: undefined,
  stderrTruncated: undefined,
  startTime: undefined,
  endTime: undefined,
};

/** What the report of an ended run and its streams mean. */
export function outcomeOf(report: RunReport, streams: DecodedStreams | undefined, vmName: string): RunOutcome {
  const { executionState, failure } = judge(report, streams, vmName);
  const truncated = (stream: RunReport["stdout"]) =>
    stream === undefined ? undefined : stream.archivedBytes < stream.totalBytes;
  return {
    takenUp: report.takenUp,
    failure,
    result: {
      executionState,
      exitCode: report.exitCode,
      stdout: streams?.stdout,
      stderr: streams?.stderr,
      stdoutTruncated: truncated(report.stdout),
      stderrTruncated: truncated(report.stderr),
      startTime: isoTime(report.startedAtSeconds),
      endTime: isoTime(report.endedAtSeconds),
    },
  };
}

interface Judgement {
  readonly executionState: ExecutionState;
  readonly failure: RunFailure | undefined;
}

function judge(report: RunReport, streams: DecodedStreams | undefined, vmName: string): Judgement {
  const tails = { stderrTail: tail(streams?.stderr), stdoutTail: tail(streams?.stdout) };
  switch (report.state) {
    case "Exited":
      if (report.exitCode === undefined) {
        return unknown("the runner reported an end without an exit code", report, vmName);
      }
      return report.exitCode === 0
        ? { executionState: "Succeeded", failure: undefined }
        : {
            executionState: "Failed",
            failure: { kind: "ScriptFailed", vmName, exitCode: report.exitCode, ...tails },
          };
    case "Killed":
      return {
        executionState: "Failed",
        failure: { kind: "ScriptKilled", vmName, signal: report.signal, ...tails },
      };
    case "Lost":
      return { executionState: "Lost", failure: { kind: "RunLost", vmName } };
    case "Interrupted":
      return { executionState: "Interrupted", failure: { kind: "RunInterrupted", vmName } };
    case "Absent":
      return unknown("its receipt is no longer on the VM", report, vmName);
    case "Refused":
      return {
        executionState: "Failed",
        failure: { kind: "ScriptRefused", vmName, reason: report.reason ?? "the runner gave no reason" },
      };
    case "Waiting":
    case "Running":
      return unknown("it had not ended", report, vmName);
  }
}

function unknown(why: string, report: RunReport, vmName: string): Judgement {
  return {
    executionState: "Unknown",
    failure: { kind: "ReportUnreadable", vmName, why, evidence: `${report.runId} ${report.state}` },
  };
}

const TAIL_CHARACTERS = 400;
const TAIL_LINES = 6;

/** The last lines of a stream, for a message. */
function tail(text: string | undefined): string {
  const lines = (text ?? "").trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  return lines.length > TAIL_CHARACTERS ? `…${lines.slice(-TAIL_CHARACTERS)}` : lines;
}

function isoTime(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}
