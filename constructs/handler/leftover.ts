/** What an Update that is rolled back has left under another key, or on another VM, than what is rolled back to. */
import { isSameVm, type VmTarget } from "../../core/arm/invocation";
import { parseVmId } from "../../core/arm/vm-id";
import { textAt } from "../../core/json";
import type { StackRequest } from "./event";
import type { Invocation } from "./invocation";
import { keyOf, physicalIdOf } from "./names";
import { DeploymentFailure } from "./reason";
import { remove } from "./remove";

export interface Leftover {
  /** Whether it is on the VM of what is rolled back to: its `delete` script then undoes what the other's script has made. */
  readonly isOnSameVm: boolean;
  /** Whether CloudFormation sends a Delete for it: it knows of it when the Update had answered. */
  readonly isKnown: boolean;
}

/**
 * Of an Update that rolls back one which has, or may have, begun a run as another physical resource.
 *
 * @param target of what is rolled back to, as is `physicalId`.
 * @returns undefined when there is none.
 */
export function leftoverOf(request: StackRequest, target: VmTarget, physicalId: string): Leftover | undefined {
  const { oldProperties, physicalResourceId } = request;
  const old = parseVmId(textAt(oldProperties, "VirtualMachineId") ?? "");
  return old.kind === "vm" && physicalIdOf(old.target, keyOf(request, oldProperties)) !== physicalId
    ? { isOnSameVm: isSameVm(old.target, target), isKnown: physicalResourceId !== physicalId }
    : undefined;
}

/**
 * Takes it off as a Delete would.
 *
 * @returns whether nothing is left to do; what cannot be taken off does not fail a rollback.
 */
export async function removeLeftover(invocation: Invocation, receivedAtMs: number): Promise<boolean> {
  const { request, log } = invocation;
  const { oldProperties: properties } = request;
  const deletion = { ...request, properties, physicalResourceId: undefined };
  try {
    return (await remove({ ...invocation, request: deletion, properties }, receivedAtMs)).IsComplete;
  } catch (error) {
    if (error instanceof DeploymentFailure) {
      log.warn(`what the update that failed has left stays there: ${error.message}`);
      return true;
    }
    throw error;
  }
}
