/** From the runner's reports to what a user sees: state, exit code, output. Pure. */
import type { RunFailure } from "../failures/errors";
import type { GuardVerdict, RunReport } from "../guest/protocol";
import type { RunSettings } from "../inputs/input-settings";
import type { Mask } from "../secrets/secret-texts";
import type { NamedOutputs } from "./named-outputs";
import type { DecodedStream, RunOutput } from "./run-output";

/**
 * How a run ended, in the words of Azure's managed run command where it has one.
 *
 * - `Succeeded`: an exit code that means success (0, unless the resource says otherwise).
 * - `Failed`: another exit code, or ended by a signal.
 * - `TimedOut`: ended after `timeoutInSeconds`. `Canceled`: ended, or kept from starting, because somebody asked for it.
 * - `Lost`: vanished without an exit code. `Interrupted`: cut off by a restart of the VM.
 * - `NotStarted`: the VM could not start it; nothing of it has happened.
 * - `Skipped`: a guard said that the script is not needed.
 * - `Unverified`: one of Azure's other commands, of which Azure says that it was carried out and nothing more.
 * - `Unknown`: it was sent, and how it ended is not known; it may still be running.
 *
 * Source: Azure REST API, VirtualMachineRunCommandInstanceView.executionState.
 */
export type ExecutionState = (typeof EXECUTION_STATES)[number];

export const EXECUTION_STATES = [
  "Succeeded",
  "Failed",
  "TimedOut",
  "Canceled",
  "Lost",
  "Interrupted",
  "NotStarted",
  "Skipped",
  "Unverified",
  "Unknown",
] as const;

/** Whether nothing is left to do after a run that ended so. */
export function isDone(
  executionState: ExecutionState,
  { treatFailureAsDeploymentFailure }: Pick<RunSettings, "treatFailureAsDeploymentFailure">,
): boolean {
  switch (executionState) {
    case "Succeeded":
    case "Skipped":
    case "Unverified":
      return true;
    case "Failed":
    case "TimedOut":
      return !treatFailureAsDeploymentFailure;
    case "Canceled":
    case "Lost":
    case "Interrupted":
    case "NotStarted":
    case "Unknown":
      return false;
  }
}

/** What is known of one run. `undefined` means that it is not known, never zero or empty. */
export interface RunResult {
  readonly executionState: ExecutionState;
  readonly exitCode: number | undefined;
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
  /** Whether the text is only the end of the stream. */
  readonly stdoutTruncated: boolean | undefined;
  readonly stderrTruncated: boolean | undefined;
  /** Size of the whole stream on the VM, in bytes. */
  readonly stdoutTotalBytes: number | undefined;
  readonly stderrTotalBytes: number | undefined;
  /** SHA-256 of the whole stream on the VM, hexadecimal; undefined too where the VM cannot compute it. */
  readonly stdoutSha256: string | undefined;
  readonly stderrSha256: string | undefined;
  /** Whether bytes that are not UTF-8 were replaced by U+FFFD. */
  readonly stdoutReplacedBytes: boolean | undefined;
  readonly stderrReplacedBytes: boolean | undefined;
  /** What the script wrote to the file `$AZURE_RUN_COMMAND_OUTPUT`. */
  readonly outputs: Readonly<Record<string, string>> | undefined;
  /** By the VM's clock, ISO 8601 in UTC, to the second. */
  readonly startTime: string | undefined;
  readonly endTime: string | undefined;
}

export interface RunOutcome {
  readonly result: RunResult;
  /** Why this is no success; undefined when it is one. */
  readonly failure: RunFailure | undefined;
  /** What was found out about the failure, a line each. */
  readonly evidence?: readonly string[] | undefined;
  /** True when an earlier, interrupted deployment had started this run and it was not started again. */
  readonly takenUp: boolean;
  /** The name of the run that ended so, when a restart of the VM had made it another than that which was asked for. */
  readonly endedAs?: string | undefined;
  /** Which guard said that the script is not needed. */
  readonly skippedBy?: GuardVerdict | undefined;
}

/** A run of which nothing is known but that it was sent. */
export const UNKNOWN_RESULT: RunResult = {
  executionState: "Unknown",
  exitCode: undefined,
  stdout: undefined,
  stderr: undefined,
  stdoutTruncated: undefined,
  stderrTruncated: undefined,
  stdoutTotalBytes: undefined,
  stderrTotalBytes: undefined,
  stdoutSha256: undefined,
  stderrSha256: undefined,
  stdoutReplacedBytes: undefined,
  stderrReplacedBytes: undefined,
  outputs: undefined,
  startTime: undefined,
  endTime: undefined,
};

export interface OutcomeContext {
  readonly vmName: string;
  readonly timeoutInSeconds: number | null;
  readonly successExitCodes: readonly number[];
  readonly mask: Mask;
}

