/** Where the cause of a failure can be seen. Pure. */
import type { RunFailure } from "./run-failure";

/** What is worth a look. */
export type Look = "vm" | "vm and log" | "locks" | "catalogue" | "nothing";

/** A failure that says all itself, or that keeps us from looking, is not looked into. */
export function lookFor(failure: RunFailure): Look {
  switch (failure.kind) {
    case "VmNotRunning":
    case "VmChanging":
    case "VmBeingDeleted":
    case "Busy":
    case "AgentNotReady":
    case "AgentSilent":
    case "ExtensionsDisallowed":
    case "OperationFailed":
    case "AnswerLost":
    case "DeadlinePassed":
    case "CustomTimeoutPassed":
    case "RunLost":
    case "RequestRefused":
      return "vm";
    case "ReportUnreadable":
      return "vm and log";
    case "ScopeLocked":
      return "locks";
    case "CommandUnknown":
      return "catalogue";
    case "DeleteScriptFailed":
      return lookFor(failure.failure);
    case "SubscriptionUnknown":
    case "CredentialsMissing":
    case "CredentialsRefused":
    case "CredentialsUnusable":
    case "CloudUnknown":
    case "Unreachable":
    case "ForeignUrl":
    case "TokenRefused":
    case "NotAuthorized":
    case "VmNotFound":
    case "VmReplaced":
    case "VmNotLinux":
    case "ApiVersionRefused":
    case "CatalogueUnreadable":
    case "ScaleSetNotFound":
    case "ScaleSetUnreadable":
    case "DocumentUnknown":
    case "Throttled":
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
    case "RunInterrupted":
      return "nothing";
  }
}
