/** Which of Azure's buckets a request takes a token from. Pure. */
import type { BucketSize } from "./bucket";

export interface Charge {
  /** What tells this bucket from every other one. */
  readonly key: string;
  readonly size: BucketSize;
  /** Who keeps it: Azure Resource Manager or Compute behind it. */
  readonly keeper: "arm" | "compute";
  /** Whether `name` is what this bucket is called in the answer's headers. */
  isCalled(name: string): boolean;
}

const perMinute = (refill: number, capacity: number): BucketSize => ({ capacity, refill, everyMs: 60_000 });
/**
 * What comes back each second is counted as if it came evenly, so that requests go out evenly. In return as much is never
 * counted on: then it does not matter when in the second it comes.
 */
const perSecond = (refill: number, capacity: number): BucketSize => ({
  capacity: capacity - refill,
  refill: 1,
  everyMs: 1_000 / refill,
  reserve: refill,
});

/**
 * Azure Resource Manager's buckets: of one who signs in, for each subscription, and of all of them together.
 * Source: Learn, "Understand how Azure Resource Manager throttles requests"; of the headers: the same page.
 */
const ARM = {
  GET: { name: "reads", principal: perSecond(25, 250), everybody: perSecond(375, 3_750) },
  POST: { name: "writes", principal: perSecond(10, 200), everybody: perSecond(150, 3_000) },
} as const;

interface ComputeGroup {
  readonly name: string;
  readonly resource: BucketSize;
  readonly subscription: BucketSize;
}

/** Source: Learn, "Compute throttling limits". Regions are not told apart, which counts too much rather than too little. */
const UPDATE_VM: ComputeGroup = {
  name: "updateVm",
  resource: perMinute(4, 12),
  subscription: perMinute(500, 1_500),
};
/** Of an instance of a Uniform scale set. Source: the same page. */
const UPDATE_INSTANCE: ComputeGroup = { ...UPDATE_VM, name: "updateInstance" };
const GET_VM: ComputeGroup = {
  name: "getVm",
  resource: perMinute(12, 36),
  subscription: perMinute(8_000, 24_000),
};
/** Source: the same page. */
const GET_INSTANCE: ComputeGroup = {
  name: "getInstance",
  resource: perMinute(12, 36),
  subscription: perMinute(2_000, 6_000),
};

/** Of one operation, however many there are on its VM. Source: see `GET_OPERATION`. */
export const POLLS_OF_ONE_OPERATION: BucketSize = perMinute(15, 45);

/**
 * Source of the numbers: the same page. That the resource is the operation: Azure/azure-cli@0151a1b,
 * test_enable_trusted_launch_on_v1.yaml (2026-04): of one VM, the last answer about one operation leaves 41, and four
 * seconds later the first about the next one leaves 44.
 */
const GET_OPERATION: ComputeGroup = {
  name: "getOperation",
  resource: POLLS_OF_ONE_OPERATION,
  subscription: perMinute(5_000, 15_000),
};

export function chargesOf(method: "GET" | "POST", path: string): readonly Charge[] {
  const query = path.indexOf("?");
  // What stands in the query of a poll is up to 4 KB long.
  const resource = (query < 0 ? path : path.slice(0, query)).toLowerCase();
  const subscription = /^\/subscriptions\/([^/]+)/.exec(resource)?.[1] ?? "";
  return [...armCharges(method, subscription), ...computeCharges(method, resource, subscription)];
}

function armCharges(method: "GET" | "POST", subscription: string): readonly Charge[] {
  const { name, principal, everybody } = ARM[method];
  const charge = (size: BucketSize, header: string): Charge => ({
    key: `${subscription} ${header}`,
    size,
    keeper: "arm",
    isCalled: (called) => called === header,
  });
  return [charge(principal, `subscription-${name}`), charge(everybody, `subscription-global-${name}`)];
}

function computeCharges(method: "GET" | "POST", resource: string, subscription: string): readonly Charge[] {
  const found = groupOf(method, resource);
  if (found === undefined) {
    return [];
  }
  const { group, owner } = found;
  return [
    {
      key: `${group.name} ${owner}`,
      size: group.resource,
      keeper: "compute",
      isCalled: (called) => called.endsWith("Resource"),
    },
    {
      key: `${group.name} ${subscription}`,
      size: group.subscription,
      keeper: "compute",
      isCalled: (called) => called.endsWith("SubscriptionMaximum"),
    },
  ];
}

const VM =
  /^(.*\/resourcegroups\/[^/]+\/providers\/microsoft\.compute\/(virtualmachinescalesets\/[^/]+\/)?virtualmachines\/[^/]+)(\/[^/]+)?$/;

/** The group that counts a request, and the id of the resource that it counts for; undefined when none is known to. */
function groupOf(
  method: "GET" | "POST",
  resource: string,
): { readonly group: ComputeGroup; readonly owner: string } | undefined {
  if (method === "GET" && /\/providers\/microsoft\.compute\/locations\/[^/]+\/operations\/[^/]+$/.test(resource)) {
    return { group: GET_OPERATION, owner: resource };
  }
  const [, owner, scaleSet, action = ""] = VM.exec(resource) ?? [];
  if (owner === undefined || !["", "/instanceview", "/runcommand"].includes(action)) {
    return undefined;
  }
  if (method === "POST") {
    return { group: scaleSet === undefined ? UPDATE_VM : UPDATE_INSTANCE, owner };
  }
  return { group: scaleSet === undefined ? GET_VM : GET_INSTANCE, owner };
}

/** What an answer says that is left, by the names of the buckets. */
export function remainingIn(header: (name: string) => string | undefined): ReadonlyMap<string, number> {
  const remaining = new Map<string, number>();
  const note = (name: string, count: string | undefined) => {
    if (count !== undefined && /^\d+$/.test(count.trim())) {
      remaining.set(name, Number(count));
    }
  };
  for (const name of ["reads", "writes", "global-reads", "global-writes"]) {
    note(`subscription-${name}`, header(`x-ms-ratelimit-remaining-subscription-${name}`));
  }
  for (const entry of (header("x-ms-ratelimit-remaining-resource") ?? "").split(",")) {
    const [name = "", count] = entry.split(";");
    note(name.trim(), count);
  }
  return remaining;
}
