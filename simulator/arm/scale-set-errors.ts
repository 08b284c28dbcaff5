/** What Compute refuses to one who names an instance of a scale set that is none; and its exact words. */
import type { ArmError } from "./arm-error";

export type ScaleSetRefusal =
  | { readonly kind: "InstanceIdNotNumber" }
  | { readonly kind: "InstanceNotActive"; readonly instanceId: string };

/** Sources: Azure/azure-powershell#23622, Azure/vm-scale-sets#60 (no number); microsoft/onefuzz#2547 (not active). */
export function describeScaleSetRefusal(refusal: ScaleSetRefusal): ArmError {
  switch (refusal.kind) {
    case "InstanceIdNotNumber":
      return {
        status: 400,
        code: "InvalidParameter",
        message: "Virtual Machine Scale Set VM instanceId must be a number.",
        target: "instanceId",
        speaker: "compute",
      };
    case "InstanceNotActive":
      return {
        status: 400,
        code: "InvalidParameter",
        message: `The provided instanceId ${refusal.instanceId} is not an active Virtual Machine Scale Set VM instanceId.`,
        target: "instanceIds",
        speaker: "compute",
      };
  }
}
