/** Sends again, apart, what was sent together and of which nothing has begun: what one of them has in it is not to fail its neighbours. */
import { RunFailedError } from "../failures/errors";

/**
 * After so many refusals in a row the cause is hardly one of them, and nothing is taken apart any further. One that is refused
 * among 60 takes 7 in a row, and 9 that stand side by side take no more than this.
 *
 * Source: our own choice; Azure gives a VM 12 commands at once, and 4 a minute.
 */
const REFUSALS_IN_A_ROW_MAX = 16;

export interface ApartOptions<Item, Answer> {
  /** @throws when none of them was answered. */
  send(part: readonly Item[]): Promise<readonly Answer[]>;
  answered(item: Item, answer: Answer): void;
  failed(item: Item, error: unknown): void;
  /** Whom alone an error is about, so that the others can be sent without them; `undefined` where it is about all. */
  concerns(error: unknown): ((item: Item) => boolean) | undefined;
  /** Told when Azure has refused what was sent together, and it is to be sent again in parts. */
  onParting(part: readonly Item[]): void;
}

/** Every item is answered or failed at the end, and they are sent in their order. */
export async function sendApart<Item, Answer>(
  items: readonly Item[],
  { send, answered, failed, concerns, onParting }: ApartOptions<Item, Answer>,
): Promise<void> {
  const parts: (readonly Item[])[] = [items];
  let refusals = 0;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    try {
      const answers = await send(part);
      refusals = 0;
      part.forEach((item, index) => {
        const answer = answers[index];
        if (answer !== undefined) {
          answered(item, answer);
        }
      });
    } catch (error) {
      const isRefused = isRefusedForContent(error);
      refusals += isRefused ? 1 : 0;
      if (isRefused && part.length > 1 && refusals < REFUSALS_IN_A_ROW_MAX) {
        const half = Math.ceil(part.length / 2);
        parts.unshift(part.slice(0, half), part.slice(half));
        onParting(part);
        continue;
      }
      const concerned = part.filter(concerns(error) ?? (() => true));
      const others = part.filter((item) => !concerned.includes(item));
      for (const item of concerned.length === 0 ? part : concerned) failed(item, error);
      if (concerned.length > 0 && others.length > 0) {
        parts.unshift(others);
      }
    }
  }
}

/**
 * Whether Azure did not take a command for what is in it, so that nothing of it can have run. All other refusals are about who
 * sends it, about the VM or about the moment, and would be the same for each part.
 */
function isRefusedForContent(error: unknown): boolean {
  return (
    error instanceof RunFailedError &&
    !error.mayHaveRun &&
    error.failure.kind === "RequestRefused" &&
    (error.failure.status === 400 || error.failure.status === 413)
  );
}
