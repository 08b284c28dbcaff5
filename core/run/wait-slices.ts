/** How long a call waits inside the VM for the ends of its runs. Pure. */
import { BESIDE_SLICE_MIN_SECONDS, BESIDE_SLICE_PART } from "../limits";

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
