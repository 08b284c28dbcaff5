/** Sentences for a scale set that is not there, or whose VMs cannot be listed. Pure. */
import { azureSays, type Circumstances } from "./circumstances";
import type { FailureOf } from "./run-failure";

export type ScaleSetFailure = FailureOf<"ScaleSetNotFound" | "ScaleSetUnreadable">;

export function describeScaleSet(failure: ScaleSetFailure, { left }: Circumstances): string {
  switch (failure.kind) {
    case "ScaleSetNotFound":
      return `${describeMissing(failure)}: ${azureSays(failure)}; check the name, the group and the subscription; ${left}`;
    case "ScaleSetUnreadable":
      return `${describeUnreadable(failure)}; ${left}`;
  }
}

function describeMissing({ scaleSetName, resourceGroupName, missing }: FailureOf<"ScaleSetNotFound">): string {
  switch (missing) {
    case undefined:
    case "scaleSet":
      return `there is no scale set '${scaleSetName}' in resource group '${resourceGroupName}'`;
    case "resourceGroup":
      return `there is no resource group '${resourceGroupName}', and so no scale set '${scaleSetName}' in it`;
    case "subscription":
      return `the subscription of the scale set '${scaleSetName}' is not there, or these credentials cannot see it`;
  }
}

function describeUnreadable(failure: FailureOf<"ScaleSetUnreadable">): string {
  const { scaleSetName, status, right } = failure;
  return status === 403
    ? `not allowed to list the VMs of the scale set '${scaleSetName}': the right '${right}' is missing; give the role 'Virtual Machine Contributor', or one with this action, on its resource group; ${azureSays(failure)}`
    : `the VMs of the scale set '${scaleSetName}' cannot be listed: Azure answered with status ${status}; ${azureSays(failure)}`;
}
