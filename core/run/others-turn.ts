/** Leaves a VM to other clients now and then, while this one only waits for what runs there. */
import type { Stopwatch } from "../stopwatch";

/**
 * A long script is waited for by calls that follow each other at once, and Azure runs one call at a time on a VM: another client
 * (a second stack, the command line), which asks every 15 s at most (`invoke.ts`), would hardly ever find the VM free. So after
 * two minutes of such calls, and from then on after each minute, it is left free for as long as that client needs to ask once. What
 * it costs is that the end of a script of more than two minutes is known some 2 s later on average, and 16 s at most.
 *
 * Source: our own choice. With slices of a minute a client that comes to a script which has gone on for longer has its turn within
 * 93 s (154 s in the first two minutes).
 */
const FIRST_OWN_TURN_MS = 120_000;
const LATER_OWN_TURN_MS = 60_000;
const OTHERS_TURN_MS = 16_000;

export class OthersTurn {
  /** Since then the VM has hardly been left to anybody. */
  private sinceMs = 0;
  private ownTurnMs = FIRST_OWN_TURN_MS;
  /** When the last call came back. */
  private endedAtMs = Number.NEGATIVE_INFINITY;
  private ending: AbortController | undefined;

  constructor(private readonly watch: Stopwatch) {}

  callEnded(): void {
    this.endedAtMs = this.watch.nowMs();
  }

  /** Rests when it is time for that. */
  async leave(signal: AbortSignal | undefined): Promise<void> {
    const nowMs = this.watch.nowMs();
    if (nowMs - this.endedAtMs >= OTHERS_TURN_MS) {
      this.sinceMs = nowMs;
      this.ownTurnMs = FIRST_OWN_TURN_MS;
    }
    if (nowMs - this.sinceMs < this.ownTurnMs) {
      return;
    }
    const ending = new AbortController();
    this.ending = ending;
    const either = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
    // Whatever ends it is told to whoever waits for a request when that is sent.
    await this.watch.sleep(OTHERS_TURN_MS, either).catch(() => undefined);
    this.sinceMs = this.watch.nowMs();
    this.ownTurnMs = LATER_OWN_TURN_MS;
  }

  /** Something has come that does not only wait, or nothing waits any more. */
  end(): void {
    this.ending?.abort(new Error("the others' turn is over"));
  }
}
