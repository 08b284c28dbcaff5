/** Removes the Run Command extension from a VM, once, and looks rather than guesses whether it went. */
import { REMOVE_EXTENSION_COMMAND_ID, type VmTarget } from "../arm/invocation";
import { lookUpVm } from "../arm/virtual-machine";
import { RunFailedError } from "../failures/errors";
import type { Reporter } from "../outside";
import type { Lane, LaneWatcher } from "./lane";
import type { Session } from "./session";

export interface Removal {
  readonly target: VmTarget;
  /**
   * How many scripts had been submitted to this VM when it was counted who needs the extension: one that came since needs
   * it, too. `undefined` when it goes whoever needs it.
   */
  readonly runs: number | undefined;
  readonly watcher: LaneWatcher;
  readonly signal: AbortSignal | undefined;
}

/**
 * How often to look after an operation of which Azure says no end, and how long between two looks: 30 s in all. Source: our
 * own choice; a removal takes 13 s and more.
 */
const LOOKS_MAX = 7;
const LOOK_INTERVAL_MS = 5_000;

/** @throws RunFailedError `OperationFailed` when it is still there. */
export async function removeExtension(
  { target, runs, watcher, signal }: Removal,
  lane: Lane,
  session: Session,
  reporter: Reporter,
): Promise<void> {
  const { vmName } = target;
  reporter.progress(`removing the extension RunCommandLinux from '${vmName}'`);
  let isWanted = true;
  const end = await lane.command({ commandId: REMOVE_EXTENSION_COMMAND_ID }, watcher, {
    starts: false,
    signal,
    wanted: () => {
      isWanted = runs === undefined || runs === lane.runs;
      return isWanted;
    },
    // Removing twice does no harm to the VM, but would end another client's run.
    afterLoss: async () => ((await goes(target, session, signal)) ? "done" : "sendAgain"),
  });
  if (!isWanted) {
    reporter.info(`the extension stays on '${vmName}': another resource runs a script there`);
    return;
  }
  if (end.kind === "dropped" && !(await goes(target, session, signal))) {
    throw new RunFailedError({ kind: "OperationFailed", vmName, ...end.error });
  }
  reporter.info(`the extension RunCommandLinux was removed from '${vmName}'`);
}

async function isInstalled(target: VmTarget, session: Session): Promise<boolean> {
  const vm = await lookUpVm(target, session);
  // Of a VM without a report of its agent, nothing is known.
  return vm.kind === "there" && (vm.facts.extensionInstalled || vm.facts.agentStatus === undefined);
}

/** Whether it is gone, or goes while one looks. */
async function goes(target: VmTarget, session: Session, signal: AbortSignal | undefined): Promise<boolean> {
  for (let looks = 1; await isInstalled(target, session); looks += 1) {
    if (looks === LOOKS_MAX) {
      return false;
    }
    await session.outside.sleep(LOOK_INTERVAL_MS, signal);
  }
  return true;
}
