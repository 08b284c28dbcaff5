/** Which command mends a failure, or shows more of it, where there is one. Pure. */
import { instanceTarget, type VmTarget, vmResourceId } from "../arm/invocation";
import type { Lock } from "../arm/locks";
import type { FailureOf, RunFailure } from "../failures/run-failure";
import type { CredentialChoice } from "../sign-in/credential-choice";
import { az, inSubscription, ofVm, removeExtension, showRuns, word } from "./az";
import { type Right, scopeAt } from "./rights";

export interface Patient {
  readonly target: VmTarget;
  readonly credential: CredentialChoice;
  /** Those that the credentials see. */
  readonly subscriptionIds: readonly string[];
  /** Those that forbid a run command, as far as they are known. */
  readonly locks: readonly Lock[];
}

/** Lines for a shell; none where only a human can mend it. */
export function mendFailure(failure: RunFailure, patient: Patient): readonly string[] {
  const { target, credential, subscriptionIds, locks } = patient;
  const { resourceGroupName } = target;
  switch (failure.kind) {
    case "CredentialsMissing":
      return ["az login"];
    case "CredentialsRefused":
      return mendCredentials(failure.code, credential);
    case "TokenRefused":
      return failure.code === "InvalidAuthenticationTokenTenant"
        ? [az("account show", ["--subscription", target.subscriptionId, "--query", "tenantId", "--output", "tsv"])]
        : [];
    case "Unreachable":
      return failure.came === undefined ? [`curl --head https://${failure.host}/`] : [];
    case "SubscriptionUnknown":
      return subscriptionIds.map((id) => `export ARM_SUBSCRIPTION_ID=${word(id)}`);
    case "VmNotFound":
      return mendMissing(failure, target);
    case "NotAuthorized":
      return [assign("Virtual Machine Contributor", scopeAt("group", target), credential)];
    case "VmNotRunning":
      return [ofVm("start", target)];
    case "AgentNotReady":
      return failure.powerState === "running"
        ? [
            ...(target.instance === undefined ? [ofVm("boot-diagnostics get-boot-log", target)] : []),
            ofVm("restart", target),
          ]
        : [ofVm("get-instance-view", target)];
    case "ExtensionsDisallowed":
      return [ofVm("update", target, ["--set", allowExtensions(target)])];
    case "ScopeLocked":
      return locks.length === 0
        ? [az("lock list", ["--resource-group", resourceGroupName, ...inSubscription(target), "--output", "table"])]
        : locks.map(({ name, scope }) =>
            az("lock update", [
              "--ids",
              `${scope}/providers/Microsoft.Authorization/locks/${name}`,
              "--lock-type",
              "CanNotDelete",
            ]),
          );
    case "Busy":
      return [showRuns(target), whoDoesWhat(target), ...effectiveRules(target), removeExtension(target)];
    case "VmChanging":
      return [whoDoesWhat(target)];
    case "AgentSilent":
      return effectiveRules(target);
    case "DeadlinePassed":
      return [...effectiveRules(target), removeExtension(target)];
    case "OperationFailed":
      return /^VMExtension/.test(failure.code) ? [removeExtension(target)] : [];
    case "CredentialsUnusable":
    case "CloudUnknown":
    case "ForeignUrl":
    case "VmReplaced":
    case "VmNotLinux":
    case "VmBeingDeleted":
    case "Throttled":
    case "RequestRefused":
    case "ApiVersionRefused":
    case "CommandUnknown":
    case "CatalogueUnreadable":
    case "DocumentUnknown":
    case "ScaleSetNotFound":
    case "ScaleSetUnreadable":
    case "AnswerLost":
    case "CustomTimeoutPassed":
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
      return [];
  }
}

/** One assignment for all that is missing of one role. */
export function mendRights(missing: readonly Right[], { target, credential }: Patient): readonly string[] {
  const isContributor = missing.some(({ role }) => role === "Virtual Machine Contributor");
  // Who is that may read locks there, too.
  const others = missing.filter(({ role, place }) => !(isContributor && role === "Reader" && place === "vm"));
  const commands = others.map(({ role, place }) =>
    // What is needed at the VM and at its group is given at the group.
    assign(role, scopeAt(place === "vm" ? "group" : place, target), credential),
  );
  return [...new Set(commands)];
}

