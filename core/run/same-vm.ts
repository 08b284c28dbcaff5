/** Holds the VM that has a name now against the one that runs were meant for. */
import { isAnother } from "../arm/vm-facts";
import { RunFailedError } from "../failures/errors";
import type { GuestRequest } from "../guest/protocol";

/** The GUID of the VM that is there now; `undefined` where that cannot be seen. */
export type SeeVmId = () => Promise<string | undefined>;

/** What was meant for a VM. What only asks of a run, or takes something away, does no harm on another one. */
export interface MeantForVm {
  readonly request: GuestRequest;
  readonly seeVmId: SeeVmId | undefined;
}

/** @throws RunFailedError `VmReplaced` */
export async function requireSameVm(vmName: string, meant: readonly MeantForVm[]): Promise<void> {
  const seeVmId = meant.find((one) => one.seeVmId !== undefined)?.seeVmId;
  const vmIds = meant.flatMap(({ request }) =>
    request.verb === "run" && request.vmId !== "unknown" ? [request.vmId] : [],
  );
  if (seeVmId === undefined || vmIds.length === 0) {
    return;
  }
  await requireVm(vmName, vmIds, seeVmId);
}

/** @param vmIds what the VM is known by; `undefined` tells nothing. @throws RunFailedError `VmReplaced` */
export async function requireVm(
  vmName: string,
  vmIds: readonly (string | undefined)[],
  seeVmId: SeeVmId,
): Promise<void> {
  const now = await seeVmId();
  if (vmIds.some((vmId) => isAnother(vmId, now))) {
    throw new RunFailedError({ kind: "VmReplaced", vmName }, true);
  }
}
