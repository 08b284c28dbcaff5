/**
 * Lets requests out so that none of them finds one of Azure's buckets empty. One for each session.
 *
 * What Azure publishes is where it begins; what Azure's headers say corrects it, also for what other processes take.
 */
import { REQUESTS_UNDER_WAY_MAX } from "../limits";
import type { Outside } from "../outside";
import { Bucket } from "./bucket";
import { type BudgetedReply, tellBuckets } from "./bucket-answers";
import { type Asking, type BudgetedRequest, type Kept, mayGo, worthOf } from "./precedence";
import { type Charge, chargesOf } from "./request-limits";

/** What is told of the answer to a request that was let out; undefined when none came. */
export type Settle = (reply: BudgetedReply | undefined) => void;

/** How often it is looked again at what requests are worth. */
const LOOK_AGAIN_MS = 200;
/** What answers tell in the meantime is looked at not more often than this. */
const LOOK_AGAIN_MIN_MS = 20;
/** Shorter waits are not told. */
const HELD_MIN_MS = 1_000;
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
  /** Requests whose answers are not there yet. */
  private underWay = 0;
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
    const charges = chargesOf(request.method, request.path);
    const kept = charges.map((charge) => ({ charge, bucket: this.bucketOf(charge, nowMs) }));
    const asking: Asking = { request, kept, sinceMs: nowMs };
    const canGo = this.hasRoom() && mayGo(asking, worthOf(asking, nowMs), nowMs);
    if (this.waiting.length === 0 && canGo) {
      return this.take(kept, nowMs);
    }
    return new Promise<Settle>((resolve, reject) => {
      const { signal } = request;
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        this.endLookUnlessWanted();
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
        this.letOut(nowMs);
      }
      this.tell(waiter, nowMs);
      this.lookAfterAll(nowMs);
    });
  }

  private bucketOf(charge: Charge, nowMs: number): Bucket {
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

  private tell(waiter: Waiter, nowMs: number): void {
    if (waiter.request.onHeld === undefined || !this.waiting.includes(waiter)) {
      return;
    }
    const waits = waiter.kept.map(({ bucket }) => {
      const before = this.waiting.filter(({ kept }) => kept.some((one) => one.bucket === bucket)).length;
      return bucket.msUntil(Math.min(before, bucket.size.capacity), nowMs);
    });
    const waitMs = Math.max(...waits);
    if (waitMs >= HELD_MIN_MS) {
      waiter.request.onHeld(waitMs);
    }
  }

  /**
   * Lets out whoever can go, those first that are worth most.
   *
   * @param nowMs one moment for all of them, however long that takes: a bucket would count the time twice that goes back.
   */
  private letOut(nowMs: number): void {
    if (!this.hasRoom()) {
      return;
    }
    this.lookedAtMs = nowMs;
    const ranked = this.waiting.filter(({ kept }) => kept.every(({ bucket }) => bucket.left(nowMs) >= 1));
    const worth = new Map(ranked.map((waiter) => [waiter, worthOf(waiter, nowMs)] as const));
    ranked.sort((a, b) => (worth.get(b) ?? 0) - (worth.get(a) ?? 0));
    for (const waiter of ranked) {
      if (this.hasRoom() && mayGo(waiter, worth.get(waiter) ?? 0, nowMs)) {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        waiter.go(this.take(waiter.kept, nowMs));
      }
    }
    this.endLookUnlessWanted();
  }

  /** A timer for nobody would keep the process. */
  private endLookUnlessWanted(): void {
    if (this.waiting.length === 0) {
      this.next?.wake.abort();
      this.next = undefined;
    }
  }

  /** One timer for all who wait: it is set to the first of them, and goes when nobody is left. */
  private lookAfterAll(nowMs: number): void {
    const isSetFor = (atMs: number) => this.next !== undefined && this.next.looksAtMs <= atMs;
    // To find out when the next look is worth while takes as long as there are many who wait, and many come at once.
    if (this.waiting.length === 0 || isSetFor(nowMs + this.nextLookMinMs())) {
      return;
    }
    const looksAtMs = nowMs + this.nextLookMs(nowMs);
    if (isSetFor(looksAtMs)) {
      return;
    }
    this.next?.wake.abort();
    const wake = new AbortController();
    this.next = { looksAtMs, wake };
    this.outside.sleep(looksAtMs - nowMs, wake.signal).then(
      () => {
        const wokenAtMs = this.outside.nowMs();
        this.next = undefined;
        this.letOut(wokenAtMs);
        this.lookAfterAll(wokenAtMs);
      },
      () => undefined,
    );
  }

  private nextLookMs(nowMs: number): number {
    if (!this.hasRoom()) {
      return this.nextLookMinMs();
    }
    const waits = this.waiting.map(({ kept }) => Math.max(...kept.map(({ bucket }) => bucket.msUntil(1, nowMs))));
    return Math.max(this.nextLookMinMs(), Math.min(...waits));
  }

  /** Room for another request may come at any moment. */
  private nextLookMinMs(): number {
    return this.hasRoom() ? LOOK_AGAIN_MS : LOOK_AGAIN_MIN_MS;
  }

  private hasRoom(): boolean {
    return this.underWay < REQUESTS_UNDER_WAY_MAX;
  }

  private take(kept: readonly Kept[], takenAtMs: number): Settle {
    this.underWay += 1;
    const numbers = kept.map(({ bucket }) => bucket.take(takenAtMs));
    let settled = false;
    return (reply) => {
      if (settled) {
        return;
      }
      settled = true;
      this.underWay -= 1;
      const nowMs = this.outside.nowMs();
      tellBuckets(kept, numbers, reply, nowMs);
      if (this.waiting.length > 0 && Math.abs(nowMs - this.lookedAtMs) >= LOOK_AGAIN_MIN_MS) {
        this.letOut(nowMs);
      }
    };
  }
}
