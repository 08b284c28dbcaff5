/** Waits a moment for company: what comes to a VM now goes along, and what comes later waits for a whole operation. */
import { COMPANY_LIKELY_PART, COMPANY_MAX_PART, COMPANY_PART } from "../limits";
import type { Outside } from "../outside";

export interface Gathering {
  readonly outside: Pick<Outside, "nowMs" | "sleep">;
  /** How long an operation takes here at least: what is worth a moment, and how long a moment is. */
  readonly operationMs: number;
  readonly signal?: AbortSignal | undefined;
  /** When the last request came. */
  lastArrivalAtMs(): number;
  /** Whether more has come before, at a time: then more is to be expected. */
  isLikely(): boolean;
  /** Whether nothing more goes along. */
  isFull(): boolean;
  /** Ends when what is about to come has come; `undefined` when nothing is known of. */
  onTheWay(): Promise<unknown> | undefined;
}

/** Until for a moment nothing has come, and nothing is known to come. */
export async function gather(gathering: Gathering): Promise<void> {
  const { outside, operationMs, signal, lastArrivalAtMs, isLikely, isFull, onTheWay } = gathering;
  let calmSinceMs = outside.nowMs();
  const untilMs = calmSinceMs + Math.round(operationMs * COMPANY_MAX_PART);
  for (;;) {
    const coming = onTheWay();
    if (coming !== undefined) {
      await within(untilMs, coming, gathering);
      calmSinceMs = outside.nowMs();
    }
    calmSinceMs = Math.max(calmSinceMs, lastArrivalAtMs());
    const momentMs = Math.round(operationMs * (isLikely() ? COMPANY_LIKELY_PART : COMPANY_PART));
    const leftMs = Math.min(calmSinceMs + momentMs, untilMs) - outside.nowMs();
    if (leftMs <= 0 || isFull()) {
      return;
    }
    await outside.sleep(leftMs, signal);
  }
}

/** Waits for something, however it ends, but not for ever. */
async function within(
  untilMs: number,
  something: Promise<unknown>,
  { outside, signal }: Pick<Gathering, "outside" | "signal">,
): Promise<void> {
  const over = new AbortController();
  const signals = signal === undefined ? [over.signal] : [over.signal, signal];
  const either = [something, outside.sleep(Math.max(0, untilMs - outside.nowMs()), AbortSignal.any(signals))];
  await Promise.race(either.map((one) => one.catch(() => undefined)));
  over.abort();
}
