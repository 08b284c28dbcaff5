/** Carries out work as the engine does: so many at once, the next one when one of them has ended, and one begins after the other. */
import type { Outside } from "../../core/outside";

export interface ParallelOptions {
  readonly parallel: number;
  /** How long the engine takes between two that it begins. */
  readonly gapMs: number;
  readonly outside: Pick<Outside, "nowMs" | "sleep">;
}

export async function inParallel<Item, Result>(
  items: readonly Item[],
  { parallel, gapMs, outside }: ParallelOptions,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  let freeAtMs = outside.nowMs();
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const waitMs = Math.max(0, freeAtMs - outside.nowMs());
      freeAtMs = outside.nowMs() + waitMs + gapMs;
      await outside.sleep(waitMs);
      results[index] = await work(items[index] as Item);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}
