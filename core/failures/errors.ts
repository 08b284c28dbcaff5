/** What can go wrong with a run, as facts, and the one place where a failure becomes a sentence. */

export type RunFailure =
  | { readonly kind: "SubscriptionUnknown" }
  | { readonly kind: "CredentialsMissing"; readonly detail: string }
  | { readonly kind: "CredentialsRefused"; readonly code: string; readonly source: string }
  | { readonly kind: "CredentialsUnusable"; readonly source: string; readonly detail: string }
  | { readonly kind: "CloudUnknown"; readonly setting: string; readonly detail: string }
  | { readonly kind: "Unreachable"; readonly host: string; readonly detail: string; readonly afterTries: number }
  | { readonly kind: "ForeignUrl"; readonly host: string; readonly foreignHost: string }
  | {
      readonly kind: "VmNotFound";
      readonly vmName: string;
      readonly resourceGroupName: string;
      readonly message: string;
    }
  | { readonly kind: "VmNotRunning"; readonly vmName: string; readonly powerState: string }
  | { readonly kind: "VmNotLinux"; readonly vmName: string; readonly osType: string }
  | { readonly kind: "NotAuthorized"; readonly vmName: string; readonly action: string; readonly message: string }
  | { readonly kind: "ScopeLocked"; readonly vmName: string; readonly message: string }
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
  | { readonly kind: "NamedOutputsUnreadable"; readonly vmName: string; readonly problem: string }
  | { readonly kind: "RestartedTooOften"; readonly vmName: string; readonly restarts: number }
  | { readonly kind: "StillRunning"; readonly vmName: string }
  | { readonly kind: "ReceiptsStay"; readonly vmName: string; readonly key: string; readonly detail: string }
  | { readonly kind: "RunLost"; readonly vmName: string }
  | { readonly kind: "RunInterrupted"; readonly vmName: string };

/** What went wrong: a run, or the removal of what runs left. */
export type Subject = "run" | "deletion";

/** An exception that carries a failure through code that cannot return one. */
export class RunFailedError extends Error {
  constructor(
    readonly failure: RunFailure,
    /** Whether the script can have begun on the VM before this went wrong. */
    readonly mayHaveRun = false,
    readonly subject: Subject = "run",
  ) {
    super(describeFailure(failure, mayHaveRun, subject));
    this.name = "RunFailedError";
  }

  afterItMayHaveRun(): RunFailedError {
    return new RunFailedError(this.failure, true, this.subject);
  }

  /** The same, where not a script was to be run but what scripts left was to be removed. */
  ofDeletion(): RunFailedError {
    return new RunFailedError(this.failure, this.mayHaveRun, "deletion");
  }
}

/**
 * The only place where a failure becomes a sentence: what, on which VM, what was seen, what to do, what is still true.
 *
 * @param mayHaveRun whether the script can have begun on the VM before this went wrong.
 */
