/** Sentences for a command that Azure refuses, fails to carry out, or says nothing about. Pure. */
import { azureSays, type Circumstances, quote, whatMayBe } from "./circumstances";
import type { FailureOf } from "./run-failure";

export type CommandFailure = FailureOf<
  | "RequestRefused"
  | "ApiVersionRefused"
  | "CommandUnknown"
  | "CatalogueUnreadable"
  | "DocumentUnknown"
  | "Throttled"
  | "OperationFailed"
  | "AnswerLost"
  | "DeadlinePassed"
  | "CustomTimeoutPassed"
>;

export function describeCommand(failure: CommandFailure, circumstances: Circumstances): string {
  const { left, takenUp, thenAgain } = circumstances;
  switch (failure.kind) {
    case "RequestRefused":
      return `Azure refused the command for '${failure.vmName}' with ${whatCame(failure)}; ${left}`;
    case "ApiVersionRefused":
      return `Azure does not know the api-version that is used for '${failure.vmName}': see that the cloud is the right one (azure-native:environment, ARM_ENVIRONMENT; in the CDK 'cloud' of the credentials), and look for a newer azure-run-command, ${thenAgain(azureSays(failure))}`;
    case "CommandUnknown":
      return `Azure knows no command '${failure.commandId}' for '${failure.vmName}': ${whatIsThere(failure.knownIds)}; ${azureSays(failure)}; ${left}`;
    case "CatalogueUnreadable":
      return `Azure's list of run commands in '${failure.location}' cannot be read: ${whatCame(failure)}; see that this is the name of a location, and that the right 'Microsoft.Compute/locations/runCommands/read' is there on the subscription`;
    case "DocumentUnknown":
      return `Azure knows no command '${failure.commandId}' in '${failure.location}': ${whatIsThere(failure.knownIds)}`;
    case "Throttled":
      return `Azure refused requests for '${failure.vmName}'${failure.waitedSeconds === undefined ? "" : ` for ${failure.waitedSeconds} s`}: there were too many${describeLimit(failure)}; wait ${failure.retryAfterSeconds === undefined ? "some minutes" : `${failure.retryAfterSeconds} s`}, and look what else asks so often, ${thenAgain(azureSays(failure))}`;
    case "OperationFailed":
      return `Azure could not carry out the run command on '${failure.vmName}': ${failure.code}: ${quote(failure.message)}; ${whatToDo(failure.code)}${whatMayBe(circumstances)}`;
    case "AnswerLost":
      return `the answer to ${failure.commandId} for '${failure.vmName}' was lost ${failure.afterTries === 1 ? "" : `${failure.afterTries} times `}(${failure.detail}); it may have been carried out; ${takenUp}`;
    case "DeadlinePassed":
      return `stopped waiting for '${failure.vmName}' after ${failure.waitedSeconds} s: ${whatIsGoingOn(failure.lastState, circumstances)}`;
    case "CustomTimeoutPassed":
      return `the ${failure.operation} of the resource on '${failure.vmName}' took longer than ${failure.seconds} s (customTimeouts); raise it, or let 'timeoutInSeconds' end the script before, ${thenAgain()}`;
  }
}

/** Status, code and words of an answer, as far as it had them. */
function whatCame({ status, code, message }: FailureOf<"RequestRefused" | "CatalogueUnreadable">): string {
  const first = code === "" ? `status ${status}` : `${status} ${code}`;
  return message === "" ? `${first}, without a reason` : `${first}: ${quote(message)}`;
}

function whatIsGoingOn(lastState: string, { subject, takenUp }: Circumstances): string {
  switch (subject) {
    case "run":
      return `the run's last known state is '${lastState}'; it may still be running on the VM, and the next deployment takes it up`;
    case "request":
    case "rollback":
    case "invocation":
      return `the run's last known state is '${lastState}'; it may still be running on the VM; ${takenUp}`;
    case "command":
    case "probe":
    case "deletion":
    case "removal":
    case "list":
    case "reading":
    case "question":
      return `the operation's last known state is '${lastState}'; ${takenUp}`;
    case "check":
      return `the check's last known state is '${lastState}'; it may still be running on the VM; ${takenUp}`;
  }
}

function whatIsThere(knownIds: readonly string[] | undefined): string {
  return knownIds === undefined
    ? "'az vm run-command list' shows those that are there"
    : `those that are there: ${knownIds.join(", ")}`;
}

function describeLimit({ limit }: FailureOf<"Throttled">): string {
  if (limit === undefined) {
    return "";
  }
  const { operationGroup, allowedRequests, measuredRequests } = limit;
  const numbers =
    allowedRequests === undefined || measuredRequests === undefined
      ? ""
      : `, ${allowedRequests} allowed, ${measuredRequests} measured`;
  return ` (${operationGroup}${numbers})`;
}

/** Source of the codes: Learn, "Azure VM error messages". Ends so that the sentence goes on. */
function whatToDo(code: string): string {
  switch (code) {
    case "VMExtensionProvisioningTimeout":
      return "the extension RunCommandLinux did not end in the time that Azure gives it: look whether the agent was stopped, updated or restarted meanwhile, and at /var/log/waagent.log on the VM; ";
    case "VMExtensionHandlerNonTransientError":
      return "the extension's handler failed on the VM and will fail again: look at /var/log/azure/run-command/handler.log and /var/log/waagent.log there; ";
    case "VMExtensionProvisioningError":
      return "the extension's handler failed on the VM: look at /var/log/azure/run-command/handler.log there; ";
    case "VMExtensionManagementInternalError":
      return "that is a fault inside Azure: try again, and look at Azure's status page if it stays; ";
    case "OperationPreempted":
      return "a newer operation on the VM pushed it aside: look in the activity log which one; ";
    default:
      return "";
  }
}
