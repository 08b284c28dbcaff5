/** Takes a resource off its VM: its `delete` script, what its runs left, and the extension with the last of them. */
import { REMOVE_EXTENSION_COMMAND_ID, type VmTarget } from "../arm/invocation";
import { type AwaitedVm, awaitVm } from "../arm/virtual-machine";
import type { VmFacts } from "../arm/vm-facts";
import { isAnother } from "../arm/vm-facts";
import { diagnose } from "../failures/diagnose";
import { describeFailure, RunFailedError } from "../failures/errors";
import type { PurgeReport } from "../guest/protocol";
import { asReportOf } from "../guest/report";
import type { DeleteFailure, RemoveExtension } from "../inputs/input-settings";
import { DELETE_READY_TIMEOUT_SECONDS } from "../limits";
import type { Reporter } from "../outside";
import type { Deadline } from "./deadline";
import { type DeletionProgress, describeLeft, whyGone, whyNot, whyOutOfReach } from "./deletion-report";
import type { Eviction, Lane, LaneWatcher } from "./lane";
import type { RunResult } from "./outcome";
import { removeExtension } from "./remove-extension";
import { goesOn, type RunIntent, runForAStretch } from "./run-on-vm";
import { watchQueue } from "./run-progress";
import type { Session } from "./session";

export interface DeleteIntent {
  readonly target: VmTarget;
  readonly key: string;
  /** What other resources are told that they wait for. */
  readonly label: string;
  readonly generation: number;
  /** What the state knows of the VM's `vmId`. */
  readonly knownVmId: string | undefined;
  /**
   * The run of the `delete` script; `undefined` when there is none. With `onlyAfterRuns` it is run only while something of the
   * resource is on the VM: where no state tells that it was run already, that does.
   */
  readonly script: RunIntent | undefined;
  readonly deleteFailure: DeleteFailure;
  readonly removeExtension: RemoveExtension;
  /** Told what the `delete` script printed. */
  scriptEnded(result: RunResult): void;
  /** Asked before each further wait for a `delete` script that goes on; without it, its end is waited for. */
  mayWait?(): boolean;
  /**
   * When this deletion was first asked for, by the clock of `Outside`: whoever asks again for one that came back as "running"
   * says so with it. A `delete` script that failed since then is the answer; without it, it is run again each time.
   */
  readonly beganAtMs?: number | undefined;
}

/** Whether all is done, or the `delete` script goes on: then the same deletion, asked for again, goes on from there. */
export type Deleted = "done" | "running";

interface Deletion {
  readonly intent: DeleteIntent;
  readonly target: VmTarget;
  readonly session: Session;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
  readonly progress: DeletionProgress;
}

/**
 * Runs the `delete` script, ends what still runs of a resource on its VM, deletes its receipts there, and removes the
 * extension as the resource asks for it.
 *
 * A VM that is gone, not running or out of its agent's reach is no failure: what stays is said.
 *
 * @returns "running" only where `mayWait` said no.
 * @throws RunFailedError
 */
export async function executeDelete(
  intent: DeleteIntent,
  session: Session,
  reporter: Reporter,
  deadline?: Deadline,
): Promise<Deleted> {
  const target = session.complete(intent.target);
  const { vmName } = target;
  const script = intent.script === undefined ? undefined : "was not run";
  const progress: DeletionProgress = { script, purged: false };
  const deletion: Deletion = { intent, target, session, reporter, signal: deadline?.signal, progress };
  try {
    const vm = await look(deletion);
    if (vm.kind === "ready") {
      return await removeAll(deletion, vm.facts);
    }
    tellWhatStays(vm.kind === "gone" ? whyGone(vmName) : whyNot(vm, vmName), vm, deletion);
  } catch (error) {
    if (!(error instanceof RunFailedError)) {
      throw error;
    }
    // What went wrong on the way may be that the VM went away.
    const vm = await lookAgain(deletion);
    const why = whyOutOfReach(error, vm, vmName);
    if (why === undefined) {
      throw await diagnose(error.about("deletion"), target, session);
    }
    tellWhatStays(why, vm, deletion);
  }
  return "done";
}

function look({ target, session, reporter, signal }: Deletion): Promise<AwaitedVm> {
  return awaitVm(target, session, { timeoutSeconds: DELETE_READY_TIMEOUT_SECONDS, reporter, signal });
}

/** @returns undefined when it cannot be seen. */
function lookAgain({ target, session, reporter }: Deletion): Promise<AwaitedVm | undefined> {
  const patience = { timeoutSeconds: 0, reporter, mayHaveChanged: true };
  return awaitVm(target, session, patience).catch(() => undefined);
}

function tellWhatStays(why: string, vm: AwaitedVm | undefined, { intent, reporter, progress }: Deletion): void {
  const sentence = describeLeft(why, vm?.kind, intent.key, progress);
  if (vm?.kind === "gone") {
    reporter.info(sentence);
  } else {
    reporter.warn(sentence);
  }
}

