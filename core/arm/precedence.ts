/** Who goes first where Azure's buckets do not hold enough for all, and who had better wait. Pure, but for what it is told. */
import type { Bucket } from "./bucket";
import type { Charge } from "./request-limits";

export interface BudgetedRequest {
  readonly method: "GET" | "POST";
  /** Begins with a slash. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  /**
   * How likely it is that the request tells what is waited for, at this moment; from 0 to 1, and nothing else is at stake.
   * Without it the request is needed whatever comes of it.
   */
  readonly worth?: (() => number) | undefined;
  /** Told when the request has to wait, and for about how long. */
  readonly onHeld?: ((waitMs: number) => void) | undefined;
}

export interface Kept {
  readonly charge: Charge;
  readonly bucket: Bucket;
}

/** A request that is to go out. */
export interface Asking {
  readonly request: BudgetedRequest;
  readonly kept: readonly Kept[];
  readonly sinceMs: number;
}

/** How much what is needed counts beside polls, of which some find nothing. */
const NEEDED_WORTH = 0.5;
/**
 * What a poll must be worth to take the last token; the fuller the bucket, the less. Source: tried: with half, the ends of
 * 200 operations that began at once are seen soonest.
 */
const LAST_TOKEN_WORTH = 0.5;
/** In which time of waiting a poll becomes worth as much as one that surely tells something, so that none waits for ever. */
const POLL_PATIENCE_MS = 20_000;
/** The same, of what is needed: what begins later is seen to its end all the same, so it must not keep the others back. */
const NEEDED_PATIENCE_MS = 120_000;

/** Whether Azure's buckets have something for it, and it is worth that. */
export function mayGo({ request, kept }: Asking, worth: number, nowMs: number): boolean {
  return kept.every(({ charge, bucket }) => {
    const left = bucket.left(nowMs);
    // What is Compute's, the schedule of each operation spares by itself.
    const isPriced = request.worth !== undefined && charge.keeper === "arm";
    return left >= 1 && (!isPriced || worth >= price(left, bucket.size.capacity));
  });
}

/** What a request must be worth while so much is left. */
function price(left: number, capacity: number): number {
  return LAST_TOKEN_WORTH * (1 - left / capacity);
}

/** What it is worth, which grows while it waits. */
export function worthOf({ request: { worth }, sinceMs }: Asking, nowMs: number): number {
  const waitedMs = Math.max(0, nowMs - sinceMs);
  return worth === undefined ? NEEDED_WORTH + waitedMs / NEEDED_PATIENCE_MS : worth() + waitedMs / POLL_PATIENCE_MS;
}
