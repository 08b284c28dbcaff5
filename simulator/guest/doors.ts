/**
 * The doors into a guest: our own child processes, each of which waits outside for a program that it started inside.
 * `nsenter` stops itself when that program stops (`kill -STOP 0`). Stopped, it does not collect the program when it is
 * killed, and the guest's end waits for that.
 */
import type { ChildProcess } from "node:child_process";

const WAKE_EVERY_MS = 10;
/** How long a door is given to end by itself after its guest. Source: assumed. */
const PATIENCE_MS = 2_000;
/** How long the end of a guest may take. Source: assumed. */
const END_TIMEOUT_MS = 10_000;

export class Doors {
  private readonly open = new Set<ChildProcess>();

  add(child: ChildProcess): ChildProcess {
    this.open.add(child);
    for (const event of ["exit", "error"]) child.once(event, () => this.open.delete(child));
    return child;
  }

  /** Sees to it that work which needs the doors to end is not held up by a stopped one. */
  async wakeDuring<T>(work: Promise<T>): Promise<T> {
    const waking = setInterval(() => this.signal("SIGCONT"), WAKE_EVERY_MS);
    return await work.finally(() => clearInterval(waking));
  }

  /** Waits for a guest that was killed, and then for its doors; fails when the guest does not end. */
  async closeAfter(guestEnd: Promise<void>, vmName: string): Promise<void> {
    const late = setTimeout(() => this.signal("SIGKILL"), PATIENCE_MS);
    try {
      await this.wakeDuring(within(guestEnd, `the guest of '${vmName}' does not end`));
      await this.wakeDuring(within(this.allClosed(), `a command in the guest of '${vmName}' does not end`));
    } finally {
      clearTimeout(late);
    }
  }

  private async allClosed(): Promise<void> {
    const ended = (child: ChildProcess) => new Promise((settle) => child.once("exit", settle).once("error", settle));
    await Promise.all([...this.open].map(ended));
  }

  private signal(name: NodeJS.Signals): void {
    for (const child of this.open) child.kill(name);
  }
}

async function within(work: Promise<void>, problem: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new Error(problem)), END_TIMEOUT_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