export function describeFailure(failure: RunFailure, mayHaveRun = false, subject: Subject = "run"): string {
  const takenUp =
    subject === "deletion" ? "delete again: it goes on where it stopped" : "the next deployment takes up what is there";
  const left =
    subject === "deletion"
      ? takenUp
      : mayHaveRun
        ? `the script had been sent already and may have run; ${takenUp}`
        : "nothing was run";
  switch (failure.kind) {
    case "SubscriptionUnknown":
      return "no subscription is known for 'resourceGroupName' and 'vmName': set azure-native:subscriptionId, ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID, or give 'virtualMachineId'; nothing was run";
    case "CredentialsMissing":
      return `no credentials for Azure were found: ${failure.detail}; sign in with 'az login', or set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET; ${left}`;
    case "CredentialsRefused":
      return `${describeRefusedCredentials(failure.code, failure.source)}; ${left}`;
    case "CredentialsUnusable":
      return `the credentials that ${failure.source} asks for cannot be used: ${failure.detail}; ${left}`;
    case "CloudUnknown":
      return `the Azure cloud in ${failure.setting} cannot be used: ${failure.detail}; ${left}`;
    case "Unreachable":
      return `no answer from ${failure.host} after ${failure.afterTries} ${failure.afterTries === 1 ? "try" : "tries"}: ${failure.detail}; check this machine's network, proxy and name resolution, then deploy again; ${left}`;
    case "ForeignUrl":
      return `stopped following an operation: ${failure.host} named a URL on '${failure.foreignHost}' for it, and the token must not go there; the script may be running on the VM`;
    case "VmNotFound":
      return `there is no VM '${failure.vmName}' in resource group '${failure.resourceGroupName}': Azure says ${quote(failure.message)}; check the name, the group and the subscription; ${left}`;
    case "VmNotRunning":
      return `cannot run a command on '${failure.vmName}': its power state is '${failure.powerState}', expected 'running'; start the VM, then deploy again; ${left}`;
    case "VmNotLinux":
      return `cannot run a shell script on '${failure.vmName}': its operating system is '${failure.osType}', expected 'Linux'; ${left}`;
    case "NotAuthorized":
      return `not allowed to use Run Command on '${failure.vmName}': the right '${failure.action}' is missing; give the role 'Virtual Machine Contributor', or one with this action, on the VM's resource group; Azure says ${quote(failure.message)}; ${left}`;
    case "ScopeLocked":
      return `a lock keeps Run Command from '${failure.vmName}': a ReadOnly lock blocks actions on a VM; remove it or make it CanNotDelete; Azure says ${quote(failure.message)}; ${left}`;
    case "Busy":
      return `'${failure.vmName}' was busy with another run command for ${failure.waitedSeconds} s: Azure runs one at a time on a VM and cannot cancel one; wait for it or look who started it in the activity log, then deploy again; Azure says ${quote(failure.message)}; ${left}`;
    case "RequestRefused":
      return `Azure refused the command for '${failure.vmName}' with ${failure.status} ${failure.code}: ${quote(failure.message)}; ${left}`;
    case "OperationFailed":
      return `Azure could not carry out the run command on '${failure.vmName}': ${failure.code}: ${quote(failure.message)}; ${subject === "deletion" ? takenUp : `the script may have run; ${takenUp}`}`;
    case "AnswerLost":
      return `the answer to ${failure.commandId} for '${failure.vmName}' was lost ${failure.afterTries === 1 ? "" : `${failure.afterTries} times `}(${failure.detail}); it may have been carried out; ${takenUp}`;
    case "DeadlinePassed":
      return `stopped waiting for '${failure.vmName}' after ${failure.waitedSeconds} s: ${subject === "deletion" ? `the operation's last known state is '${failure.lastState}'; ${takenUp}` : `the run's last known state is '${failure.lastState}'; it may still be running on the VM, and the next deployment takes it up`}`;
    case "ReportUnreadable":
      return `the result of the script on '${failure.vmName}' is unknown: ${failure.why}; Azure's message was ${quote(failure.evidence)}; the next deployment takes up what is there`;
    case "InterruptedBefore":
      return `the deployment was interrupted before the script was sent to '${failure.vmName}'; ${left}`;
    case "ScriptRefused":
      return `the script on '${failure.vmName}' could not be started: ${failure.reason.replace(RUNNER_SAYS_SO_TOO, "")}`;
    case "ScriptFailed":
      return `the script on '${failure.vmName}' exited with ${failure.exitCode}; ${describeTails(failure)}`;
    case "ScriptKilled":
      return `the script on '${failure.vmName}' was ended by ${failure.signal === undefined ? "a signal" : `signal ${failure.signal}`}; ${describeTails(failure)}`;
    case "ScriptTimedOut":
      return `the script on '${failure.vmName}' was ended ${failure.timeoutInSeconds === null ? "by its time limit" : `after ${failure.timeoutInSeconds} s (timeoutInSeconds)`}, with all its children; ${describeTails(failure)}`;
    case "ScriptCanceled":
      return `the script on '${failure.vmName}' was canceled: another deployment, or somebody, asked for its end; what it printed before is in the stack's state; the next deployment runs it again`;
    case "NamedOutputsUnreadable":
      return `the script on '${failure.vmName}' exited with 0, but its named outputs cannot be read ($AZURE_RUN_COMMAND_OUTPUT): ${failure.problem}; mend the script and deploy again`;
    case "RestartedTooOften":
      return `'${failure.vmName}' was restarted ${failure.restarts} times while the script ran: that is taken for a loop; what it printed is in the stack's state; mend the script, and the next deployment runs it again`;
    case "StillRunning":
      return `a script of this resource is still running on '${failure.vmName}', and its processes could not be ended: look there for what holds them (a dead disk or network share), then delete again`;
    case "ReceiptsStay":
      return `what this resource's runs left on '${failure.vmName}' could not be removed: ${failure.detail}; mend that and delete again, or drop the resource from the state and remove /var/lib/azure-run-command/${failure.key} by hand`;
    case "RunLost":
      return `the script on '${failure.vmName}' vanished without an exit code: its processes are gone although the VM did not restart (for example killed, or out of memory); what it printed before is in the stack's state; the next deployment runs it again`;
    case "RunInterrupted":
      return `the script on '${failure.vmName}' was cut off by a restart of the VM before it ended; what it printed before is in the stack's state; the next deployment runs it again`;
  }
}

/** How some of the runner's reasons begin. Source: core/guest/runner.sh. */
const RUNNER_SAYS_SO_TOO = /^the job could not be started: /;

/** Entra's own codes. Source: Learn, "Microsoft Entra authentication and authorization error codes". */
function describeRefusedCredentials(code: string, source: string): string {
  switch (code) {
    case "AADSTS7000222":
      return `Entra refused the credentials from ${source}: the client secret has expired (${code}); make a new one and set it; for 'destroy' and 'refresh' a secret in the stack's configuration is the one of the last 'up': use --run-program or the environment`;
    case "AADSTS7000215":
      return `Entra refused the credentials from ${source}: the client secret is wrong (${code}); it must be the secret's value, not its id`;
    case "AADSTS700016":
      return `Entra refused the credentials from ${source}: the tenant has no application with this client id (${code}); check client id and tenant id`;
    case "AADSTS90002":
    case "endpoints_resolution_error":
      return `Entra refused the credentials from ${source}: there is no such tenant (${code}); check the tenant id`;
    default:
      return `Entra refused the credentials from ${source} (${code}); check tenant id, client id and secret`;
  }
}

function describeTails(tails: { readonly stderrTail: string; readonly stdoutTail: string }): string {
  if (tails.stderrTail !== "") {
    return `end of stderr: ${quote(tails.stderrTail)}`;
  }
  return tails.stdoutTail === "" ? "it printed nothing" : `stderr is empty, end of stdout: ${quote(tails.stdoutTail)}`;
}

/** One line, whatever is in it. */
function quote(text: string): string {
  return JSON.stringify(text);
}
