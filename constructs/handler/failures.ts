/** What a failure means to somebody who can look again, and what of it may be shown. Pure. */
import { describeFailure, type RunFailure, type Subject } from "../../core/failures/errors";
import type { RunOutcome } from "../../core/run/outcome";
import type { StackRequest } from "./event";
import { ROLLING_BACK_AN_UPDATE } from "./stack-watch";

/** What passes by itself, or may: a look that failed for one of these is made again, as long as there is time. */
const PASSING: readonly RunFailure["kind"][] = [
  "Unreachable",
  "Throttled",
  "AnswerLost",
  "DeadlinePassed",
  "Busy",
  "VmChanging",
  "AgentNotReady",
  "ReportUnreadable",
  // The run was begun with the same ones: that they are not to be had is mostly a trouble of AWS.
  "CredentialsUnusable",
];

/** Faults inside Azure. Source: Learn, "Azure VM error messages"; as in core/failures/sentences-command.ts. */
const PASSING_OPERATION_CODES = ["VMExtensionManagementInternalError", "OperationPreempted", "InternalServerError"];

/** Whether looking again later can help. */
export function isPassing(failure: RunFailure): boolean {
  switch (failure.kind) {
    case "RequestRefused":
      return failure.status >= 500 || failure.status === 408;
    case "OperationFailed":
      return PASSING_OPERATION_CODES.includes(failure.code);
    default:
      return PASSING.includes(failure.kind);
  }
}

/** Whether there is no receipt of the run on the VM: it was removed, or never made. */
export function isGone({ failure }: RunOutcome): boolean {
  return failure?.kind === "ReceiptGone";
}

/**
 * What a failure is one of.
 *
 * @param stackStatus in which the request was met; `undefined` when that could not be seen.
 */
export function subjectOf({ type }: Pick<StackRequest, "type">, stackStatus: string | undefined): Subject {
  return type === "Update" && stackStatus === ROLLING_BACK_AN_UPDATE ? "rollback" : "request";
}

export interface Telling {
  /** What the failure is one of. */
  readonly subject: Subject;
  /** Whether what the script printed may not be shown: everybody who sees the stack's events sees it. */
  readonly isSensitive: boolean;
}

/** Why a run is no success. */
export function describeOutcome(
  { failure, evidence }: RunOutcome,
  { subject, isSensitive }: Telling,
): string | undefined {
  return failure && describeFailure(isSensitive ? withoutOutput(failure) : failure, true, subject, evidence);
}

const HIDDEN = "(hidden: the output is sensitive)";

export function withoutOutput(failure: RunFailure): RunFailure {
  switch (failure.kind) {
    case "ReportUnreadable":
      return { ...failure, evidence: HIDDEN };
    case "DeleteScriptFailed":
      return { ...failure, failure: withoutOutput(failure.failure) };
    default:
      return quotes(failure) ? { ...failure, stderrTail: HIDDEN, stdoutTail: HIDDEN } : failure;
  }
}

/** A failure that quotes what a script printed. */
type Quoting = Extract<RunFailure, { readonly stdoutTail: string } | { readonly stderrTail: string }>;

/** A new one does not compile until it is here. */
const QUOTING: Readonly<Record<Quoting["kind"], true>> = {
  ScriptFailed: true,
  ScriptKilled: true,
  ScriptTimedOut: true,
};

function quotes(failure: RunFailure): failure is Quoting {
  return failure.kind in QUOTING;
}
