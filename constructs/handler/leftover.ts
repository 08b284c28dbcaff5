/** What an Update that was called off has left on another VM, or under another key, of which CloudFormation knows nothing. */
import { parseVmId } from "../../core/arm/invocation";
import { textAt } from "../../core/json";
import type { StackRequest } from "./event";
import type { Invocation } from "./invocation";
import { keyOf, physicalIdOf } from "./names";
import { DeploymentFailure } from "./reason";
import { remove } from "./remove";
import { ROLLING_BACK_AN_UPDATE } from "./stack-watch";

/**
 * Whether the Update that this one rolls back may have begun a run elsewhere, and was called off before CloudFormation knew the id
 * of it: then no Delete comes for that.
 *
 * @param physicalId of what is rolled back to.
 */
export function hasLeftover(request: StackRequest, physicalId: string, stackStatus: string | undefined): boolean {
  const { type, oldProperties, physicalResourceId } = request;
  const old = parseVmId(textAt(oldProperties, "VirtualMachineId") ?? "");
  return (
    type === "Update" &&
    stackStatus === ROLLING_BACK_AN_UPDATE &&
    physicalResourceId === physicalId &&
    old.kind === "vm" &&
    physicalIdOf(old.target, keyOf(request, oldProperties)) !== physicalId
  );
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
      log.warn(`what the update that failed has begun elsewhere stays there: ${error.message}`);
      return true;
    }
    throw error;
  }
}
