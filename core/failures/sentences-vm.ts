/** Sentences for a VM that cannot take a command: not there, not running, not ready, being changed. Pure. */
import { azureSays, type Circumstances, whatMayBe } from "./circumstances";
import type { FailureOf, Subject } from "./run-failure";

export type VmFailure = FailureOf<
  | "VmNotFound"
  | "VmReplaced"
  | "VmNotRunning"
  | "VmNotLinux"
  | "VmChanging"
  | "VmBeingDeleted"
  | "Busy"
  | "AgentNotReady"
  | "AgentSilent"
  | "ExtensionsDisallowed"
>;

/** Those that send what is to run. */
const SENDING: readonly Subject[] = ["run", "request", "rollback", "command", "check", "invocation"];

export function describeVm(failure: VmFailure, circumstances: Circumstances): string {
  const { subject, script, left, limits, again, mayHaveRun, thenAgain } = circumstances;
  const { vmName } = failure;
  switch (failure.kind) {
    case "VmNotFound":
      // What was sent to it had found it. Who only asks may have the wrong name.
      return mayHaveRun && SENDING.includes(subject) && failure.missing !== "subscription"
        ? `'${vmName}' was deleted${failure.missing === "resourceGroup" ? ", with its resource group," : ""} after ${script} had been sent to it: how it ended is not known, and nothing is left of it; ${azureSays(failure)}; ${again}, once there is a VM`
        : `${describeMissing(failure)}: ${azureSays(failure)}; check the name, the group and the subscription; ${left}`;
    case "VmReplaced":
      return `'${vmName}' was made anew after ${script} had been sent to it: how it ended on the old VM is not known, and on the new one nothing was run; ${again}`;
    case "VmNotRunning":
      return `cannot run a command on '${vmName}': its power state is '${failure.powerState}', expected 'running'; start the VM, ${thenAgain()}`;
    case "VmNotLinux":
      return `cannot run a shell script on '${vmName}': its operating system is '${failure.osType}', expected 'Linux'; ${left}`;
    case "VmChanging":
      return `'${vmName}' was being changed for ${failure.waitedSeconds} s, and takes no command meanwhile; look in the activity log what changes it, ${thenAgain(azureSays(failure))}`;
    case "VmBeingDeleted":
      return `'${vmName}' is being deleted and takes no command any more; ${azureSays(failure)}; ${left}`;
    case "Busy":
      return `'${vmName}' was busy with another run command for ${failure.waitedSeconds} s: Azure runs one at a time on a VM and cannot cancel one; wait for it or look who started it in the activity log, ${thenAgain(azureSays(failure))}`;
    case "AgentNotReady":
      return `'${vmName}' ${failure.waitedSeconds === undefined ? "is not ready" : `was not ready after ${failure.waitedSeconds} s`}: its power state is '${failure.powerState ?? "not known"}', expected 'running', and its agent's status is '${failure.agentStatus ?? "not known"}', expected 'Ready'; see that the VM boots and its agent (walinuxagent or waagent) runs${failure.waitedSeconds === undefined ? "" : `, or raise ${limits.readyTimeout}`}, ${thenAgain()}`;
    case "AgentSilent":
      return `the agent of '${vmName}' does not report to Azure: see that the VM's system is up, that its agent (walinuxagent or waagent) runs, and that it reaches Azure's storage by outbound HTTPS (port 443); ${azureSays(failure)}; ${whatMayBe(circumstances)}`;
    case "ExtensionsDisallowed":
      return `'${vmName}' allows no extensions, and Run Command is one: set osProfile.allowExtensionOperations to true and see that the VM's agent is installed, ${thenAgain(failure.message === undefined ? undefined : azureSays({ message: failure.message }))}`;
  }
}

function describeMissing({ vmName, resourceGroupName, missing }: FailureOf<"VmNotFound">): string {
  switch (missing) {
    case undefined:
    case "vm":
      return `there is no VM '${vmName}' in resource group '${resourceGroupName}'`;
    case "resourceGroup":
      return `there is no resource group '${resourceGroupName}', and so no VM '${vmName}' in it`;
    case "subscription":
      return `the subscription of '${vmName}' is not there, or these credentials cannot see it`;
  }
}
