/**
 * Counts requests in Azure's buckets, refuses what finds one empty, and tells what is left.
 *
 * Source: Learn, "Compute throttling limits" and "Understand how Azure Resource Manager throttles requests". Assumed: that a
 * bucket's steps are counted from its first request, and the rest that ../assumed.ts says of this file.
 */
import { ARM_BUCKETS, type BucketKind, COMPUTE_BUCKETS } from "./buckets";
import { type ArmReply, type Counted, refused } from "./reply";
import { armThrottled, computeThrottled } from "./too-many-requests";

/** `none`: nothing is refused, and every answer says that the buckets are full. */
export type ThrottlingKind = "none" | "azure";

export interface Arrival {
  readonly method: string;
  /** What is counted by itself: the VM, the scale set or the operation, in whatever case. */
  readonly resource: string;
  readonly nowMs: number;
  readonly subscriptionId: string;
  readonly objectId: string;
}

interface Level {
  readonly kind: BucketKind;
  tokens: number;
  /** Of the last refill. */
  filledAtMs: number;
}

export class Throttling {
  private readonly levels = new Map<string, Level>();

  constructor(private readonly kind: ThrottlingKind) {}

  /** Counts a request at ARM. @returns the answer when ARM refuses it. */
  enterArm(arrival: Arrival): ArmReply | undefined {
    const kind = armKind(arrival.method);
    const { own, everybody } = ARM_BUCKETS[kind];
    const empty = this.take([own, everybody], arrival);
    if (empty === undefined) {
      return undefined;
    }
    const waitSeconds = waitOf(empty, arrival.nowMs);
    const { subscriptionId, objectId } = arrival;
    const error = armThrottled({ kind: kind === "read" ? "read" : "write", subscriptionId, objectId, waitSeconds });
    return refused(error, { "retry-after": String(waitSeconds) });
  }

  /** Counts a request that has reached Compute. @returns the answer when Compute refuses it. */
  enterCompute(counted: Counted, arrival: Arrival): ArmReply | undefined {
    const empty = this.take(COMPUTE_BUCKETS[counted], arrival);
    if (empty === undefined) {
      return undefined;
    }
    const { name, capacity, everyMs } = empty.kind;
    const error = computeThrottled({ name, allowed: capacity, windowMs: everyMs }, arrival.nowMs);
    return refused(error, { "retry-after": String(waitOf(empty, arrival.nowMs)) });
  }

  /** What is left after this request, as headers. */
  headers(counted: Counted, arrival: Arrival): Record<string, string> {
    if (counted === "none") {
      return {};
    }
    const left = (kind: BucketKind): string =>
      String(this.kind === "none" ? kind.capacity - 1 : this.levelOf(kind, arrival).tokens);
    const ofCompute = COMPUTE_BUCKETS[counted].map((kind) => `Microsoft.Compute/${kind.name};${left(kind)}`);
    const kind = armKind(arrival.method);
    const { own, everybody } = ARM_BUCKETS[kind];
    // Answers to reads say only what is left for everybody. Source: the recordings of 2026.
    const ofArm = kind === "read" && this.kind === "azure" ? [everybody] : [own, everybody];
    return {
      ...(ofCompute.length === 0 ? {} : { "x-ms-ratelimit-remaining-resource": ofCompute.join(",") }),
      ...Object.fromEntries(ofArm.map((bucket) => [bucket.name, left(bucket)])),
    };
  }

  /** All or none. @returns one that is empty. */
  private take(kinds: readonly BucketKind[], arrival: Arrival): Level | undefined {
    if (this.kind === "none") {
      return undefined;
    }
    const levels = kinds.map((kind) => this.levelOf(kind, arrival));
    const empty = levels.find(({ tokens }) => tokens < 1);
    if (empty === undefined) {
      for (const level of levels) {
        level.tokens -= 1;
      }
    }
    return empty;
  }

  private levelOf(kind: BucketKind, { resource, nowMs }: Arrival): Level {
    const key = kind.scope === "resource" ? `${kind.name}/${resource.toLowerCase()}` : kind.name;
    const level = this.levels.get(key) ?? { kind, tokens: kind.capacity, filledAtMs: nowMs };
    const steps = Math.max(0, Math.floor((nowMs - level.filledAtMs) / kind.everyMs));
    level.tokens = Math.min(kind.capacity, level.tokens + steps * kind.refill);
    level.filledAtMs += steps * kind.everyMs;
    this.levels.set(key, level);
    return level;
  }
}

function armKind(method: string): keyof typeof ARM_BUCKETS {
  switch (method) {
    case "GET":
    case "HEAD":
      return "read";
    case "DELETE":
      return "delete";
    default:
      return "write";
  }
}

/** Whole seconds until the next refill. */
function waitOf({ kind, filledAtMs }: Level, nowMs: number): number {
  return Math.max(1, Math.ceil((filledAtMs + kind.everyMs - nowMs) / 1_000));
}
