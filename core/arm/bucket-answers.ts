/** What the answer to a request tells of Azure's buckets, told to those that the request took from. */
import { retryAfterMs } from "./lro";
import type { Kept } from "./precedence";
import { type Charge, remainingIn } from "./request-limits";

export interface BudgetedReply {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: string;
}

/** How long others are kept back when Azure asks one for patience. Source: our own choice; then the next one asks again. */
const REFUSED_MAX_MS = 120_000;

/**
 * @param numbers those that the buckets gave the request, in the order of `kept`.
 * @param reply undefined when none came.
 */
export function tellBuckets(
  kept: readonly Kept[],
  numbers: readonly number[],
  reply: BudgetedReply | undefined,
  nowMs: number,
): void {
  const remaining = reply && remainingIn((name) => reply.header(name));
  kept.forEach(({ charge, bucket }, index) => {
    bucket.answered(numbers[index] ?? 0, remaining && leastOf(charge, remaining), nowMs);
  });
  if (reply?.status === 429) {
    refuse(kept, reply, nowMs);
  }
}

/** What an answer says that is left in one bucket; the least where it says it in several ways, and undefined where it does not. */
function leastOf(charge: Charge, remaining: ReadonlyMap<string, number>): number | undefined {
  let least: number | undefined;
  for (const [name, count] of remaining) {
    if (charge.isCalled(name)) {
      least = Math.min(count, least ?? count);
    }
  }
  return least;
}

/** Nobody else need find the bucket empty that a request has found so. Without a time, each one waits by itself. */
function refuse(kept: readonly Kept[], reply: BudgetedReply, nowMs: number): void {
  const waitMs = retryAfterMs(reply.header("retry-after"), nowMs);
  if (waitMs === undefined) {
    return;
  }
  const keeper = /"(Subscription|Tenant)RequestsThrottled"/.test(reply.body) ? "arm" : "compute";
  // The first of a keeper is the narrowest. Compute names the other one when it is that.
  const buckets = kept.filter(({ charge }) => charge.keeper === keeper);
  const found = /SubscriptionMaximum/.test(reply.body) ? buckets.at(-1) : buckets[0];
  (found ?? kept[0])?.bucket.refused(Math.min(waitMs, REFUSED_MAX_MS), nowMs);
}
