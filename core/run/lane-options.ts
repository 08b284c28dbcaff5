/** What a VM's lane is made with, and what its parts have in common. */
import type { ArmClient } from "../arm/arm-client";
import type { VmTarget } from "../arm/invocation";
import type { Pace } from "../arm/pace";
import type { Outside } from "../outside";
import type { Stopwatch } from "../stopwatch";

export interface LaneOptions {
  readonly client: ArmClient;
  readonly outside: Outside;
  readonly target: VmTarget;
  /** How long one invocation waits inside the VM for scripts to end, at most. */
  readonly waitSliceSeconds: number;
  /** Whether what is new goes out at once, since nothing else can come along. @default false */
  readonly isAlone?: boolean | undefined;
  /** Ends when what is about to bring requests for this VM has ended; `undefined` when nothing is known of. */
  readonly onTheWay?: (() => Promise<unknown> | undefined) | undefined;
  /** What all lanes of a session learn of Azure's pace; without it this one learns alone. */
  readonly pace?: Pace | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The same for its parts. */
export interface LaneParts extends LaneOptions {
  readonly pace: Pace;
  /** By which all of them measure time. */
  readonly watch: Stopwatch;
}
