/**
 * Lets requests out so that none of them finds one of Azure's buckets empty. One for each session.
 *
 * What Azure publishes is where it begins; what Azure's headers say corrects it, also for what other processes take.
 */
import type { Outside } from "../outside";
import { Bucket } from "./bucket";
import { retryAfterMs } from "./lro";
import { type Asking, type BudgetedRequest, type Kept, mayGo, worthOf } from "./precedence";
import { type Charge, chargesOf, remainingIn } from "./request-limits";

/** What is told of the answer to a request that was let out; undefined when none came. */
export type Settle = (reply: BudgetedReply | undefined) => void;

export interface BudgetedReply {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: string;
}

/** How often it is looked again at what requests are worth. */
const LOOK_AGAIN_MS = 200;
/** What answers tell in the meantime is looked at not more often than this. */
const LOOK_AGAIN_MIN_MS = 20;
/** Shorter waits are not told. */
const HELD_MIN_MS = 1_000;
/** How long others are kept back when Azure asks one for patience. Source: our own choice; then the next one asks again. */
const REFUSED_MAX_MS = 120_000;
/** So many buckets are kept, whether they are full or not. */
const BUCKETS_KEPT = 1_000;

interface Waiter extends Asking {
  readonly go: (settle: Settle) => void;
}

export class Budget {
  private readonly buckets = new Map<string, Bucket>();
  private readonly waiting: Waiter[] = [];
  private bucketsMax = BUCKETS_KEPT;
  private lookedAtMs = 0;
  /** The next look after those who wait, and what puts another one in its place. */
  private next: { readonly looksAtMs: number; readonly wake: AbortController } | undefined;

  constructor(private readonly outside: Pick<Outside, "nowMs" | "sleep">) {}

  /**
   * Resolves when the request may go out. Then it must, or be settled with `undefined`.
   *
   * @throws the signal's reason when it aborts before.
   */
  async admit(request: BudgetedRequest): Promise<Settle> {
    request.signal?.throwIfAborted();
    const nowMs = this.outside.nowMs();
    const kept = chargesOf(request.method, request.path).map((charge) => ({ charge, bucket: this.bucketOf(charge) }));
    const asking: Asking = { request, kept, sinceMs: nowMs };
    const canGo = mayGo(asking, worthOf(asking, nowMs), nowMs);
    if (this.waiting.length === 0 && canGo) {
      return this.take(kept);
    }
    return new Promise<Settle>((resolve, reject) => {
      const { signal } = request;
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(signal?.reason);
      };
      const go = (settle: Settle) => {
        signal?.removeEventListener("abort", leave);
        resolve(settle);
      };
      const waiter: Waiter = { ...asking, go };
      signal?.addEventListener("abort", leave, { once: true });
      this.waiting.push(waiter);
      if (canGo) {
        this.letOut();
      }
      this.tell(waiter);
      this.lookAfterAll();
    });
  }

  private bucketOf(charge: Charge): Bucket {
    const nowMs = this.outside.nowMs();
    const known = this.buckets.get(charge.key);
    if (known !== undefined) {
      return known;
    }
    if (this.buckets.size >= this.bucketsMax) {
      this.forgetFullOnes(nowMs);
    }
    const bucket = new Bucket(charge.size, nowMs);
    this.buckets.set(charge.key, bucket);
    return bucket;
  }

  /** Each operation has a bucket of its own, and a session may see many operations. */
  private forgetFullOnes(nowMs: number): void {
    const full = [...this.buckets].filter(([, bucket]) => bucket.isFull(nowMs));
    for (const [key] of full) {
      this.buckets.delete(key);
    }
    this.bucketsMax = Math.max(BUCKETS_KEPT, 2 * this.buckets.size);
  }

  private tell(waiter: Waiter): void {
    if (waiter.request.onHeld === undefined || !this.waiting.includes(waiter)) {
      return;
    }
    const nowMs = this.outside.nowMs();
    const waits = waiter.kept.map(({ bucket }) => {
      const before = this.waiting.filter(({ kept }) => kept.some((one) => one.bucket === bucket)).length;
      return bucket.msUntil(Math.min(before, bucket.size.capacity), nowMs);
    });
    const waitMs = Math.max(...waits);
    if (waitMs >= HELD_MIN_MS) {
      waiter.request.onHeld(waitMs);
    }
  }

  /** Lets out whoever can go, those first that are worth most. */
  private letOut(): void {
    const nowMs = this.outside.nowMs();
    this.lookedAtMs = nowMs;
    const ranked = this.waiting.filter(({ kept }) => kept.every(({ bucket }) => bucket.left(nowMs) >= 1));
    const worth = new Map(ranked.map((waiter) => [waiter, worthOf(waiter, nowMs)] as const));
    ranked.sort((a, b) => (worth.get(b) ?? 0) - (worth.get(a) ?? 0));
    for (const waiter of ranked) {
      if (mayGo(waiter, worth.get(waiter) ?? 0, nowMs)) {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        waiter.go(this.take(waiter.kept));
      }
    }
  }

  /** One timer for all who wait: it is set to the first of them, and goes when nobody is left. */
  private lookAfterAll(): void {
    const looksAtMs = this.outside.nowMs() + this.nextLookMs();
    if (this.waiting.length === 0 || (this.next !== undefined && this.next.looksAtMs <= looksAtMs)) {
      return;
    }
    this.next?.wake.abort();
    const wake = new AbortController();
    this.next = { looksAtMs, wake };
    this.outside.sleep(looksAtMs - this.outside.nowMs(), wake.signal).then(
      () => {
        this.next = undefined;
        this.letOut();
        this.lookAfterAll();
      },
      () => undefined,
    );
  }

  private nextLookMs(): number {
    const nowMs = this.outside.nowMs();
    const waits = this.waiting.map(({ kept }) => Math.max(...kept.map(({ bucket }) => bucket.msUntil(1, nowMs))));
    return Math.max(LOOK_AGAIN_MS, Math.min(...waits));
  }

  private take(kept: readonly Kept[]): Settle {
    const takenAtMs = this.outside.nowMs();
    const numbers = kept.map(({ bucket }) => bucket.take(takenAtMs));
    let settled = false;
    return (reply) => {
      if (settled) {
        return;
      }
      settled = true;
      const nowMs = this.outside.nowMs();
      const remaining = reply === undefined ? undefined : remainingIn((name) => reply.header(name));
      kept.forEach(({ charge, bucket }, index) => {
        const named = [...(remaining ?? [])].filter(([name]) => charge.isCalled(name)).map(([, count]) => count);
        bucket.answered(numbers[index] ?? 0, named.length === 0 ? undefined : Math.min(...named), nowMs);
      });
      if (reply?.status === 429) {
        refuse(kept, reply, nowMs);
      }
      if (this.waiting.length > 0 && Math.abs(nowMs - this.lookedAtMs) >= LOOK_AGAIN_MIN_MS) {
        this.letOut();
      }
    };
  }
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
