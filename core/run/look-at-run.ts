/** Looks at one run that is on a VM already, for whoever knows nothing of it but its name, and waits for its end. */
import type { VmTarget } from "../arm/invocation";
import type { RunName } from "../guest/protocol";
import { NO_GUARDS } from "../inputs/input-guards";
import { DEFAULT_SETTINGS } from "../inputs/input-settings";
import type { Reporter } from "../outside";
import type { NextRun } from "../plan";
import { type ExecutedStretch, executeStretch } from "./execute";
import type { RunBytes } from "./run-output";
import type { Session } from "./session";

export interface LookAtRunIntent {
  readonly target: VmTarget;
  readonly name: RunName;
  /** What other resources are told that they wait for. */
  readonly label: string;
  /** Most bytes of each stream to bring back; of a longer one the end. */
  readonly outputMaxBytes: number;
  readonly readyTimeoutInSeconds: number;
  /** Whether its end is waited for; else it comes back as it is. */
  readonly waits: boolean;
  /** Told what it printed, byte for byte, once it has ended. */
  printed(bytes: RunBytes): void;
}

/**
 * Starts nothing, also where the VM was restarted since. What the script was, and which of what it printed is secret, nobody
 * knows here: an exit code other than 0 counts as a failure, and nothing is masked.
 *
 * @returns as the outcome of a run of which nothing is known also what kept us from looking.
 */
export function lookAtRun(intent: LookAtRunIntent, session: Session, reporter: Reporter): Promise<ExecutedStretch> {
  const { target, name, label, outputMaxBytes, readyTimeoutInSeconds, waits, printed } = intent;
  const looking = {
    target,
    name,
    label,
    run: NOTHING_TO_RUN,
    watching: { ...DEFAULT_SETTINGS, outputMaxBytes },
    mask: (text: string) => text,
    printed,
    readyTimeoutInSeconds,
    knownVmId: undefined,
    onRebuiltVm: undefined,
  };
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