/** Source of the codes: see `sentences-access.ts`. */
function mendCredentials(code: string, credential: CredentialChoice): readonly string[] {
  const clientId = clientIdOf(credential);
  const ofApplication = (command: string, more: readonly string[] = []) =>
    clientId === undefined ? [] : [az(command, ["--id", clientId, ...more])];
  switch (code) {
    case "AADSTS7000222":
    case "AADSTS7000215":
      return ofApplication("ad app credential reset", ["--append"]);
    case "AADSTS700016":
    case "AADSTS7000229":
      return ofApplication("ad sp show");
    case "AADSTS90002":
    case "endpoints_resolution_error":
      return ['az account list --query "[].{subscription:id, tenant:tenantId}" --output table'];
    case "AADSTS70025":
    case "AADSTS700211":
    case "AADSTS700212":
    case "AADSTS700213":
    case "AADSTS70021":
    case "AADSTS7002138":
      return ofApplication("ad app federated-credential list");
    default:
      return [];
  }
}

function mendMissing({ missing }: FailureOf<"VmNotFound">, target: VmTarget): readonly string[] {
  switch (missing) {
    case "subscription":
      return ["az account list --output table"];
    case "resourceGroup":
      return [az("group list", [...inSubscription(target), "--output", "table"])];
    case "vm":
    case undefined:
      return [listOfVms(target), ...askForInstance(target)];
  }
}

function listOfVms({ instance, ...target }: VmTarget): string {
  const inGroup = ["--resource-group", target.resourceGroupName];
  const table = [...inSubscription(target), "--output", "table"];
  return instance === undefined
    ? az("vm list", [...inGroup, ...table])
    : az("vmss list-instances", [...inGroup, "--name", instance.scaleSetName, ...table]);
}

/**
 * Azure shows an instance of a Uniform scale set under a name that is none of a VM, `{scale set}_{number}`.
 * Source: Learn, "Understand names and instance IDs for Azure Virtual Machine Scale Set VMs".
 */
function askForInstance({ instance, subscriptionId, resourceGroupName, vmName }: VmTarget): readonly string[] {
  const [, scaleSetName, instanceId] = /^(.+)_([0-9]+)$/.exec(vmName) ?? [];
  if (instance !== undefined || scaleSetName === undefined || instanceId === undefined) {
    return [];
  }
  const meant = instanceTarget({ subscriptionId, resourceGroupName }, { scaleSetName, instanceId });
  return [`npx azure-run-command doctor --vm-id ${word(vmResourceId(meant))}`];
}

function assign(role: Right["role"], scope: string, credential: CredentialChoice): string {
  const clientId = clientIdOf(credential);
  const who = clientId === undefined ? '"$(az ad signed-in-user show --query id --output tsv)"' : word(clientId);
  return `az role assignment create --assignee ${who} --role ${word(role)} --scope ${word(scope)}`;
}

function clientIdOf(credential: CredentialChoice): string | undefined {
  switch (credential.kind) {
    case "clientSecret":
    case "clientCertificate":
    case "federated":
    case "default":
      return credential.clientId;
    case "managedIdentity":
      return credential.clientId?.value;
    case "incomplete":
      return undefined;
  }
}

function whoDoesWhat(target: VmTarget): string {
  return az("monitor activity-log list", [
    "--resource-id",
    vmResourceId(target),
    "--offset",
    "3h",
    "--query",
    "[].{when:eventTimestamp, what:operationName.value, who:caller, status:status.value}",
    "--output",
    "table",
  ]);
}

/**
 * The network rules that hold for the VM. Azure tells them itself: a test of the connection from within the VM would be brought there by
 * an extension, which takes the very agent and the very port 443 that are in doubt. For an instance of a Uniform scale set az has no
 * such command. Source: Learn, "Connection troubleshoot overview"; `az network nic list-effective-nsg --help` (2.91.0).
 */
function effectiveRules(target: VmTarget): readonly string[] {
  const nic = ofVm("show", target, ["--query", "networkProfile.networkInterfaces[0].id", "--output", "tsv"]);
  return target.instance === undefined ? [`az network nic list-effective-nsg --ids "$(${nic})"`] : [];
}

/** Source: azure-rest-api-specs, ComputeRP: of an instance it is the scale set's own. */
function allowExtensions({ instance }: VmTarget): string {
  return instance === undefined
    ? "osProfile.allowExtensionOperations=true"
    : "virtualMachineProfile.osProfile.allowExtensionOperations=true";
}
