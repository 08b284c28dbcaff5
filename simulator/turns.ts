/** Lets pieces of work that have the same name happen one after the other. */

export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Begins when all work of that name that came before has ended, well or not. */
  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.last.set(name, mine);
    const forget = (): void => {
      if (this.last.get(name) === mine) {
        this.last.delete(name);
      }
    };
    mine.then(forget, forget);
    return mine;
  }
}