/** What the report of an ended run and its output mean. */
export function outcomeOf(report: RunReport, output: RunOutput | undefined, context: OutcomeContext): RunOutcome {
  const { mask } = context;
  const masked = (stream: DecodedStream | undefined) => stream && mask(stream.text, { start: stream.truncated });
  const [stdout, stderr] = [masked(output?.stdout), masked(output?.stderr)];
  const named = output && maskedOutputs(output.namedOutputs, mask);
  const { executionState, failure } = judge(report, { stdout, stderr, named }, context);
  return {
    takenUp: report.takenUp,
    skippedBy: report.guard,
    failure,
    result: {
      executionState,
      exitCode: report.exitCode,
      stdout,
      stderr,
      stdoutTruncated: output?.stdout.truncated,
      stderrTruncated: output?.stderr.truncated,
      stdoutTotalBytes: report.stdout?.totalBytes,
      stderrTotalBytes: report.stderr?.totalBytes,
      stdoutSha256: report.stdout?.sha256,
      stderrSha256: report.stderr?.sha256,
      stdoutReplacedBytes: output?.stdout.replacedBytes,
      stderrReplacedBytes: output?.stderr.replacedBytes,
      outputs: named?.kind === "outputs" ? named.outputs : undefined,
      startTime: isoTime(report.startedAtSeconds),
      endTime: isoTime(report.endedAtSeconds),
    },
  };
}

/** The same end, when it is the last of too many. */
export function restartedTooOften(outcome: RunOutcome, vmName: string, restarts: number): RunOutcome {
  return { ...outcome, failure: { kind: "RestartedTooOften", vmName, restarts } };
}

/** A name is never replaced: a secret in one says that a line was not meant as `name=value`, and nothing is kept. */
function maskedOutputs(named: NamedOutputs, mask: Mask): NamedOutputs {
  if (named.kind === "problem") {
    return named;
  }
  const entries = Object.entries(named.outputs);
  return entries.some(([name, value]) => isNameSecret(name, value, mask))
    ? { kind: "problem", problem: "a name of an output holds a secret; write it as 'name=value'" }
    : { kind: "outputs", outputs: Object.fromEntries(entries.map(([name, value]) => [name, mask(value)])) };
}

/** Of a key in base64 the name is all but the padding: only the line as it was written shows that it is a secret. */
function isNameSecret(name: string, value: string, mask: Mask): boolean {
  return mask(name) !== name || !mask(`${name}=${value}`).startsWith(`${name}=`);
}

interface Judgement {
  readonly executionState: ExecutionState;
  readonly failure: RunFailure | undefined;
}

interface Evidence {
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
  readonly named: NamedOutputs | undefined;
}

function judge(
  report: RunReport,
  evidence: Evidence,
  { vmName, timeoutInSeconds, successExitCodes }: OutcomeContext,
): Judgement {
  const tails = { stderrTail: tail(evidence.stderr), stdoutTail: tail(evidence.stdout) };
  switch (report.state) {
    case "Exited":
      return judgeExit(report, tails, evidence.named, { vmName, successExitCodes });
    case "Killed":
      return {
        executionState: "Failed",
        failure: { kind: "ScriptKilled", vmName, signal: report.signal, ...tails },
      };
    case "TimedOut":
      return {
        executionState: "TimedOut",
        failure: { kind: "ScriptTimedOut", vmName, timeoutInSeconds, ...tails },
      };
    case "Canceled":
      return { executionState: "Canceled", failure: { kind: "ScriptCanceled", vmName } };
    case "Lost":
      return { executionState: "Lost", failure: { kind: "RunLost", vmName } };
    case "Interrupted":
      return { executionState: "Interrupted", failure: { kind: "RunInterrupted", vmName } };
    case "Skipped":
      return { executionState: "Skipped", failure: undefined };
    case "Absent":
      return { executionState: "Unknown", failure: { kind: "ReceiptGone", vmName } };
    case "Refused":
      return {
        executionState: "NotStarted",
        failure: { kind: "ScriptRefused", vmName, reason: report.reason ?? "the runner gave no reason" },
      };
    case "Waiting":
    case "Running":
      return unknown("it had not ended", report, vmName);
  }
}

function judgeExit(
  report: RunReport,
  tails: { readonly stderrTail: string; readonly stdoutTail: string },
  named: NamedOutputs | undefined,
  { vmName, successExitCodes }: Pick<OutcomeContext, "vmName" | "successExitCodes">,
): Judgement {
  if (report.exitCode === undefined) {
    return unknown("the runner reported an end without an exit code", report, vmName);
  }
  if (!successExitCodes.includes(report.exitCode)) {
    return {
      executionState: "Failed",
      failure: { kind: "ScriptFailed", vmName, exitCode: report.exitCode, ...tails },
    };
  }
  return named?.kind === "problem"
    ? {
        executionState: "Failed",
        failure: { kind: "NamedOutputsUnreadable", vmName, exitCode: report.exitCode, problem: named.problem },
      }
    : { executionState: "Succeeded", failure: undefined };
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
