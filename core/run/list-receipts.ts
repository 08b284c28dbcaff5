/** Asks a VM which runs of a resource it knows of: for those who keep no count of them themselves. */
import type { VmTarget } from "../arm/invocation";
import { requireReadyVm } from "../arm/virtual-machine";
import { diagnose } from "../failures/diagnose";
import { RunFailedError } from "../failures/errors";
import type { Subject } from "../failures/run-failure";
import type { ListRequest, Receipt } from "../guest/protocol";
import { asReportOf } from "../guest/report";
import type { Reporter } from "../outside";
import { type Deadline, untilSent } from "./deadline";
import type { Lane, LaneWatcher } from "./lane";
import { bootOf } from "./run-on-vm";
import { watchQueue } from "./run-progress";
import type { Session } from "./session";

export interface ListIntent {
  readonly target: VmTarget;
  /** Whose receipts; `undefined` for those of all keys. */
  readonly key: string | undefined;
  /** What other resources are told that they wait for. */
  readonly label: string;
  readonly readyTimeoutInSeconds: number;
  /** What a failure speaks of. @default "list" */
  readonly subject?: Subject | undefined;
}

/** What is known of one run, whatever became of its VM meanwhile. */
export interface ListedReceipt extends Receipt {
  /** The receipt of its last boot, which is the one that has its output: `runId`, or that with `-b<boot>` behind it. */
  readonly endedAs: string;
}

/**
 * The receipts that were made on this very VM, in no order: one for each run, which tells of its last boot.
 *
 * @throws RunFailedError about the intent's subject; nothing was run.
 */
export async function listReceipts(
  { target: named, key, label, readyTimeoutInSeconds, subject = "list" }: ListIntent,
  session: Session,
  reporter: Reporter,
  deadline?: Deadline,
): Promise<readonly ListedReceipt[]> {
  const target = session.complete(named);
  const { vmName } = target;
  try {
    const signal = untilSent(vmName, session, deadline);
    const { vmId } = await requireReadyVm(target, session, { timeoutSeconds: readyTimeoutInSeconds, reporter, signal });
    const lane = await session.lane(target);
    const watcher = watchQueue(label, vmName, `asking '${vmName}' for earlier runs`, reporter);
    const receipts = await askForAll({ verb: "list", key }, lane, watcher, signal);
    return ofLastBoots(receipts.filter((receipt) => isOfVm(receipt, vmId) && isOfRun(receipt)));
  } catch (error) {
    if (!(error instanceof RunFailedError)) {
      throw error;
    }
    // Whatever became of the question, a look starts nothing.
    const { failure, evidence } = error;
    throw await diagnose(new RunFailedError(failure, false, subject, evidence), target, session);
  }
}

/** What has no room in one answer is in the next. */
async function askForAll(
  first: ListRequest,
  lane: Lane,
  watcher: LaneWatcher,
  signal: AbortSignal | undefined,
): Promise<readonly Receipt[]> {
  const all: Receipt[] = [];
  for (let request = first; ; request = { ...first, after: all.at(-1) }) {
    const { receipts, hasMore } = asReportOf(request, await lane.submit(request, watcher, { signal }));
    all.push(...receipts);
    if (!hasMore) {
      return all;
    }
  }
}

/** A script can put anything beside the receipts. */
function isOfRun({ runId }: Receipt): boolean {
  return /^[0-9]+-[a-z]+-/.test(runId);
}

/** What runs after a restart has a receipt of its own, and how the last of them stands is how the run stands. */
function ofLastBoots(receipts: readonly Receipt[]): readonly ListedReceipt[] {
  const last = new Map<string, { readonly boot: number; readonly receipt: ListedReceipt }>();
  for (const receipt of receipts) {
    const { runId, boot } = bootOf(receipt.runId);
    const name = `${receipt.key}/${runId}`;
    if (boot > (last.get(name)?.boot ?? 0)) {
      last.set(name, { boot, receipt: { ...receipt, runId, endedAs: receipt.runId } });
    }
  }
  return [...last.values()].map(({ receipt }) => receipt);
}

/** Others came along with a copied disk. */
function isOfVm(receipt: Receipt, vmId: string | undefined): boolean {
  const isKnown = vmId !== undefined && receipt.vmId !== "unknown";
  return !isKnown || receipt.vmId.toLowerCase() === vmId.toLowerCase();
}
