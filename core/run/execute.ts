/** Carries out a run: the only place that joins its steps. */

import type { VmFacts, VmTarget } from "../arm/invocation";
import { requireRunningVm } from "../arm/virtual-machine";
import { RunFailedError } from "../failures/errors";
import type { Report, RunName, RunReport, RunRequest } from "../guest/protocol";
import type { Known } from "../inputs/desired-state";
import { BOOTS_MAX, KNOWN_RUN_WINDOW_SECONDS, RESUME_WINDOW_SECONDS } from "../limits";
import type { Reporter } from "../outside";
import type { Mask } from "../secrets/secret-texts";
import type { Lane } from "./lane";
import { outcomeOf, type RunOutcome, restartedTooOften, UNKNOWN_RESULT } from "./outcome";
import { fetchOutput } from "./run-output";
import { RunProgress } from "./run-progress";
import type { Session } from "./session";

export interface RunIntent {
  readonly desired: Known;
  readonly name: RunName;
  /** What other resources are told that they wait for. */
  readonly label: string;
  /** Whether the state knows this very run: then its result counts, however old it is. */
  readonly knownRun: boolean;
  /** Takes secrets out of what the script printed. */
  readonly mask: Mask;
}

export interface ExecutedRun {
  readonly outcome: RunOutcome;
  readonly target: VmTarget;
  readonly vmId: string | undefined;
}

/**
 * Runs a script once for this intent, and waits for its end, however long that takes.
 *
 * A run that can have begun always comes back as an outcome, even when how it ended is not known.
 *
 * @throws RunFailedError when nothing can have run.
 */
export async function executeRun(intent: RunIntent, session: Session, reporter: Reporter): Promise<ExecutedRun> {
  const target = session.complete(intent.desired.target);
  let vmId: string | undefined;
  const execution = async (): Promise<ExecutedRun> => {
    const facts = await requireRunningVm(target, session);
    vmId = facts.vmId;
    const lane = await session.lane(target);
    const run: RunUnderWay = { intent, facts, lane, target, session, reporter };
    return { outcome: await runThroughRestarts(run), target, vmId };
  };
  return execution().catch((error: unknown): ExecutedRun => {
    // A run that the state knows may be going on, whatever keeps us from looking at it.
    if (error instanceof RunFailedError && (error.mayHaveRun || intent.knownRun)) {
      const outcome: RunOutcome = { result: UNKNOWN_RESULT, failure: error.failure, takenUp: false };
      return { outcome, target, vmId };
    }
    throw error;
  });
}

interface RunUnderWay {
  readonly intent: RunIntent;
  readonly facts: VmFacts;
  readonly lane: Lane;
  readonly target: VmTarget;
  readonly session: Session;
  readonly reporter: Reporter;
}

/**
 * What runs after a restart is a run of its own, with a receipt of its own: it too happens once, whoever asks for it, and
 * no secret has to lie on the disk for it.
 */
async function runThroughRestarts(run: RunUnderWay): Promise<RunOutcome> {
  const { intent, target, reporter } = run;
  const policy = intent.desired.settings.rebootPolicy;
  for (let boot = 1; ; boot += 1) {
    const outcome = await runInOneBoot(run, boot).catch((error: unknown) => {
      throw boot > 1 && error instanceof RunFailedError ? error.afterItMayHaveRun() : error;
    });
    if (outcome.result.executionState !== "Interrupted" || policy === "fail") {
      return outcome;
    }
    if (boot === BOOTS_MAX) {
      return restartedTooOften(outcome, target.vmName, boot);
    }
    reporter.info(
      policy === "rerun"
        ? `'${target.vmName}' was restarted while the script ran: it runs again from the beginning (rebootPolicy 'rerun')`
        : `'${target.vmName}' was restarted while the script ran: it runs again with AZURE_RUN_COMMAND_BOOT=${boot + 1} (rebootPolicy 'continue')`,
    );
  }
}

function nameInBoot({ key, runId }: RunName, boot: number): RunName {
  return { key, runId: boot === 1 ? runId : `${runId}-b${boot}` };
}

function runRequest({ intent, facts }: RunUnderWay, boot: number): RunRequest {
  const { desired, name } = intent;
  const { settings } = desired;
  const continues = settings.rebootPolicy === "continue";
  return {
    verb: "run",
    ...nameInBoot(name, boot),
    vmId: facts.vmId ?? "unknown",
    script: desired.script,
    environment: {
      ...desired.environment,
      ...desired.protectedEnvironment,
      AZURE_RUN_COMMAND_BOOT: String(continues ? boot : 1),
    },
    arguments: desired.arguments,
    user: desired.runAsUser ?? undefined,
    workingDirectory: desired.workingDirectory ?? undefined,
    timeoutSeconds: settings.timeoutInSeconds ?? 0,
    continues: continues && boot > 1 ? nameInBoot(name, boot - 1).runId : undefined,
    resumeWindowSeconds: intent.knownRun ? KNOWN_RUN_WINDOW_SECONDS : RESUME_WINDOW_SECONDS,
    outputMaxBytes: settings.outputMaxBytes,
  };
}

async function runInOneBoot(run: RunUnderWay, boot: number): Promise<RunOutcome> {
  const { intent, lane, session, reporter } = run;
  const { settings } = intent.desired;
  const { vmName } = run.target;
  const name = nameInBoot(intent.name, boot);
  const progress = new RunProgress({
    label: intent.label,
    vmName,
    outside: session.outside,
    reporter,
    mask: intent.mask,
    labelOf: (key) => lane.labelOf(key),
  });
  const submitted = asRunReport(await lane.submit(runRequest(run, boot), progress));
  if (submitted.takenUp) {
    reporter.info(
      `an earlier deployment had started this run on '${vmName}' already (state ${submitted.state}): it is taken up, not started again`,
    );
  }
  let report = submitted;
  while (report.state === "Waiting" || report.state === "Running") {
    progress.seen(report);
    const wait = { verb: "wait", ...name, outputMaxBytes: settings.outputMaxBytes } as const;
    report = asRunReport(await lane.submit(wait, progress).catch(markAsBegun));
  }
  const output = await fetchOutput(report, vmName, async (offset, totalBytes) => {
    progress.delayed(`reading the output from '${vmName}': ${offset} of ${totalBytes ?? "?"} bytes`);
    return asRunReport(await lane.submit({ verb: "read", ...name, offset }, progress));
  }).catch(markAsBegun);
  const context = { vmName, timeoutInSeconds: settings.timeoutInSeconds, mask: intent.mask };
  return { ...outcomeOf(report, output, context), takenUp: submitted.takenUp };
}

/** From here on the run has begun, whatever goes wrong with looking at it. */
function markAsBegun(error: unknown): never {
  throw error instanceof RunFailedError ? error.afterItMayHaveRun() : error;
}

function asRunReport(report: Report): RunReport {
  if (report.kind !== "run") {
    throw new Error(`the runner answered with a report of kind '${report.kind}' to a run`);
  }
  return report;
}
