/** How long a call waits inside the VM for the ends of its runs, and when it comes back before that. Pure. */
import { BESIDE_SLICE_MIN_SECONDS, BESIDE_SLICE_PART } from "../limits";

const EARLY_REPORT_SECONDS = 5;
const EARLY_REPORT_PART = 0.25;

export interface SliceMoment {
  /** How long a call waits at most. */
  readonly waitSliceSeconds: number;
  /** Whether there was a run for this VM that takes no turn: others may come, and could start beside what runs. */
  readonly mayComeBeside: boolean;
  /** Since a run last came. */
  readonly calmForMs: number;
}

/**
 * While a call waits inside the VM, Azure takes no other: a run that could start at once has to wait for its end. So a call
 * waits the shorter, the likelier another run is to come. What it costs is one operation more for each slice, and that the end
 * of a script which falls between two calls is known up to an operation's time later.
 */
export function sliceSecondsFor({ waitSliceSeconds, mayComeBeside, calmForMs }: SliceMoment): number {
  if (!mayComeBeside) {
    return waitSliceSeconds;
  }
  const seconds = Math.max(BESIDE_SLICE_MIN_SECONDS, Math.round((calmForMs / 1_000) * BESIDE_SLICE_PART));
  return Math.min(seconds, waitSliceSeconds);
}

/**
 * How long a call goes on to wait when something in it has ended and something else goes on: so long after the last end it comes
 * back and tells, within its slice. The same numbers are in runner.sh.
 *
 * @param busySeconds for how long the calls have followed each other, this one included.
 *
 * Source: our own choice, between two costs (counted in test/core/run/early-report.test.ts, with 13 s for an operation beside its
 * waiting). The end of a script of 1 s that is sent with one of 10 minutes is known after 21 s instead of 77 s, for 10 operations
 * instead of 9. An early one is taken only after a pause that is longer than a quarter of all the time so far, so there are few
 * however many scripts there are: 50 of them one after the other take one operation more at most (8 instead of 7 with 10 s each,
 * 22 instead of 21 with 30 s), and as many as before when they take up to 6 s or from 60 s on.
 */
export function earlyReportSeconds(busySeconds: number): number {
  return EARLY_REPORT_SECONDS + busySeconds * EARLY_REPORT_PART;
}
