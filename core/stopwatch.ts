/** Time that passes, whatever is done to the clock of the machine. */
import type { Outside } from "./outside";

/** Goes on while the clock of the machine is set back, and by no less than was slept. */
export class Stopwatch {
  private passedMs = 0;
  private readAtMs: number;

  constructor(private readonly outside: Pick<Outside, "nowMs" | "sleep">) {
    this.readAtMs = outside.nowMs();
  }

  /** Since it was made. */
  nowMs(): number {
    const nowMs = this.outside.nowMs();
    this.passedMs += Math.max(nowMs - this.readAtMs, 0);
    this.readAtMs = nowMs;
    return this.passedMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const fromMs = this.nowMs();
    await this.outside.sleep(ms, signal);
    this.passedMs = Math.max(this.nowMs(), fromMs + ms);
  }
}
