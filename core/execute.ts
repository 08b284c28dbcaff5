/** Carries out a plan: the only place that joins the steps of a run and of a deletion. */
import type { Known } from "./desired-state";
import { RunFailedError } from "./errors";
import type { PurgeReport, Report, RunName, RunReport, StreamReport } from "./guest/protocol";
import { assembleStreams, decodeText } from "./guest/report";
import { REMOVE_EXTENSION_COMMAND_ID, type VmFacts, type VmTarget } from "./invocation";
import type { Lane } from "./lane";
import { KNOWN_RUN_WINDOW_SECONDS, OUTPUT_MAX_BYTES, RESUME_WINDOW_SECONDS, RUN_WAIT_MAX_MS } from "./limits";
import { type DecodedStreams, outcomeOf, type RunOutcome, UNKNOWN_RESULT } from "./outcome";
import type { Reporter } from "./outside";
import type { Mask } from "./secret-texts";
import type { Session } from "./session";
import { lookUpVm, requireRunningVm } from "./virtual-machine";

export interface RunIntent {
  readonly desired: Known;
  readonly name: RunName;
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
 * Runs a script once for this intent, and waits for its end.
 *
 * A run that can have begun always comes back as an outcome, even when how it ended is not known.
 *
 * @throws RunFailedError when nothing can have run.
 */
export async function executeRun(intent: RunIntent, session: Session, reporter: Reporter): Promise<ExecutedRun> {
  const target = session.complete(intent.desired.target);
  const facts = await requireRunningVm(target, session);
  const lane = await session.lane(target);
  const outcome = await runToTheEnd(intent, facts, lane, target.vmName, session, reporter).catch(
    (error: unknown): RunOutcome => {
      if (error instanceof RunFailedError && error.mayHaveRun) {
        return { result: UNKNOWN_RESULT, failure: error.failure, takenUp: false };
      }
      throw error;
    },
  );
  return { outcome, target, vmId: facts.vmId };
}

async function runToTheEnd(
  intent: RunIntent,
  facts: VmFacts,
  lane: Lane,
  vmName: string,
  session: Session,
  reporter: Reporter,
): Promise<RunOutcome> {
  const { desired, name } = intent;
  const startedAtMs = session.outside.nowMs();
  const submitted = asRunReport(
    await lane.submit(
      {
        verb: "run",
        ...name,
        vmId: facts.vmId ?? "unknown",
        script: desired.script,
        environment: desired.environment,
        arguments: desired.arguments,
        resumeWindowSeconds: intent.knownRun ? KNOWN_RUN_WINDOW_SECONDS : RESUME_WINDOW_SECONDS,
        outputMaxBytes: OUTPUT_MAX_BYTES,
      },
      reporter,
    ),
  );
  if (submitted.takenUp) {
    reporter.info(
      `an earlier deployment had started this run on '${vmName}' already (state ${submitted.state}): it is taken up, not started again`,
    );
  }
  let report = submitted;
  while (report.state === "Waiting" || report.state === "Running") {
    const waitedMs = session.outside.nowMs() - startedAtMs;
    if (waitedMs > RUN_WAIT_MAX_MS) {
      const waitedSeconds = Math.round(waitedMs / 1_000);
      throw new RunFailedError({ kind: "DeadlinePassed", vmName, waitedSeconds, lastState: report.state }, true);
    }
    reporter.progress(intent.mask(describeProgress(report, vmName, waitedMs)));
    report = asRunReport(
      await lane.submit({ verb: "wait", ...name, outputMaxBytes: OUTPUT_MAX_BYTES }, reporter).catch(markAsBegun),
    );
  }
  const streams = await fetchStreams(report, lane, reporter, vmName).catch(markAsBegun);
  const masked = streams && { stdout: intent.mask(streams.stdout), stderr: intent.mask(streams.stderr) };
  return { ...outcomeOf(report, masked, vmName), takenUp: submitted.takenUp };
}

/** From here on the run has begun, whatever goes wrong with looking at it. */
function markAsBegun(error: unknown): never {
  throw error instanceof RunFailedError ? error.afterItMayHaveRun() : error;
}

function describeProgress(report: RunReport, vmName: string, waitedMs: number): string {
  const seconds = Math.round(waitedMs / 1_000);
  if (report.state === "Waiting") {
    return `waits on '${vmName}' behind another script for ${seconds} s`;
  }
  return `running on '${vmName}' for ${seconds} s${report.lastLine === undefined ? "" : `: ${report.lastLine}`}`;
}

function asRunReport(report: Report): RunReport {
  if (report.kind !== "run") {
    throw new Error(`the runner answered with a report of kind '${report.kind}' to a run`);
  }
  return report;
}

function asPurgeReport(report: Report): PurgeReport {
  if (report.kind !== "purge") {
    throw new Error(`the runner answered with a report of kind '${report.kind}' to a purge`);
  }
  return report;
}

/**
 * Both streams of an ended run, read to the end of its archive.
 *
 * @returns undefined when the run has no streams (it never started).
 */
async function fetchStreams(
  report: RunReport,
  lane: Lane,
  reporter: Reporter,
  vmName: string,
): Promise<DecodedStreams | undefined> {
  const { key, runId, stdout, stderr } = report;
  if (stdout === undefined || stderr === undefined) {
    return undefined;
  }
  const archivedBytes = stdout.archivedBytes + stderr.archivedBytes;
  const pieces: Uint8Array[] = report.chunk === undefined ? [] : [report.chunk.bytes];
  let have = report.chunk?.bytes.length ?? 0;
  let last = report;
  while (archivedBytes > 0 && have < (last.chunk?.totalBytes ?? Number.POSITIVE_INFINITY)) {
    reporter.progress(`reading the output from '${vmName}': ${have} of ${last.chunk?.totalBytes ?? "?"} bytes`);
    last = asRunReport(await lane.submit({ verb: "read", key, runId, offset: have }, reporter));
    const chunk = last.chunk;
    if (chunk === undefined || chunk.bytes.length === 0 || chunk.offset !== have) {
      throw unreadableOutput(vmName, `the piece at byte ${have} is missing`);
    }
    pieces.push(chunk.bytes);
    have += chunk.bytes.length;
  }
  const assembled = assembleStreams(last, Buffer.concat(pieces));
  if (assembled.kind === "problem") {
    throw unreadableOutput(vmName, assembled.problem);
  }
  return { stdout: decodeStream(assembled.stdout, stdout), stderr: decodeStream(assembled.stderr, stderr) };
}

function decodeStream(bytes: Uint8Array, stream: StreamReport): string {
  return decodeText(bytes, { cutAtStart: stream.archivedBytes < stream.totalBytes }).text;
}

function unreadableOutput(vmName: string, detail: string): RunFailedError {
  const why = "its output could not be read back whole";
  return new RunFailedError({ kind: "ReportUnreadable", vmName, why, evidence: detail }, true);
}

export interface DeleteIntent {
  readonly target: VmTarget;
  readonly key: string;
  readonly generation: number;
}

/**
 * Deletes a resource's receipts from its VM and, when no other resource has any there, the extension.
 * A VM that is gone or not running is nothing to clean: that is said, and is no failure.
 *
 * @throws RunFailedError
 */
export async function executeDelete(intent: DeleteIntent, session: Session, reporter: Reporter): Promise<void> {
  const target = session.complete(intent.target);
  const { vmName } = target;
  const vm = await lookUpVm(target, session);
  if (vm.kind === "gone") {
    reporter.info(`the VM '${vmName}' is gone: nothing is left to remove`);
    return;
  }
  const { powerState } = vm.facts;
  if (powerState !== undefined && powerState !== "running") {
    reporter.warn(
      `the VM '${vmName}' is not running (power state '${powerState}'): the receipts in /var/lib/azure-run-command/${intent.key} and the extension RunCommandLinux stay on its disk`,
    );
    return;
  }
  const lane = await session.lane(target);
  const purged = await purge(intent, vmName, lane, reporter);
  if (purged.runningReceipts > 0) {
    throw new RunFailedError({ kind: "StillRunning", vmName });
  }
  if (purged.newerReceipts > 0) {
    reporter.warn(
      `a newer run of this resource, of an update that was interrupted, stays on '${vmName}' with the extension RunCommandLinux: remove /var/lib/azure-run-command/${intent.key} there by hand (next time, deploy before you destroy)`,
    );
    return;
  }
  if (purged.remainingKeys > 0) {
    const others = purged.remainingKeys === 1 ? "another resource has" : `${purged.remainingKeys} other resources have`;
    reporter.info(`the extension stays on '${vmName}': ${others} runs there`);
    return;
  }
  await removeExtension(target, lane, session, reporter);
}

/** @throws RunFailedError, which speaks of the receipts and not of a run. */
async function purge(intent: DeleteIntent, vmName: string, lane: Lane, reporter: Reporter): Promise<PurgeReport> {
  const { key, generation } = intent;
  try {
    return asPurgeReport(await lane.submit({ verb: "purge", key, generation }, reporter));
  } catch (error) {
    if (!(error instanceof RunFailedError)) {
      throw error;
    }
    const { failure } = error;
    throw new RunFailedError(
      failure.kind === "ReportUnreadable"
        ? { kind: "ReceiptsStay", vmName, key, detail: `${failure.why} (${JSON.stringify(failure.evidence)})` }
        : failure,
    );
  }
}

async function removeExtension(target: VmTarget, lane: Lane, session: Session, reporter: Reporter): Promise<void> {
  const { vmName } = target;
  reporter.progress(`removing the extension RunCommandLinux from '${vmName}'`);
  const end = await lane.command({ commandId: REMOVE_EXTENSION_COMMAND_ID }, reporter, async () => {
    // The answer to a removal was lost: look whether it has had its effect. Removing twice does no harm to the VM,
    // but would end another client's run.
    const vm = await lookUpVm(target, session);
    return vm.kind === "there" && vm.facts.extensionInstalled ? "sendAgain" : "done";
  });
  if (end.kind === "dropped") {
    throw new RunFailedError({ kind: "OperationFailed", vmName, ...end.error });
  }
  reporter.info(`the extension RunCommandLinux was removed from '${vmName}'`);
}
