/** Which check a failure belongs to, wherever it was met. Pure. */
import type { RunFailure } from "../failures/run-failure";
import type { CheckName } from "./checkup";

/** @returns `undefined` where it belongs to the very look that met it. */
export function placeOf(failure: RunFailure): CheckName | undefined {
  switch (failure.kind) {
    case "CloudUnknown":
    case "Unreachable":
    case "ForeignUrl":
    case "ApiVersionRefused":
    case "AnswerLost":
      return "connection";
    case "RequestRefused":
      return failure.status >= 500 ? "connection" : undefined;
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
      return undefined;
  }
}
