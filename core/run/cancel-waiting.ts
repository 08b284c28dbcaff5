/** Keeps runs from starting that wait for their turn on a VM: for whoever does not want them any more. */
import type { VmTarget } from "../arm/invocation";
import type { RunState } from "../guest/protocol";
import { asReportOf } from "../guest/report";
import type { Reporter } from "../outside";
import type { Deadline } from "./deadline";
import { watchQueue } from "./run-progress";
import type { Session } from "./session";

export interface CancelWaitingIntent {
  readonly target: VmTarget;
  readonly key: string;
  /** As the receipts are named. */
  readonly runIds: readonly string[];
  /** What other resources are told that they wait for. */
  readonly label: string;
  /** What is brought back of a run that has ended meanwhile. */
  readonly outputMaxBytes: number;
}

/**
 * Of a VM that is ready.
 *
 * @returns how each of them stands then: `Canceled` when it will not start, `Running` when it had started and goes on.
 * @throws RunFailedError
 */
export async function cancelWaiting(
  { target: named, key, runIds, label, outputMaxBytes }: CancelWaitingIntent,
  session: Session,
  reporter: Reporter,
  deadline?: Deadline,
): Promise<readonly RunState[]> {
  const target = session.complete(named);
  const lane = await session.lane(target);
  const watcher = watchQueue(label, target.vmName, `keeping runs on '${target.vmName}' from starting`, reporter);
  const cancel = async (runId: string): Promise<RunState> => {
    const request = { verb: "cancel", key, runId, outputMaxBytes, onlyWaiting: true } as const;
    return asReportOf(request, await lane.submit(request, watcher, { signal: deadline?.signal })).state;
  };
  return Promise.all(runIds.map(cancel));
}
