/** A clock that only moves when it is told to. */
import type { Clock } from "../../simulator/clock";

export class VirtualClock implements Clock {
  private entries: { atMs: number; action: () => void }[] = [];

  constructor(private timeMs: number) {}

  nowMs(): number {
    return this.timeMs;
  }

  at(atMs: number, action: () => void): () => void {
    const entry = { atMs, action };
    this.entries.push(entry);
    return () => {
      this.entries = this.entries.filter((other) => other !== entry);
    };
  }

  /** Lets time pass: runs what is due, in order, and lets promises settle after each. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.timeMs + byMs;
    for (;;) {
      await settle();
      const due = this.entries.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) {
        break;
      }
      this.entries = this.entries.filter((entry) => entry !== due);
      this.timeMs = Math.max(this.timeMs, due.atMs);
      due.action();
    }
    this.timeMs = untilMs;
  }
}

/** Lets everything run that waits for nothing but promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
