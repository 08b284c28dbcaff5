/** Keeps the faults that are set, and chooses which one strikes a request. No clock, no network: the seed is its only chance. */
import { type Random, seededRandom } from "../timing";
import { type Fault, matches, type Sight } from "./fault";

/** A fault with what became of it. */
export interface FaultReport {
  readonly fault: Fault;
  /** Requests that it looked at; it does not look any more when it is exhausted. */
  readonly matched: number;
  /** Requests that it hit. */
  readonly struck: number;
}

interface Entry {
  readonly fault: Fault;
  readonly random: Random;
  matched: number;
  struck: number;
}

/** Spreads the seeds of one run's faults. Source: 2^32 divided by the golden ratio, as in Knuth's multiplicative hashing. */
const SEED_STEP = 0x9e3779b1;

export class FaultChoice {
  private entries: Entry[] = [];

  constructor(private readonly seed: number) {}

  /** Each has chances of its own: what strikes it or others does not change which requests it would strike. */
  add(faults: readonly Fault[]): void {
    for (const fault of faults) {
      const random = seededRandom((this.seed + Math.imul(this.entries.length, SEED_STEP)) >>> 0);
      this.entries.push({ fault, random, matched: 0, struck: 0 });
    }
  }

  clear(): void {
    this.entries = [];
  }

  list(): readonly FaultReport[] {
    return this.entries.map(({ fault, matched, struck }) => ({ fault, matched, struck }));
  }

  /** Every fault that matches looks at the request; the one that was set first strikes, the others keep their strike. */
  choose(sight: Sight): Fault | undefined {
    const wanting = this.entries.filter((entry) => !exhausted(entry) && matches(entry.fault, sight) && wants(entry));
    const [first] = wanting;
    if (first !== undefined) {
      first.struck += 1;
    }
    return first?.fault;
  }
}

function exhausted({ fault, struck }: Entry): boolean {
  return fault.count !== undefined && struck >= fault.count;
}

function wants(entry: Entry): boolean {
  entry.matched += 1;
  const { skip, share } = entry.fault;
  return entry.matched > skip && (share === undefined || entry.random() < share);
}
