/** Azure's token buckets: how large each is, and whom it counts for. */
import type { Counted } from "./reply";

export interface BucketKind {
  /** As the answers' headers call it. */
  readonly name: string;
  readonly capacity: number;
  readonly refill: number;
  /** Time between two refills. */
  readonly everyMs: number;
  /** `resource`: each VM, scale set or operation has one; `subscription`: there is one. */
  readonly scope: "resource" | "subscription";
}

type Size = readonly [refillPerMinute: number, capacity: number];

const perMinute = (name: string, [refill, capacity]: Size, scope: BucketKind["scope"]): BucketKind => ({
  name,
  capacity,
  refill,
  everyMs: 60_000,
  scope,
});

/** @param group as the headers call it, without the scope. */
const pair = (group: string, resource: Size, subscription: Size): readonly BucketKind[] => [
  perMinute(`${group}SubscriptionMaximum`, subscription, "subscription"),
  perMinute(`${group}Resource`, resource, "resource"),
];

/**
 * Compute's. Source of capacities and refills: azure-wire.md section 9, Learn "Compute throttling limits". That they fill in
 * steps of a minute, and that the resource of a poll is its operation: Azure/azure-cli@0151a1b,
 * test_enable_trusted_launch_on_v1.yaml (2026-04): five polls within 37 s count down from 14,999 to 14,996; of one VM, the last
 * answer about one operation leaves 41, and four seconds later the first about the next one leaves 44. Source of names: the
 * recordings of 2026 (polls, deallocate, VM get), of 2020 (catalogue); `UpdateVM…` in the form of 2026: assumed from its form
 * until 2022 and from the other names; of scale sets: an internal page of Microsoft's that somebody has published, and the
 * others after their pattern.
 */
export const COMPUTE_BUCKETS: Readonly<Record<Counted, readonly BucketKind[]>> = {
  poll: [...pair("GetOperation", [15, 45], [5_000, 15_000])].reverse(),
  run: pair("UpdateVM", [4, 12], [500, 1_500]),
  power: pair("DeleteVM", [4, 12], [500, 1_500]),
  getVm: pair("LowCostGet", [12, 36], [8_000, 24_000]),
  listVms: [perMinute("HighCostGetSubscriptionMaximum", [300, 900], "subscription")],
  getScaleSet: pair("LowCostGetVMScaleSet", [12, 36], [800, 2_400]),
  listInstances: pair("HighCostGetVMScaleSet", [10, 30], [360, 1_080]),
  instanceRun: pair("VMScaleSetVMActions", [4, 12], [500, 1_500]),
  instancePower: pair("DeleteVMScaleSetVM", [4, 12], [500, 1_500]),
  getInstance: pair("GetVMScaleSetVM", [12, 36], [2_000, 6_000]),
  catalogue: [perMinute("GetSubscriptionInfo3Min", [120, 360], "subscription")],
  read: [],
  none: [],
};

export interface ArmBuckets {
  /** Of the one who signs in. */
  readonly own: BucketKind;
  /** Of all together. */
  readonly everybody: BucketKind;
}

const perSecond = (name: string, refill: number, capacity: number): BucketKind => ({
  name: `x-ms-ratelimit-remaining-subscription-${name}`,
  capacity,
  refill,
  everyMs: 1_000,
  scope: "subscription",
});

/** Azure Resource Manager's. Source: azure-wire.md section 9; that they fill in steps of a second: assumed. */
export const ARM_BUCKETS: Readonly<Record<"read" | "write" | "delete", ArmBuckets>> = {
  read: { own: perSecond("reads", 25, 250), everybody: perSecond("global-reads", 375, 3_750) },
  write: { own: perSecond("writes", 10, 200), everybody: perSecond("global-writes", 150, 3_000) },
  delete: { own: perSecond("deletes", 10, 200), everybody: perSecond("global-deletes", 150, 3_000) },
};
