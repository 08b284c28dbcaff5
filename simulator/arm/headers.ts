/** The headers that Azure puts on every answer, and the counters among them. */
import type { Counted } from "./reply";

export interface HeaderFacts {
  readonly counted: Counted;
  /** Names what is counted: the VM or the operation. */
  readonly resource: string;
  readonly nowMs: number;
  readonly requestId: string;
  /** What the client sent as `x-ms-correlation-request-id`, if it did. */
  readonly correlationId: string | undefined;
  readonly location: string;
  readonly tenantId: string;
  readonly objectId: string;
}

/**
 * Names and fixed values as in 2026. Source: Azure/azure-cli test_enable_trusted_launch_on_v1.yaml (2026-04), fixtures
 * operation-deallocate and vm-get. The three request ids were removed from all recordings; they are in every debug log
 * (e.g. Azure/azure-powershell#12544: `x-ms-routing-request-id: WESTUS2:20200730T233856Z:{guid}`). Until 2022 answers of
 * Compute also had `server: Microsoft-HTTPAPI/2.0` and `vary: Accept-Encoding`; those of 2026 have neither.
 */
export function commonHeaders(facts: HeaderFacts): Record<string, string> {
  const iso = new Date(facts.nowMs).toISOString();
  const routed = `${iso.slice(0, 19).replace(/[-:]/g, "")}Z`;
  const correlationId = facts.correlationId ?? facts.requestId;
  return {
    "cache-control": "no-cache",
    pragma: "no-cache",
    expires: "-1",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-cache": "CONFIG_NOCACHE",
    "x-ms-request-id": facts.requestId,
    "x-ms-correlation-request-id": correlationId,
    "x-ms-routing-request-id": `${facts.location.toUpperCase()}:${routed}:${correlationId}`,
    "x-msedge-ref": `Ref A: ${facts.requestId.replace(/-/g, "").toUpperCase()} Ref B: SIMULATOR Ref C: ${iso.slice(0, 19)}Z`,
    date: new Date(facts.nowMs).toUTCString(),
  };
}

/** `tenantId=…,objectId=…/{location}/{guid}` on operations. Source: fixtures operation-deallocate. */
export function operationIdentifier(facts: HeaderFacts): string {
  return `tenantId=${facts.tenantId},objectId=${facts.objectId}/${facts.location}/${facts.requestId}`;
}

interface Bucket {
  readonly name: string;
  readonly capacity: number;
  readonly refillPerMinute: number;
  readonly scope: "subscription" | "resource";
}

/**
 * Source of capacities and refills: azure-wire.md section 9. Source of names: the recordings of 2026 (polls, deallocate, VM
 * get), of 2020 (catalogue); `UpdateVM…` in the form of 2026: assumed from its form until 2022 and from the other names.
 */
const BUCKETS: Readonly<Record<Counted, readonly Bucket[]>> = {
  poll: [
    { name: "GetOperationResource", capacity: 45, refillPerMinute: 15, scope: "resource" },
    { name: "GetOperationSubscriptionMaximum", capacity: 15_000, refillPerMinute: 5_000, scope: "subscription" },
  ],
  run: [
    { name: "UpdateVMSubscriptionMaximum", capacity: 1_500, refillPerMinute: 500, scope: "subscription" },
    { name: "UpdateVMResource", capacity: 12, refillPerMinute: 4, scope: "resource" },
  ],
  power: [
    { name: "DeleteVMSubscriptionMaximum", capacity: 1_500, refillPerMinute: 500, scope: "subscription" },
    { name: "DeleteVMResource", capacity: 12, refillPerMinute: 4, scope: "resource" },
  ],
  getVm: [
    { name: "LowCostGetSubscriptionMaximum", capacity: 24_000, refillPerMinute: 8_000, scope: "subscription" },
    { name: "LowCostGetResource", capacity: 36, refillPerMinute: 12, scope: "resource" },
  ],
  catalogue: [{ name: "GetSubscriptionInfo3Min", capacity: 360, refillPerMinute: 120, scope: "subscription" }],
  read: [],
  none: [],
};

/** ARM's own buckets. Source: azure-wire.md section 9. */
const ARM_READS: Bucket = { name: "global-reads", capacity: 3_750, refillPerMinute: 3_750, scope: "subscription" };
const ARM_WRITES: Bucket = { name: "writes", capacity: 200, refillPerMinute: 600, scope: "subscription" };
const ARM_GLOBAL_WRITES: Bucket = {
  name: "global-writes",
  capacity: 3_000,
  refillPerMinute: 9_000,
  scope: "subscription",
};

/** Counts down and fills up again; refuses nothing. */
export class Counters {
  private readonly levels = new Map<string, { tokens: number; atMs: number }>();

  /** The counter headers of one answer. */
  headers(facts: HeaderFacts): Record<string, string> {
    switch (facts.counted) {
      case "none":
        return {};
      case "run":
      case "power":
        return {
          ...this.resourceHeader(facts),
          "x-ms-ratelimit-remaining-subscription-writes": String(this.take(ARM_WRITES, facts)),
          "x-ms-ratelimit-remaining-subscription-global-writes": String(this.take(ARM_GLOBAL_WRITES, facts)),
        };
      case "poll":
      case "getVm":
      case "catalogue":
      case "read":
        return {
          ...this.resourceHeader(facts),
          "x-ms-ratelimit-remaining-subscription-global-reads": String(this.take(ARM_READS, facts)),
        };
    }
  }

  private resourceHeader(facts: HeaderFacts): Record<string, string> {
    const counted = BUCKETS[facts.counted].map(
      (bucket) => `Microsoft.Compute/${bucket.name};${this.take(bucket, facts)}`,
    );
    return counted.length === 0 ? {} : { "x-ms-ratelimit-remaining-resource": counted.join(",") };
  }

  /** @returns what is left after this request. */
  private take(bucket: Bucket, facts: HeaderFacts): number {
    const key = bucket.scope === "resource" ? `${bucket.name}/${facts.resource.toLowerCase()}` : bucket.name;
    const level = this.levels.get(key) ?? { tokens: bucket.capacity, atMs: facts.nowMs };
    const refilled = level.tokens + ((facts.nowMs - level.atMs) / 60_000) * bucket.refillPerMinute;
    const tokens = Math.max(0, Math.min(bucket.capacity, refilled) - 1);
    this.levels.set(key, { tokens, atMs: facts.nowMs });
    return Math.floor(tokens);
  }
}