async function removeAll(deletion: Deletion, facts: VmFacts): Promise<Deleted> {
  const { intent, target, session, reporter } = deletion;
  const { vmName } = target;
  const lane = await session.lane(target);
  if (intent.script !== undefined && (await runDeleteScript(intent.script, deletion, facts, lane)) === "running") {
    return "running";
  }
  const { runs } = lane;
  const purged = await purge(deletion, lane);
  deletion.progress.purged = purged.runningReceipts === 0 && purged.newerReceipts === 0;
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
    return "done";
  }
  const stays = whyExtensionStays(intent.removeExtension, purged.remainingKeys);
  if (stays !== undefined) {
    reporter.info(`the extension stays on '${vmName}': ${stays}`);
    return "done";
  }
  const removal = {
    target,
    runs: intent.removeExtension === "always" ? undefined : runs,
    watcher: watcherOf(deletion),
    signal: deletion.signal,
  };
  await removeExtension(removal, lane, session, reporter).catch(async (error: unknown) => {
    const isFailure = error instanceof RunFailedError;
    if (
      !isFailure ||
      intent.script === undefined ||
      whyOutOfReach(error, await lookAgain(deletion), vmName) !== undefined
    ) {
      throw error;
    }
    // Another try would run the `delete` script again: what told that it was run is gone.
    reporter.warn(
      intent.script.mask(
        `the resource is deleted, but the extension RunCommandLinux stays on '${vmName}': ${error.about("removal").message}`,
      ),
    );
  });
  return "done";
}

/** @returns undefined when it goes. */
function whyExtensionStays(removal: RemoveExtension, remainingKeys: number): string | undefined {
  switch (removal) {
    case "always":
      return undefined;
    case "never":
      return "removeExtension is 'never'";
    case "whenLast":
      return remainingKeys === 0
        ? undefined
        : remainingKeys === 1
          ? "another resource has runs there"
          : `${remainingKeys} other resources have runs there`;
  }
}

async function runDeleteScript(script: RunIntent, deletion: Deletion, facts: VmFacts, lane: Lane): Promise<Deleted> {
  const { intent, target, session, reporter, signal } = deletion;
  const { vmName } = target;
  if (isAnother(intent.knownVmId, facts.vmId)) {
    reporter.info(`'${vmName}' is another VM than the one that the state knows: the 'delete' script is not run`);
    return "done";
  }
  const evict = evictionOf(deletion);
  const stretch = intent.mayWait && { begun: false, mayWait: () => intent.mayWait?.() !== false };
  const { beganAtMs } = intent;
  const run = { intent: script, facts, lane, target, session, reporter, signal, evict, stretch, beganAtMs };
  const outcome = await runForAStretch(run).catch((error: unknown) => {
    if (error instanceof RunFailedError && error.mayHaveRun) {
      deletion.progress.script = "may have run";
    }
    if (error instanceof RunFailedError && error.failure.kind === "VmReplaced") {
      return "onAnotherVm" as const;
    }
    throw error;
  });
  if (outcome === "onAnotherVm") {
    reporter.info(
      `'${vmName}' was made anew after the 'delete' script had been sent to it: it is not run on the new VM`,
    );
    return "done";
  }
  if (goesOn(outcome)) {
    return "running";
  }
  const { failure } = outcome;
  if (failure?.kind === "ReceiptGone") {
    reporter.info(`nothing of this resource is on '${vmName}' any more: its 'delete' script is not run`);
    return "done";
  }
  deletion.progress.script = "was run";
  intent.scriptEnded(outcome.result);
  if (failure === undefined) {
    return "done";
  }
  if (intent.deleteFailure === "fail") {
    throw new RunFailedError({ kind: "DeleteScriptFailed", vmName, failure });
  }
  reporter.warn(
    `${script.mask(describeFailure(failure, true, "deletion"))}; the resource is deleted all the same (deleteFailure 'ignore')`,
  );
  return "done";
}

/** @throws RunFailedError; where no report came, it speaks of the receipts and not of a run. */
async function purge(deletion: Deletion, lane: Lane): Promise<PurgeReport> {
  const { intent, target, signal } = deletion;
  const { key, generation } = intent;
  const { vmName } = target;
  const evict = evictionOf(deletion);
  try {
    const request = { verb: "purge", key, generation } as const;
    return asReportOf(request, await lane.submit(request, watcherOf(deletion), { signal, evict }));
  } catch (error) {
    if (error instanceof RunFailedError && error.failure.kind === "ReportUnreadable") {
      const { why, evidence } = error.failure;
      throw new RunFailedError({ kind: "ReceiptsStay", vmName, key, detail: `${why} (${JSON.stringify(evidence)})` });
    }
    throw error;
  }
}

/** Only "always" ends what another client runs. */
function evictionOf({ intent, target, reporter }: Deletion): Eviction | undefined {
  return intent.removeExtension === "always"
    ? {
        body: { commandId: REMOVE_EXTENSION_COMMAND_ID },
        done: () =>
          reporter.info(`another client's command on '${target.vmName}' was ended (removeExtension 'always')`),
      }
    : undefined;
}

function watcherOf({ intent, target, reporter }: Deletion): LaneWatcher {
  return watchQueue(intent.label, target.vmName, `removing what is left on '${target.vmName}'`, reporter);
}
