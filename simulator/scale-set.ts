/** What a scale set is. Data only. */
import type { Instant } from "./arm/instant";

/** Source of the words: azure-rest-api-specs, ComputeRP virtualMachineScaleSet.json, `OrchestrationMode`. */
export const ORCHESTRATION_MODES = ["Uniform", "Flexible"] as const;
export type OrchestrationMode = (typeof ORCHESTRATION_MODES)[number];

export interface ScaleSet {
  readonly name: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly mode: OrchestrationMode;
  readonly uniqueId: string;
  readonly createdAt: Instant;
  /** What the next instance of a Uniform scale set is called. */
  nextInstanceId: number;
}

/** Where a VM belongs to a scale set, which is in the VM's group. */
export interface Membership {
  readonly scaleSet: string;
  /** Of an instance of a Uniform scale set. A member of a Flexible one has none: it is a VM by itself. */
  readonly instanceId: string | undefined;
}

/** A scale set as it is to be. */
export interface WantedScaleSet {
  readonly name: string;
  readonly mode: OrchestrationMode;
  /** How many members it is to have. */
  readonly capacity: number;
}
