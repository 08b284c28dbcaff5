/** What waits for its turn on one VM, in the order in which it came; and how many scripts of resources have come. */
import { isForResource, type LaneItem, startsSomething } from "./lane-item";

export class LaneQueue {
  private waiting: readonly LaneItem[] = [];
  private runsSubmitted = 0;

  get items(): readonly LaneItem[] {
    return this.waiting;
  }

  /** How many scripts of resources have been sent, or wait for that. What only takes away does not count. */
  get runs(): number {
    return this.runsSubmitted;
  }

  add(item: LaneItem): void {
    this.waiting = [...this.waiting, item];
    this.runsSubmitted += countOf(item);
  }

  /** Takes out what is to be sent. */
  shift(count: number): void {
    this.waiting = this.waiting.slice(count);
  }

  /** Takes out what is not to be sent. @returns whether it was there still. */
  remove(item: LaneItem): boolean {
    const isThere = this.waiting.includes(item);
    if (isThere) {
      this.waiting = this.waiting.filter((one) => one !== item);
      this.uncount(item);
    }
    return isThere;
  }

  /** Takes out what would start something. */
  removeStarts(): readonly LaneItem[] {
    const starts = this.waiting.filter(startsSomething);
    for (const item of starts) this.remove(item);
    return starts;
  }

  /** What was taken out to be sent, and then was not, needs nothing on the VM. */
  uncount(item: LaneItem): void {
    this.runsSubmitted -= countOf(item);
  }
}

function countOf(item: LaneItem): number {
  return "request" in item && isForResource(item.request) ? 1 : 0;
}
