/** One of Azure's token buckets, as far as this process can know what it still holds. */

export interface BucketSize {
  /** Most tokens that it holds. */
  readonly capacity: number;
  /** Tokens that come back at each step. */
  readonly refill: number;
  /** Time between two steps. */
  readonly everyMs: number;
  /** Tokens that it holds beside these, and that are never counted on. */
  readonly reserve?: number;
}

/**
 * Tokens come back in steps, and when the next step comes is not known: it is taken to be as late as it can be, a whole
 * step after the first request that found the bucket full. When a request arrives is not known either: its token is taken
 * to be gone from now on, and to be taken from Azure's bucket as late as when the answer is there, since until then a full
 * bucket gains nothing. So the bucket holds what is said here, or more.
 *
 * Source of the steps: Azure/azure-cli@0151a1b, test_enable_trusted_launch_on_v1.yaml (2026-04): five polls within 37 s
 * count down from 14,999 to 14,996, of which 5,000 a minute come back.
 */
export class Bucket {
  /** Without those of the requests that are out. */
  private level: number;
  /** Of the last step that is counted in `level`. */
  private stepAtMs: number;
  private blockedUntilMs = 0;
  /** The numbers of the requests whose answers are not there yet. */
  private readonly out = new Set<number>();
  private taken = 0;
  /** Number of the latest request whose answer told something. */
  private newestTold = 0;

  constructor(
    readonly size: BucketSize,
    nowMs: number,
  ) {
    this.level = size.capacity;
    this.stepAtMs = nowMs;
  }

  left(nowMs: number): number {
    this.fillUp(nowMs);
    return nowMs < this.blockedUntilMs ? 0 : Math.max(0, this.level - this.out.size);
  }

  /** How long until it holds as many tokens, if those that are out are answered by then; 0 when it does. */
  msUntil(tokens: number, nowMs: number): number {
    if (this.left(nowMs) >= tokens) {
      return 0;
    }
    const { capacity, refill, everyMs } = this.size;
    const steps = Math.ceil((Math.min(tokens + this.out.size, capacity) - this.level) / refill);
    const filledMs = steps <= 0 ? 0 : this.stepAtMs + steps * everyMs - nowMs;
    return Math.max(filledMs, this.blockedUntilMs - nowMs);
  }

  /** A request goes out. @returns its number, for the answer. */
  take(nowMs: number): number {
    this.fillUp(nowMs);
    this.taken += 1;
    this.out.add(this.taken);
    return this.taken;
  }

  /** The answer to a request is there, or will never be. `remaining` is what Azure says that is left. */
  answered(number: number, remaining: number | undefined, nowMs: number): void {
    this.fillUp(nowMs);
    this.out.delete(number);
    this.level = Math.max(0, this.level - 1);
    if (remaining === undefined) {
      return;
    }
    const told = Math.min(Math.max(remaining - (this.size.reserve ?? 0), 0), this.size.capacity);
    const atLeast = told - this.overtakenBy(number);
    if (number < this.newestTold || atLeast <= this.level) {
      this.level = Math.min(this.level, told);
    } else {
      if (atLeast - this.level > this.size.refill / 2) {
        // A step came earlier than it was counted on. Less than that is what other answers have not told yet.
        this.stepAtMs = nowMs;
      }
      this.level = atLeast;
    }
    this.newestTold = Math.max(this.newestTold, number);
  }

  /** How many went out later and have been answered: they are not counted in what its answer tells. */
  private overtakenBy(number: number): number {
    return this.taken - number - [...this.out].filter((other) => other > number).length;
  }

  /** Azure refused a request for want of tokens, and asks for patience: then one more may try. */
  refused(forMs: number, nowMs: number): void {
    this.fillUp(nowMs);
    this.level = 1;
    this.stepAtMs = nowMs;
    this.blockedUntilMs = Math.max(this.blockedUntilMs, nowMs + forMs);
  }

  /** Whether forgetting it loses nothing. */
  isFull(nowMs: number): boolean {
    return this.out.size === 0 && this.left(nowMs) === this.size.capacity;
  }

  private fillUp(nowMs: number): void {
    const { capacity, refill, everyMs } = this.size;
    if (nowMs < this.stepAtMs) {
      // The clock was set back. Every block is too long by as much, and ends at the latest when a step would have come.
      this.stepAtMs = nowMs;
      this.blockedUntilMs = Math.min(this.blockedUntilMs, nowMs + everyMs);
    }
    const steps = Math.floor((nowMs - this.stepAtMs) / everyMs);
    this.level = Math.min(capacity, this.level + steps * refill);
    this.stepAtMs = this.level === capacity ? nowMs : this.stepAtMs + steps * everyMs;
  }
}
