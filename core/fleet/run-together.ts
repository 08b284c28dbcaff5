/** Works on many things at once, and never on more than may be. */

export interface Together {
  readonly maxAtOnce: number;
  /** Asked before each one is begun; once it says no, nothing more is. */
  readonly mayBegin: () => boolean;
}

/**
 * Begins them in their order, the next as soon as one has ended. What has begun is waited for, whatever happens.
 *
 * @returns how each ended, in the order of the items; `undefined` for those that were not begun.
 * @throws what a piece of work threw: then no further one was begun.
 */
export async function runTogether<Item, End>(
  items: readonly Item[],
  { maxAtOnce, mayBegin }: Together,
  work: (item: Item) => Promise<End>,
): Promise<readonly (End | undefined)[]> {
  const ends = items.map((): End | undefined => undefined);
  const waiting = items.entries();
  let mayGoOn = true;
  const goThrough = async () => {
    for (;;) {
      mayGoOn &&= mayBegin();
      const next = mayGoOn ? waiting.next() : undefined;
      if (next === undefined || next.done === true) {
        return;
      }
      const [index, item] = next.value;
      try {
        ends[index] = await work(item);
      } catch (error) {
        mayGoOn = false;
        throw error;
      }
    }
  };
  const all = await Promise.allSettled(Array.from({ length: Math.min(maxAtOnce, items.length) }, goThrough));
  const thrown = all.find((one) => one.status === "rejected");
  if (thrown !== undefined) {
    throw thrown.reason;
  }
  return ends;
}
