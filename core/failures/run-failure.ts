/** What can go wrong, as facts. Callers look at `kind`; nobody reads sentences. */

/** Half of an answer; a server error of the sign-in; its refusal because there were too many. */
export type InPlaceOfAnswer = "half" | "serverError" | "tooMany";

export type RunFailure =
  | { readonly kind: "SubscriptionUnknown" }
  | { readonly kind: "CredentialsMissing"; readonly detail: string }
  | { readonly kind: "CredentialsRefused"; readonly code: string; readonly source: string }
  | { readonly kind: "CredentialsUnusable"; readonly source: string; readonly detail: string }
  | { readonly kind: "CloudUnknown"; readonly setting: string; readonly detail: string }
  | {
      readonly kind: "Unreachable";
      readonly host: string;
      readonly detail: string;
      readonly afterTries: number;
      /** What came in place of an answer; undefined: nothing. */
      readonly came?: InPlaceOfAnswer | undefined;
    }
  | { readonly kind: "ForeignUrl"; readonly host: string; readonly foreignHost: string }
  | {
      readonly kind: "VmNotFound";
      readonly vmName: string;
      readonly resourceGroupName: string;
      readonly message: string;
      /** What of the VM's id is not there; undefined is the VM. */
      readonly missing?: "vm" | "resourceGroup" | "subscription" | undefined;
    }
  /** Made anew under its name since a script was sent to it. */
  | { readonly kind: "VmReplaced"; readonly vmName: string }
  | { readonly kind: "VmNotRunning"; readonly vmName: string; readonly powerState: string }
  | { readonly kind: "VmNotLinux"; readonly vmName: string; readonly osType: string }
  | {
      readonly kind: "NotAuthorized";
      readonly vmName: string;
      readonly action: string;
      /** `undefined` where it was seen beforehand, and Azure has refused nothing. */
      readonly message: string | undefined;
    }
  | {
      readonly kind: "ScopeLocked";
      readonly vmName: string;
      /** `undefined` where it was seen beforehand. */
      readonly message: string | undefined;
    }
  | { readonly kind: "Busy"; readonly vmName: string; readonly waitedSeconds: number; readonly message: string }
  | {
      readonly kind: "RequestRefused";
      readonly vmName: string;
      readonly status: number;
      readonly code: string;
      readonly message: string;
    }
  | { readonly kind: "OperationFailed"; readonly vmName: string; readonly code: string; readonly message: string }
  | {
      readonly kind: "AnswerLost";
      readonly vmName: string;
      readonly commandId: string;
      readonly detail: string;
      readonly afterTries: number;
    }
  | {
      readonly kind: "DeadlinePassed";
      readonly vmName: string;
      readonly waitedSeconds: number;
      readonly lastState: string;
    }
  | { readonly kind: "ReportUnreadable"; readonly vmName: string; readonly why: string; readonly evidence: string }
  /** The VM knows nothing of the run: what it left was removed, or it never came there. */
  | { readonly kind: "ReceiptGone"; readonly vmName: string }
  | { readonly kind: "InterruptedBefore"; readonly vmName: string }
  | { readonly kind: "ScriptRefused"; readonly vmName: string; readonly reason: string }
  | {
      readonly kind: "ScriptFailed";
      readonly vmName: string;
      readonly exitCode: number;
      readonly stderrTail: string;
      readonly stdoutTail: string;
    }
  | {
      readonly kind: "ScriptKilled";
      readonly vmName: string;
      readonly signal: number | undefined;
      readonly stderrTail: string;
      readonly stdoutTail: string;
    }
  | {
      readonly kind: "ScriptTimedOut";
      readonly vmName: string;
      readonly timeoutInSeconds: number | null;
      readonly stderrTail: string;
      readonly stdoutTail: string;
    }
  | { readonly kind: "ScriptCanceled"; readonly vmName: string }
  | {
      readonly kind: "NamedOutputsUnreadable";
      readonly vmName: string;
      readonly exitCode: number;
      readonly problem: string;
    }
  | { readonly kind: "RestartedTooOften"; readonly vmName: string; readonly restarts: number }
  | { readonly kind: "StillRunning"; readonly vmName: string }
  | { readonly kind: "ReceiptsStay"; readonly vmName: string; readonly key: string; readonly detail: string }
  | {
      readonly kind: "AgentNotReady";
      readonly vmName: string;
      /** `undefined` where nobody waited for it. */
      readonly waitedSeconds: number | undefined;
      readonly powerState: string | undefined;
      /** As the instance view has it: `Not Ready`, … */
      readonly agentStatus: string | undefined;
    }
  /** Something else is done to the VM: its power changes, or another operation is under way. */
  | { readonly kind: "VmChanging"; readonly vmName: string; readonly waitedSeconds: number; readonly message: string }
  | { readonly kind: "VmBeingDeleted"; readonly vmName: string; readonly message: string }
  /** ARM itself did not take the token that Entra gave. */
  | { readonly kind: "TokenRefused"; readonly vmName: string; readonly code: string; readonly message: string }
  | { readonly kind: "ApiVersionRefused"; readonly vmName: string; readonly message: string }
  /** The list of Azure's commands, or one of its documents, cannot be read. */
  | {
      readonly kind: "CatalogueUnreadable";
      readonly location: string;
      readonly status: number;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly kind: "DocumentUnknown";
      readonly location: string;
      readonly commandId: string;
      readonly knownIds: readonly string[] | undefined;
    }
  | {
      readonly kind: "ScaleSetNotFound";
      readonly scaleSetName: string;
      readonly resourceGroupName: string;
      readonly message: string;
      /** What of the scale set's id is not there; undefined when Azure did not say. */
      readonly missing: "scaleSet" | "resourceGroup" | "subscription" | undefined;
    }
  /** A scale set, or the list of its VMs, cannot be read. */
  | {
      readonly kind: "ScaleSetUnreadable";
      readonly scaleSetName: string;
      readonly status: number;
      readonly code: string;
      readonly message: string;
      /** The right that it takes. */
      readonly right: string;
    }
  /** The VM's agent does not report to Azure. */
  | { readonly kind: "AgentSilent"; readonly vmName: string; readonly code: string; readonly message: string }
  | {
      readonly kind: "ExtensionsDisallowed";
      readonly vmName: string;
      /** `undefined` where it was seen beforehand. */
      readonly message: string | undefined;
    }
  | {
      readonly kind: "CommandUnknown";
      readonly vmName: string;
      readonly commandId: string;
      readonly message: string;
      /** The ids that are there; `undefined` when the catalogue cannot be read. */
      readonly knownIds: readonly string[] | undefined;
    }
  | {
      readonly kind: "Throttled";
      readonly vmName: string;
      /** How long we waited for a turn; `undefined` where only a look was refused. */
      readonly waitedSeconds: number | undefined;
      /** What Azure asks for still; `undefined` when it did not say. */
      readonly retryAfterSeconds: number | undefined;
      readonly limit: ThrottleLimit | undefined;
      readonly message: string;
    }
  | {
      readonly kind: "CustomTimeoutPassed";
      readonly vmName: string;
      readonly operation: "create" | "update" | "delete";
      readonly seconds: number;
    }
  | { readonly kind: "DeleteScriptFailed"; readonly vmName: string; readonly failure: RunFailure }
  | { readonly kind: "RunLost"; readonly vmName: string }
  | { readonly kind: "RunInterrupted"; readonly vmName: string };

/** What Compute says of the limit that was passed. Source: Learn, "Troubleshooting API throttling errors". */
export interface ThrottleLimit {
  /** `UpdateVM3Min`, `GetOperation3Min`, … */
  readonly operationGroup: string;
  readonly allowedRequests: number | undefined;
  readonly measuredRequests: number | undefined;
}

/**
 * What went wrong: the run of a script, the same where no state keeps it ("request") or where it takes a failed update back
 * ("rollback"), one of Azure's other commands, the proof that Run Command works on a VM, the removal of what runs left, the
 * removal of the extension alone, a look for drift that nobody waits for, or a look for earlier runs. From the command line, which knows
 * of no deployment: the run of a script ("invocation"), the reading of what one printed ("reading"), or whatever else is asked of a VM
 * ("question").
 */
export type Subject =
  | "run"
  | "request"
  | "rollback"
  | "command"
  | "probe"
  | "deletion"
  | "removal"
  | "check"
  | "list"
  | "invocation"
  | "reading"
  | "question";

/** The failures of some kinds. */
export type FailureOf<Kind extends RunFailure["kind"]> = Extract<RunFailure, { readonly kind: Kind }>;
