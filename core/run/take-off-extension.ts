/** Removes the Run Command extension from a VM for somebody who declares nothing there, unless something needs it. */
import type { VmTarget } from "../arm/invocation";
import { requireReadyVm } from "../arm/virtual-machine";
import { asReportOf } from "../guest/report";
import type { Reporter } from "../outside";
import { explained } from "./explained";
import { removeExtension } from "./remove-extension";
import { watchQueue } from "./run-progress";
import type { Session } from "./session";

export interface TakeOffExtensionIntent {
  readonly target: VmTarget;
  /** What other resources are told that they wait for. */
  readonly label: string;
  readonly readyTimeoutInSeconds: number;
  /** Whether it goes whoever needs it. */
  readonly isForced: boolean;
}

export type TakenOffExtension =
  | { readonly kind: "removed" }
  /** Azure lists no such extension on the VM. */
  | { readonly kind: "notThere" }
  | { readonly kind: "needed"; readonly remainingKeys: number };

/** Names nothing on any VM: with it, a purge deletes nothing and counts. */
const NOBODY = "invoke-nobody";

/** @throws RunFailedError about a "question". */
export function takeOffExtension(
  intent: TakeOffExtensionIntent,
  session: Session,
  reporter: Reporter,
): Promise<TakenOffExtension> {
  const target = session.complete(intent.target);
  return explained(takeOff({ ...intent, target }, session, reporter), target, session);
}

async function takeOff(
  { target, label, readyTimeoutInSeconds, isForced }: TakeOffExtensionIntent,
  session: Session,
  reporter: Reporter,
): Promise<TakenOffExtension> {
  const { vmName } = target;
  const facts = await requireReadyVm(target, session, { timeoutSeconds: readyTimeoutInSeconds, reporter });
  if (!facts.extensionInstalled && facts.agentStatus !== undefined) {
    // Any request to the runner would bring it there.
    return { kind: "notThere" };
  }
  const lane = await session.lane(target);
  const watcher = watchQueue(label, vmName, `asking '${vmName}' who needs the extension`, reporter);
  if (!isForced) {
    const request = { verb: "purge", key: NOBODY, generation: 0 } as const;
    const { remainingKeys } = asReportOf(request, await lane.submit(request, watcher));
    if (remainingKeys > 0) {
      return { kind: "needed", remainingKeys };
    }
  }
  await removeExtension({ target, runs: undefined, watcher, signal: undefined }, lane, session, reporter);
  return { kind: "removed" };
}
