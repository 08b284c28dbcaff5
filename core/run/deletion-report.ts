/** What a deletion that cannot go on leaves behind, in words. Pure. */
import type { AwaitedVm } from "../arm/virtual-machine";
import type { RunFailedError, RunFailure } from "../failures/errors";

/** How far a deletion has come. */
export interface DeletionProgress {
  /** What is known of the `delete` script; `undefined` where the resource has none. */
  script: "was not run" | "may have run" | "was run" | undefined;
  /** Whether the receipts are gone. */
  purged: boolean;
}

/** What can come of it that the VM, its power or its agent is gone. */
const FAILURES_OF_THE_VM: readonly RunFailure["kind"][] = [
  "VmNotFound",
  "VmNotRunning",
  "VmChanging",
  "VmBeingDeleted",
  "AgentNotReady",
  "AgentSilent",
  "AnswerLost",
  "OperationFailed",
  "DeadlinePassed",
  "RequestRefused",
  "Busy",
  "ReportUnreadable",
  "ReceiptsStay",
];

/**
 * Whether a deletion that failed has failed because the VM, its power or its agent is gone.
 *
 * @param vm how it looks now; `undefined` when that cannot be seen.
 * @returns the reason, as the beginning of a sentence; `undefined` when it is a failure.
 */
export function whyOutOfReach(
  { failure }: RunFailedError,
  vm: AwaitedVm | undefined,
  vmName: string,
): string | undefined {
  switch (vm?.kind) {
    case undefined:
      return undefined;
    case "gone":
      return whyGone(vmName);
    case "not":
      return FAILURES_OF_THE_VM.includes(failure.kind) ? whyNot(vm, vmName) : undefined;
    case "ready":
      if (failure.kind === "VmBeingDeleted") {
        return `the VM '${vmName}' is being deleted`;
      }
      // Azure's view of an agent comes later, and may still say that it is ready.
      return isSilence(failure) ? `the agent of the VM '${vmName}' does not answer` : undefined;
  }
}

function isSilence(failure: RunFailure): boolean {
  return (
    failure.kind === "AgentSilent" ||
    (failure.kind === "OperationFailed" && failure.code === "VMExtensionProvisioningTimeout")
  );
}

export function whyGone(vmName: string): string {
  return `the VM '${vmName}' is gone`;
}

export function whyNot({ failure, facts }: Extract<AwaitedVm, { kind: "not" }>, vmName: string): string {
  const { powerState, agentStatus, osType } = facts;
  switch (failure.kind) {
    case "AgentNotReady":
      return `the agent of the VM '${vmName}' does not answer (status '${agentStatus ?? "unknown"}', power state '${powerState ?? "unknown"}')`;
    case "VmNotLinux":
      return `the VM '${vmName}' runs ${osType}, not Linux`;
    default:
      return `the VM '${vmName}' is not running (power state '${powerState}')`;
  }
}

/** @param why as `whyOutOfReach` gives it. */
export function describeLeft(
  why: string,
  vm: AwaitedVm["kind"] | undefined,
  key: string,
  { script, purged }: DeletionProgress,
): string {
  const what = purged
    ? "the extension RunCommandLinux"
    : `the receipts in /var/lib/azure-run-command/${key} and the extension RunCommandLinux`;
  // On a VM that runs, it may have been done all the same.
  const stays = vm === "ready" ? "may stay" : purged ? "stays" : "stay";
  const left = vm === "gone" ? "nothing is left to remove" : `${what} ${stays} on its disk`;
  return `${why}: ${left}${script === undefined ? "" : `; the 'delete' script ${script}`}`;
}
