/** Looks at one run that is on a VM already, by its name, and waits for its end where that is wanted. */
import type { VmTarget } from "../arm/invocation";
import { NO_GUARDS } from "../inputs/input-guards";
import type { Reporter } from "../outside";
import type { NextRun } from "../plan";
import { type ExecutedStretch, executeStretch } from "./execute";
import type { RunIntent } from "./run-on-vm";
import type { Session } from "./session";

export interface LookAtRunIntent
  extends Pick<RunIntent, "name" | "label" | "mask" | "watching" | "printing" | "printed"> {
  readonly target: VmTarget;
  readonly readyTimeoutInSeconds: number;
  /** On which VM it ran; `undefined` where nobody knows. */
  readonly knownVmId: string | undefined;
  /** Whether its end is waited for; else it comes back as it is. */
  readonly waits: boolean;
}

/**
 * Starts nothing, also where the VM was restarted since.
 *
 * @returns as the outcome of a run of which nothing is known also what kept us from looking.
 */
export function lookAtRun(intent: LookAtRunIntent, session: Session, reporter: Reporter): Promise<ExecutedStretch> {
  const { waits, ...known } = intent;
  const watching = { ...known.watching, rebootPolicy: "fail" } as const;
  const looking = { ...known, watching, run: NOTHING_TO_RUN, onRebuiltVm: undefined };
  const stretch = { begun: true, mayWait: () => waits };
  return executeStretch(looking, session, reporter, { deadline: undefined, stretch });
}

/** Never sent: of a run that has begun, only its name is. */
const NOTHING_TO_RUN: NextRun = {
  generation: 1,
  purpose: "create",
  runs: "script",
  content: {
    script: "",
    guards: NO_GUARDS,
    environment: {},
    protectedEnvironment: {},
    arguments: [],
    triggers: null,
    replaceTriggers: null,
    runAsUser: null,
    workingDirectory: null,
    occasion: null,
  },
  last: undefined,
  knownRun: true,
};
