/** Removes the Run Command extension from a VM, once for all who want that, and looks rather than guesses whether it went. */
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

type Removed = "removed" | "stays";

/** Those that can still be joined, by the VM's lane. */
const underWay = new WeakMap<Lane, SharedRemoval>();

/**
 * Whoever asks for it before it has ended shares it: a lane does one thing at a time, so that nothing can have brought the
 * extension back since.
 *
 * @throws RunFailedError `OperationFailed` when it is still there.
 */
export async function removeExtension(
  removal: Removal,
  lane: Lane,
  session: Session,
  reporter: Reporter,
): Promise<void> {
  const { vmName } = removal.target;
  const shared = underWay.get(lane) ?? new SharedRemoval(removal.target, lane, session);
  reporter.progress(`removing the extension RunCommandLinux from '${vmName}'`);
  const removed = await shared.join(removal);
  if (shared.tellsOnce()) {
    reporter.info(
      removed === "removed"
        ? `the extension RunCommandLinux was removed from '${vmName}'`
        : `the extension stays on '${vmName}': another resource runs a script there`,
    );
  }
}

/** One removal, and all who want it. It goes on until the last of them has given it up. */
class SharedRemoval {
  private readonly members: Removal[] = [];
  private readonly givenUp = new AbortController();
  /** `undefined` until its turn has come. */
  private isWanted: boolean | undefined;
  private isTold = false;
  private readonly ended: Promise<Removed>;

  constructor(
    private readonly target: VmTarget,
    private readonly lane: Lane,
    private readonly session: Session,
  ) {
    underWay.set(lane, this);
    // Who asks for it first is to be among its members by then.
    this.ended = Promise.resolve()
      .then(() => this.carryOut())
      .finally(() => this.close());
  }

  join(removal: Removal): Promise<Removed> {
    this.members.push(removal);
    const { signal } = removal;
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(this.isWanted === true ? afterItMayHaveRun(signal?.reason) : signal?.reason);
        this.endUnlessNeeded(signal?.reason);
      };
      if (signal?.aborted === true) {
        leave();
      }
      signal?.addEventListener("abort", leave, { once: true });
      this.ended.then(resolve, reject).finally(() => signal?.removeEventListener("abort", leave));
    });
  }

  private endUnlessNeeded(reason: unknown): void {
    if (this.members.every(({ signal }) => signal?.aborted === true)) {
      this.close();
      this.givenUp.abort(reason);
    }
  }

  tellsOnce(): boolean {
    const isFirst = !this.isTold;
    this.isTold = true;
    return isFirst;
  }

  private close(): void {
    if (underWay.get(this.lane) === this) {
      underWay.delete(this.lane);
    }
  }

  private async carryOut(): Promise<Removed> {
    const { target, lane, session } = this;
    const { signal } = this.givenUp;
    const end = await lane.command({ commandId: REMOVE_EXTENSION_COMMAND_ID }, this.watcher(), {
      starts: false,
      signal,
      wanted: () => this.decide(),
      // Removing twice does no harm to the VM, but would end another client's run.
      afterLoss: async () => ((await goes(target, session, signal)) ? "done" : "sendAgain"),
    });
    if (this.isWanted === false) {
      return "stays";
    }
    if (end.kind === "dropped" && !(await goes(target, session, signal))) {
      throw new RunFailedError({ kind: "OperationFailed", vmName: target.vmName, ...end.error });
    }
    return "removed";
  }

  /** Once for all, when its turn has come. */
  private decide(): boolean {
    const { runs } = this.lane;
    this.isWanted = this.members.some(
      (member) => member.signal?.aborted !== true && (member.runs === undefined || member.runs === runs),
    );
    if (!this.isWanted) {
      this.close();
    }
    return this.isWanted;
  }

  private watcher(): LaneWatcher {
    const { members } = this;
    const tell = (what: (watcher: LaneWatcher) => void) => {
      for (const { watcher } of members) what(watcher);
    };
    return {
      get label() {
        return members[0]?.watcher.label ?? "";
      },
      queued: (behind) => tell((watcher) => watcher.queued(behind)),
      inProgress: (operationMs) => tell((watcher) => watcher.inProgress(operationMs)),
      delayed: (why) => tell((watcher) => watcher.delayed(why)),
    };
  }
}

/** What is out goes on without anybody who waits for it. */
function afterItMayHaveRun(reason: unknown): unknown {
  return reason instanceof RunFailedError ? reason.afterItMayHaveRun() : reason;
}

async function isInstalled(target: VmTarget, session: Session, signal: AbortSignal): Promise<boolean> {
  const vm = await lookUpVm(target, session, signal);
  // Of a VM without a report of its agent, nothing is known.
  return vm.kind === "there" && (vm.facts.extensionInstalled || vm.facts.agentStatus === undefined);
}

/** Whether it is gone, or goes while one looks. */
async function goes(target: VmTarget, session: Session, signal: AbortSignal): Promise<boolean> {
  for (let looks = 1; await isInstalled(target, session, signal); looks += 1) {
    if (looks === LOOKS_MAX) {
      return false;
    }
    await session.outside.sleep(LOOK_INTERVAL_MS, signal);
  }
  return true;
}
