/** Runs a script on a VM that is ready, to its end: through wait slices, restarts and the reading of its output. */
import type { VmTarget } from "../arm/invocation";
import { lookUpVm } from "../arm/virtual-machine";
import type { VmFacts } from "../arm/vm-facts";
import { RunFailedError } from "../failures/errors";
import type { RunGuards, RunName, RunReport, RunRequest, SeenBytes, StreamNews } from "../guest/protocol";
import { asReportOf } from "../guest/report";
import type { RunContent } from "../identity";
import type { Guards } from "../inputs/input-guards";
import type { RunSettings } from "../inputs/input-settings";
import { BOOTS_MAX, KNOWN_RUN_WINDOW_SECONDS, RESUME_WINDOW_SECONDS } from "../limits";
import type { Reporter } from "../outside";
import type { NextRun } from "../plan";
import type { Mask } from "../secrets/secret-texts";
import type { Eviction, Lane } from "./lane";
import { outcomeOf, type RunOutcome, restartedTooOften } from "./outcome";
import { decodeOutput, fetchBytes, hasWholeOutput, type RunBytes } from "./run-output";
import { RunProgress } from "./run-progress";
import { requireVm, type SeeVmId } from "./same-vm";
import type { Session } from "./session";

/** How one run is watched. */
export type Watching = Pick<
  RunSettings,
  "timeoutInSeconds" | "rebootPolicy" | "parallelOnVm" | "outputMaxBytes" | "successExitCodes"
>;

export interface RunIntent {
  /** Whether it is to run only while something of its resource is on the VM. */
  readonly onlyAfterRuns?: boolean;
  readonly run: NextRun;
  readonly name: RunName;
  readonly watching: Watching;
  /** What other resources are told that they wait for. */
  readonly label: string;
  /** Takes secrets out of what the script printed. */
  readonly mask: Mask;
  /**
   * Whether the output of a run that has ended is to be read on where it did not come whole with the report, which costs
   * operations of their own. Where it is not, nothing is known of what the script printed.
   *
   * @default always
   */
  wantsOutput?(report: RunReport): boolean;
  /**
   * Told what the script has printed since it was last told, with secrets and byte for byte, about every 20 s while it runs: what
   * came last comes with its end. Of what goes on after a restart nothing is told. Without it calls come back less often.
   */
  printing?(news: StreamNews): void;
  /** Told what a run printed once it has ended, with secrets and byte for byte; of one that went on after a restart, each part. */
  printed?(bytes: RunBytes): void;
}

/** How much of a run's way one call goes, where no process may wait for as long as a script can take. */
export interface Stretch {
  /** Whether the run was submitted by an earlier call: then it is looked at, and never started. */
  readonly begun: boolean;
  /** Asked before each further wait for a script that goes on. */
  mayWait(): boolean;
}

/** The script goes on, and whoever wants to know how it ends looks again later. */
export interface StillRunning {
  readonly state: "Waiting" | "Running";
  /** The last line with text in it that it printed, without secrets. */
  readonly lastLine: string | undefined;
  /** Whether an earlier call had begun it. */
  readonly takenUp: boolean;
}

export interface RunUnderWay {
  readonly intent: RunIntent;
  readonly facts: VmFacts;
  readonly lane: Lane;
  readonly target: VmTarget;
  readonly session: Session;
  readonly reporter: Reporter;
  /** Ends the waiting when it aborts, with a `RunFailedError` as its reason. */
  readonly signal?: AbortSignal | undefined;
  /** For what is in the way of the first request. */
  readonly evict?: Eviction | undefined;
  readonly stretch?: Stretch | undefined;
  /**
   * Of a `delete` script: when this deletion was first asked for, by the clock of `Outside`. One that failed since then is
   * its answer, and one that failed before is run again; `undefined`: every one that failed is.
   */
  readonly beganAtMs?: number | undefined;
}

