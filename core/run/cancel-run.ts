/** Ends one run on a VM with all its children, or keeps it from starting: for whoever does not want it any more. */
import type { VmTarget } from "../arm/invocation";
import { requireReadyVm } from "../arm/virtual-machine";
import { isInvokeKey } from "../guest/invoke-keys";
import type { RunName, RunState } from "../guest/protocol";
import { asReportOf } from "../guest/report";
import { OUTPUT_DEFAULT_BYTES } from "../limits";
import type { Reporter } from "../outside";
import { explained } from "./explained";
import { bootOf } from "./run-on-vm";
import { watchQueue } from "./run-progress";
import type { Session } from "./session";

export interface CancelRunIntent {
  readonly target: VmTarget;
  readonly name: RunName;
  /** What other resources are told that they wait for. */
  readonly label: string;
  readonly readyTimeoutInSeconds: number;
  /** Whether what a run of the command line left on the VM stays, so that its output can be read. */
  readonly keeps: boolean;
}

export type CanceledRun =
  /** `tookOff`: whether what it left is gone from the VM. */
  | { readonly kind: "ended"; readonly tookOff: boolean }
  | { readonly kind: "hadEnded"; readonly state: RunState | undefined; readonly tookOff: boolean }
  | { readonly kind: "absent" }
  /** Some of its processes could not be ended. */
  | { readonly kind: "stuck" };

/** Does no harm when it is done twice. @throws RunFailedError about a "question". */
export function cancelRun(intent: CancelRunIntent, session: Session, reporter: Reporter): Promise<CanceledRun> {
  const target = session.complete(intent.target);
  return explained(cancel({ ...intent, target }, session, reporter), target, session);
}

async function cancel(
  { target, name, label, readyTimeoutInSeconds, keeps }: CancelRunIntent,
  session: Session,
  reporter: Reporter,
): Promise<CanceledRun> {
  const { vmName } = target;
  await requireReadyVm(target, session, { timeoutSeconds: readyTimeoutInSeconds, reporter });
  const lane = await session.lane(target);
  const watcher = watchQueue(label, vmName, `ending a run on '${vmName}'`, reporter);
  if (isInvokeKey(name.key) && !keeps) {
    // Each of them has a key of its own.
    const generation = Number.parseInt(bootOf(name.runId).runId, 10);
    const request = { verb: "purge", key: name.key, generation: Number.isNaN(generation) ? 0 : generation } as const;
    return afterPurge(asReportOf(request, await lane.submit(request, watcher)));
  }
  // Whoever asks first decides how much of the output is kept for all who ask later.
  const request = { verb: "cancel", ...name, outputMaxBytes: OUTPUT_DEFAULT_BYTES } as const;
  return afterCancel(asReportOf(request, await lane.submit(request, watcher)).state);
}

function afterPurge(report: {
  readonly purgedReceipts: number;
  readonly canceledReceipts: number;
  readonly runningReceipts: number;
}): CanceledRun {
  if (report.runningReceipts > 0) {
    return { kind: "stuck" };
  }
  if (report.canceledReceipts > 0) {
    return { kind: "ended", tookOff: true };
  }
  return report.purgedReceipts === 0 ? { kind: "absent" } : { kind: "hadEnded", state: undefined, tookOff: true };
}

function afterCancel(state: RunState): CanceledRun {
  switch (state) {
    case "Canceled":
      return { kind: "ended", tookOff: false };
    case "Absent":
      return { kind: "absent" };
    case "Waiting":
    case "Running":
      return { kind: "stuck" };
    case "Exited":
    case "Killed":
    case "TimedOut":
    case "Lost":
    case "Interrupted":
    case "Skipped":
    case "Refused":
      return { kind: "hadEnded", state, tookOff: false };
  }
}
