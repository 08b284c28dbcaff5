/** Which check a failure belongs to, wherever it was met. Pure. */
import type { RunFailure } from "../failures/run-failure";
import type { CheckName } from "./checkup";

/** @param metAt the check whose look met it: it belongs there where it says nothing else. */
export function placeOf(failure: RunFailure, metAt: CheckName): CheckName {
  switch (failure.kind) {
    case "Unreachable":
      return failure.came === "tooMany" ? "throttling" : "connection";
    case "CloudUnknown":
    case "ForeignUrl":
    case "ApiVersionRefused":
    case "AnswerLost":
      return "connection";
    case "RequestRefused":
      return failure.status >= 500 ? "connection" : metAt;
    case "CredentialsMissing":
    case "CredentialsRefused":
    case "CredentialsUnusable":
    case "TokenRefused":
      return "sign-in";
    case "SubscriptionUnknown":
      return "subscription";
    case "VmNotFound":
      return failure.missing === "subscription" ? "subscription" : "vm";
    case "ScaleSetNotFound":
    case "ScaleSetUnreadable":
      return "vm";
    case "VmNotLinux":
      return "system";
    case "NotAuthorized":
      return "rights";
    case "VmNotRunning":
      return "power";
    case "AgentNotReady":
      return failure.powerState === "running" ? "agent" : "power";
    case "ExtensionsDisallowed":
      return "agent";
    case "ScopeLocked":
      return "locks";
    case "Busy":
    case "VmChanging":
    case "VmBeingDeleted":
      return "busy";
    case "Throttled":
      return "throttling";
    case "AgentSilent":
    case "OperationFailed":
    case "DeadlinePassed":
    case "ReportUnreadable":
    case "CommandUnknown":
      return "probe";
    case "CatalogueUnreadable":
    case "DocumentUnknown":
    case "CustomTimeoutPassed":
    case "VmReplaced":
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
      return metAt;
  }
}
