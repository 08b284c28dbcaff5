/** Takes what a resource's runs left off its VM, and the extension with the last of them. */

import { REMOVE_EXTENSION_COMMAND_ID, type VmTarget } from "../arm/invocation";
import { lookUpVm } from "../arm/virtual-machine";
import { RunFailedError } from "../failures/errors";
import type { PurgeReport } from "../guest/protocol";
import type { Reporter } from "../outside";
import type { Lane, LaneWatcher } from "./lane";
import { describeQueue } from "./run-progress";
import type { Session } from "./session";

export interface DeleteIntent {
  readonly target: VmTarget;
  readonly key: string;
  /** What other resources are told that they wait for. */
  readonly label: string;
  readonly generation: number;
}

/**
 * Ends what still runs of a resource on its VM, deletes its receipts there and, when no other resource has any, the
 * extension.
 * A VM that is gone or not running is nothing to clean: that is said, and is no failure.
 *
 * @throws RunFailedError
 */
export async function executeDelete(intent: DeleteIntent, session: Session, reporter: Reporter): Promise<void> {
  await removeAll(intent, session, reporter).catch((error: unknown) => {
    throw error instanceof RunFailedError ? error.ofDeletion() : error;
  });
}

async function removeAll(intent: DeleteIntent, session: Session, reporter: Reporter): Promise<void> {
  const target = session.complete(intent.target);
  const { vmName } = target;
  const vm = await lookUpVm(target, session);
  if (vm.kind === "gone") {
    reporter.info(`the VM '${vmName}' is gone: nothing is left to remove`);
    return;
  }
  const { powerState } = vm.facts;
  if (powerState !== undefined && powerState !== "running") {
    reporter.warn(
      `the VM '${vmName}' is not running (power state '${powerState}'): the receipts in /var/lib/azure-run-command/${intent.key} and the extension RunCommandLinux stay on its disk`,
    );
    return;
  }
  const lane = await session.lane(target);
  const purged = await purge(intent, vmName, lane, reporter);
  if (purged.canceledReceipts > 0) {
    reporter.info(`what this resource was still running on '${vmName}' was ended, with all its children`);
  }
  if (purged.runningReceipts > 0) {
    throw new RunFailedError({ kind: "StillRunning", vmName });
  }
  if (purged.newerReceipts > 0) {
    reporter.warn(
      `a newer run of this resource, which this state does not know, stays on '${vmName}' with the extension RunCommandLinux: remove /var/lib/azure-run-command/${intent.key} there by hand (next time, deploy before you destroy)`,
    );
    return;
  }
  if (purged.remainingKeys > 0) {
    const others = purged.remainingKeys === 1 ? "another resource has" : `${purged.remainingKeys} other resources have`;
    reporter.info(`the extension stays on '${vmName}': ${others} runs there`);
    return;
  }
  await removeExtension(intent, target, lane, session, reporter);
}

/** @throws RunFailedError; where no report came, it speaks of the receipts and not of a run. */
async function purge(intent: DeleteIntent, vmName: string, lane: Lane, reporter: Reporter): Promise<PurgeReport> {
  const { key, generation } = intent;
  try {
    const report = await lane.submit({ verb: "purge", key, generation }, watcherOf(intent, vmName, reporter));
    if (report.kind !== "purge") {
      throw new Error(`the runner answered with a report of kind '${report.kind}' to a purge`);
    }
    return report;
  } catch (error) {
    if (error instanceof RunFailedError && error.failure.kind === "ReportUnreadable") {
      const { why, evidence } = error.failure;
      throw new RunFailedError({ kind: "ReceiptsStay", vmName, key, detail: `${why} (${JSON.stringify(evidence)})` });
    }
    throw error;
  }
}

async function removeExtension(
  intent: DeleteIntent,
  target: VmTarget,
  lane: Lane,
  session: Session,
  reporter: Reporter,
): Promise<void> {
  const { vmName } = target;
  reporter.progress(`removing the extension RunCommandLinux from '${vmName}'`);
  const watcher = watcherOf(intent, vmName, reporter);
  const end = await lane.command({ commandId: REMOVE_EXTENSION_COMMAND_ID }, watcher, async () => {
    // The answer to a removal was lost: look whether it has had its effect. Removing twice does no harm to the VM,
    // but would end another client's run.
    const vm = await lookUpVm(target, session);
    return vm.kind === "there" && vm.facts.extensionInstalled ? "sendAgain" : "done";
  });
  if (end.kind === "dropped") {
    throw new RunFailedError({ kind: "OperationFailed", vmName, ...end.error });
  }
  reporter.info(`the extension RunCommandLinux was removed from '${vmName}'`);
}

function watcherOf(intent: DeleteIntent, vmName: string, reporter: Reporter): LaneWatcher {
  return {
    label: intent.label,
    queued: (behind) => reporter.progress(describeQueue(vmName, behind)),
    inProgress: (operationMs) =>
      reporter.progress(`removing what is left on '${vmName}', for ${Math.round(operationMs / 1_000)} s`),
    delayed: (why) => reporter.progress(why),
  };
}
