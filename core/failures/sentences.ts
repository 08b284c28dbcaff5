/** The only place where a failure becomes a message: one sentence first, evidence after it. Pure. */
import { circumstancesOf } from "./circumstances";
import type { RunFailure, Subject } from "./run-failure";
import { describeAccess } from "./sentences-access";
import { describeCommand } from "./sentences-command";
import { describeScaleSet } from "./sentences-scale-set";
import { describeScript } from "./sentences-script";
import { describeVm } from "./sentences-vm";

/**
 * What, on which VM, what was seen, what to do, what is still true; then each evidence on a line of its own.
 *
 * @param mayHaveRun whether the script can have begun on the VM before this went wrong.
 */
export function describeFailure(
  failure: RunFailure,
  mayHaveRun = false,
  subject: Subject = "run",
  evidence: readonly string[] = [],
): string {
  return [sentenceOf(failure, mayHaveRun, subject), ...evidence.map((line) => `  - ${line}`)].join("\n");
}

function sentenceOf(failure: RunFailure, mayHaveRun: boolean, subject: Subject): string {
  const circumstances = circumstancesOf(subject, mayHaveRun, (inner) => sentenceOf(inner, true, subject));
  switch (failure.kind) {
    case "SubscriptionUnknown":
    case "CredentialsMissing":
    case "CredentialsRefused":
    case "CredentialsUnusable":
    case "CloudUnknown":
    case "Unreachable":
    case "ForeignUrl":
    case "TokenRefused":
    case "NotAuthorized":
    case "ScopeLocked":
      return describeAccess(failure, circumstances);
    case "VmNotFound":
    case "VmReplaced":
    case "VmNotRunning":
    case "VmNotLinux":
    case "VmChanging":
    case "VmBeingDeleted":
    case "Busy":
    case "AgentNotReady":
    case "AgentSilent":
    case "ExtensionsDisallowed":
      return describeVm(failure, circumstances);
    case "ScaleSetNotFound":
    case "ScaleSetUnreadable":
      return describeScaleSet(failure, circumstances);
    case "RequestRefused":
    case "ApiVersionRefused":
    case "CommandUnknown":
    case "CatalogueUnreadable":
    case "DocumentUnknown":
    case "Throttled":
    case "OperationFailed":
    case "AnswerLost":
    case "DeadlinePassed":
    case "CustomTimeoutPassed":
      return describeCommand(failure, circumstances);
    case "ReportUnreadable":
    case "ReceiptGone":
    case "InterruptedBefore":
    case "ScriptRefused":
    case "ScriptFailed":
    case "ScriptKilled":
    case "ScriptTimedOut":
    case "ScriptCanceled":
    case "NamedOutputsUnreadable":
    case "RestartedTooOften":
    case "StillRunning":
    case "ReceiptsStay":
    case "DeleteScriptFailed":
    case "RunLost":
    case "RunInterrupted":
      return describeScript(failure, circumstances);
  }
}
