/** Carries out the run of a resource's script: the only place that joins its steps. */
import type { VmTarget } from "../arm/invocation";
import { requireReadyVm } from "../arm/virtual-machine";
import { isAnother } from "../arm/vm-facts";
import type { Reporter } from "../outside";
import { type Deadline, untilSent } from "./deadline";
import type { RunOutcome } from "./outcome";
import { goesOn, type RunIntent, runForAStretch, type StillRunning, type Stretch } from "./run-on-vm";
import type { Session } from "./session";
import { unknownOutcome } from "./unknown-outcome";

export interface ScriptIntent extends RunIntent {
  readonly target: VmTarget;
  /** What the state knows of the VM's `vmId`. */
  readonly knownVmId: string | undefined;
  readonly readyTimeoutInSeconds: number;
  /** What to run when the VM turns out to be another one than the state knows; `undefined` where that cannot be. */
  readonly onRebuiltVm: Pick<RunIntent, "run" | "name"> | undefined;
}

export interface ExecutedRun {
  readonly outcome: RunOutcome;
  readonly target: VmTarget;
  /** Of the VM on which it ran; that of the state when this one could not be looked at. */
  readonly vmId: string | undefined;
  /** What was run: that of the intent, or what it has for a VM that was made anew. */
  readonly ran: Pick<RunIntent, "run" | "name">;
}

/**
 * Runs a script once for this intent, and waits for its end, however long that takes.
 *
 * A run that can have begun always comes back as an outcome, even when how it ended is not known.
 *
 * @throws RunFailedError when nothing can have run.
 */
export async function executeRun(
  intent: ScriptIntent,
  session: Session,
  reporter: Reporter,
  deadline?: Deadline,
): Promise<ExecutedRun> {
  const { executed } = await execute(intent, session, reporter, { deadline, stretch: undefined });
  if (executed === undefined) {
    throw new Error("a run without a limit came back before its end");
  }
  return executed;
}

export type ExecutedStretch =
  | { readonly executed: ExecutedRun; readonly running: undefined; readonly vmId: string | undefined }
  | { readonly executed: undefined; readonly running: StillRunning; readonly vmId: string | undefined };

export interface StretchOptions {
  readonly deadline: Deadline | undefined;
  readonly stretch: Stretch;
}

/**
 * The same, as far as one call goes: for those who cannot wait as long as a script can take.
 *
 * @throws RunFailedError when nothing can have run: never of a stretch that has begun.
 */
export function executeStretch(
  intent: ScriptIntent,
  session: Session,
  reporter: Reporter,
  options: StretchOptions,
): Promise<ExecutedStretch> {
  return execute(intent, session, reporter, options);
}

async function execute(
  intent: ScriptIntent,
  session: Session,
  reporter: Reporter,
  { deadline, stretch }: { readonly deadline: Deadline | undefined; readonly stretch: Stretch | undefined },
): Promise<ExecutedStretch> {
  const target = session.complete(intent.target);
  let vmId = intent.knownVmId;
  let ran: ExecutedRun["ran"] = { run: intent.run, name: intent.name };
  const signal = deadline?.signal;
  try {
    const patience = { timeoutSeconds: intent.readyTimeoutInSeconds, reporter };
    const facts = await requireReadyVm(target, session, {
      ...patience,
      signal: untilSent(target.vmName, session, deadline),
    });
    if (intent.onRebuiltVm !== undefined && isAnother(vmId, facts.vmId)) {
      ran = intent.onRebuiltVm;
      reporter.info(
        `'${target.vmName}' is another VM than the one that the state knows: the script runs there as for the first time`,
      );
    }
    vmId = facts.vmId ?? vmId;
    const lane = await session.lane(target);
    const run = { intent: { ...intent, ...ran }, facts, lane, target, session, reporter, signal, stretch };
    const end = await runForAStretch(run);
    return goesOn(end)
      ? { executed: undefined, running: end, vmId }
      : { executed: { outcome: end, target, vmId, ran }, running: undefined, vmId };
  } catch (error) {
    // A run that the state knows, or that an earlier call began, may be going on.
    const hasBegun = ran.run.knownRun || stretch?.begun === true;
    const outcome = await unknownOutcome(error, target, session, hasBegun);
    return { executed: { outcome, target, vmId, ran }, running: undefined, vmId };
  }
}