/** To its end. @throws RunFailedError */
export async function runThroughRestarts(run: Omit<RunUnderWay, "stretch">): Promise<RunOutcome> {
  const end = await runForAStretch({ ...run, stretch: undefined });
  if (goesOn(end)) {
    throw new Error("a run without a limit came back before its end");
  }
  return end;
}

export function goesOn(end: RunOutcome | StillRunning): end is StillRunning {
  return !("result" in end);
}

/**
 * What runs after a restart is a run of its own, with a receipt of its own: it too happens once, whoever asks for it, and
 * no secret has to lie on the disk for it.
 *
 * @throws RunFailedError
 */
export async function runForAStretch(run: RunUnderWay): Promise<RunOutcome | StillRunning> {
  const { intent, target, reporter } = run;
  const policy = intent.watching.rebootPolicy;
  for (let boot = 1; ; boot += 1) {
    const outcome = await runInOneBoot(run, boot).catch((error: unknown) => {
      throw boot > 1 && error instanceof RunFailedError ? error.afterItMayHaveRun() : error;
    });
    if (goesOn(outcome) || outcome.result.executionState !== "Interrupted" || policy === "fail") {
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

/** What `nameInBoot` makes of a `runId` of `identity.ts`, whose hash may begin with a b. */
const IN_LATER_BOOT = /^([0-9]+-[a-z]+-.+)-b([0-9]{1,2})$/;

/** The run that a receipt belongs to, and in which boot of the VM. */
export function bootOf(runId: string): { readonly runId: string; readonly boot: number } {
  const [, first = runId, boot = "1"] = IN_LATER_BOOT.exec(runId) ?? [];
  return { runId: first, boot: Number(boot) };
}

function runRequest(underWay: RunUnderWay, boot: number, seen: SeenBytes | undefined): RunRequest {
  const { intent, facts, stretch } = underWay;
  const { run, name, watching } = intent;
  const { content } = run;
  const continues = watching.rebootPolicy === "continue";
  return {
    verb: "run",
    ...nameInBoot(name, boot),
    vmId: facts.vmId ?? "unknown",
    script: content.script,
    environment: { ...scriptEnvironment(run, content), AZURE_RUN_COMMAND_BOOT: String(continues ? boot : 1) },
    arguments: content.arguments,
    user: content.runAsUser ?? undefined,
    workingDirectory: content.workingDirectory ?? undefined,
    timeoutSeconds: watching.timeoutInSeconds ?? 0,
    // A restart comes after the script has begun: it was needed then.
    guards: boot === 1 ? guestGuards(content.guards) : guestGuards(undefined),
    last: run.last,
    beside: isBeside(intent),
    endsOthers: run.runs === "delete",
    onlyAfterRuns: intent.onlyAfterRuns === true,
    retryUnless: run.runs === "delete" ? watching.successExitCodes : undefined,
    retryWindowSeconds: secondsSinceBegin(underWay),
    continues: continues && boot > 1 ? nameInBoot(name, boot - 1).runId : undefined,
    // Of a deletion, generation and content name one intent, however old it is.
    resumeWindowSeconds:
      run.knownRun || run.runs === "delete" || stretch?.begun === true
        ? KNOWN_RUN_WINDOW_SECONDS
        : RESUME_WINDOW_SECONDS,
    outputMaxBytes: watching.outputMaxBytes,
    seen,
  };
}

/** Whether it takes no turn on the VM. A check never does: it looks, and must not wait for what works. */
function isBeside({ run, watching }: RunIntent): boolean {
  return run.runs === "check" || watching.parallelOnVm;
}

/** Rounded up: what ended since then must not be taken for older. */
function secondsSinceBegin({ beganAtMs, session }: RunUnderWay): number | undefined {
  return beganAtMs === undefined ? undefined : Math.max(0, Math.ceil((session.outside.nowMs() - beganAtMs) / 1_000));
}

function scriptEnvironment(run: NextRun, content: RunContent): Readonly<Record<string, string>> {
  return { ...content.environment, ...content.protectedEnvironment, AZURE_RUN_COMMAND_REASON: run.purpose };
}

/** What the runner is told of guards. */
export function guestGuards(guards: Guards | undefined): RunGuards {
  return {
    creates: guards?.creates ?? undefined,
    unless: guards?.unless ?? undefined,
    onlyIf: guards?.onlyIf ?? undefined,
  };
}

/** Of a last line, which is the beginning or the end of one that is too long. */
const CUT = { start: true, end: true } as const;

async function runInOneBoot(run: RunUnderWay, boot: number): Promise<RunOutcome | StillRunning> {
  const { intent, lane, session, reporter, signal, stretch } = run;
  const { watching } = intent;
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
  const beside = isBeside(intent);
  let seen: SeenBytes | undefined = intent.printing === undefined || boot > 1 ? undefined : NOTHING_SEEN;
  const wait = async () => {
    const request = { verb: "wait", ...name, outputMaxBytes: watching.outputMaxBytes, seen } as const;
    const answer = asReportOf(request, await lane.submit(request, progress, { signal, beside }).catch(markAsBegun));
    if (answer.state === "Absent") {
      await requireVm(vmName, [run.facts.vmId], seeVmId(run));
    }
    return answer;
  };
  const isSubmitted = stretch?.begun === true && boot === 1;
  const submitted = isSubmitted ? await wait() : await submitRun(run, runRequest(run, boot, seen), progress);
  if (submitted.takenUp && stretch?.begun !== true) {
    const by = stretch === undefined ? "an earlier deployment" : "an earlier call";
    reporter.info(
      `${by} had started this run on '${vmName}' already (state ${submitted.state}): it is taken up, not started again`,
    );
  }
  let report = submitted;
  while (report.state === "Waiting" || report.state === "Running") {
    progress.seen(report);
    if (seen !== undefined && report.news !== undefined) {
      intent.printing?.(report.news);
      seen = behind(seen, report.news);
    }
    if (stretch?.mayWait() === false) {
      const lastLine = report.lastLine && intent.mask(report.lastLine, CUT);
      return { state: report.state, lastLine, takenUp: submitted.takenUp };
    }
    report = await wait();
  }
  const readOn = async (offset: number, totalBytes: number | undefined) => {
    progress.delayed(`reading the output from '${vmName}': ${offset} of ${totalBytes ?? "?"} bytes`);
    const read = { verb: "read", ...name, offset } as const;
    return asReportOf(read, await lane.submit(read, progress, { signal }));
  };
  const isWanted = hasWholeOutput(report) || intent.wantsOutput?.(report) !== false;
  const bytes = isWanted ? await fetchBytes(report, vmName, readOn).catch(markAsBegun) : undefined;
  if (bytes !== undefined) {
    intent.printed?.(bytes);
  }
  const output = decodeOutput(report, bytes);
  const { timeoutInSeconds, successExitCodes } = watching;
  const context = { vmName, timeoutInSeconds, successExitCodes, mask: intent.mask };
  const endedAs = boot === 1 ? undefined : name.runId;
  return { ...outcomeOf(report, output, context), takenUp: submitted.takenUp, endedAs };
}

const NOTHING_SEEN: SeenBytes = { stdout: 0, stderr: 0 };

function behind(seen: SeenBytes, news: StreamNews): SeenBytes {
  return { stdout: seen.stdout + news.stdout.length, stderr: seen.stderr + news.stderr.length };
}

async function submitRun(run: RunUnderWay, request: RunRequest, progress: RunProgress): Promise<RunReport> {
  const { lane, signal, evict } = run;
  return asReportOf(request, await lane.submit(request, progress, { signal, evict, seeVmId: seeVmId(run) }));
}

function seeVmId({ target, session, signal }: RunUnderWay): SeeVmId {
  return () =>
    lookUpVm(target, session, signal).then(
      (vm) => (vm.kind === "there" ? vm.facts.vmId : undefined),
      () => undefined,
    );
}

/** From here on the run has begun, whatever goes wrong with looking at it. */
function markAsBegun(error: unknown): never {
  throw error instanceof RunFailedError ? error.afterItMayHaveRun() : error;
}
