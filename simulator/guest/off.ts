/** The end of a guest, as what waits for something in it hears of it. */
import { GuestOffError } from "./guest";

/** The moment at which a guest goes off, for everything that waits on it. */
export class Off {
  happened = false;
  private readonly listeners = new Set<() => void>();

  happen(): void {
    this.happened = true;
    for (const listener of this.listeners) listener();
  }

  orElse<T>(work: Promise<T>, vmName: string): Promise<T> {
    return new Promise((settle, reject) => {
      const stop = (): void => reject(new GuestOffError(vmName));
      this.listeners.add(stop);
      work.then(settle, (error: unknown) => reject(this.happened ? new GuestOffError(vmName) : error));
      work.catch(() => undefined).finally(() => this.listeners.delete(stop));
    });
  }
}
