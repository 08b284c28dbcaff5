/** Tells how it goes with one run, from the lane's events and the runner's reports. */
import type { RunName, RunReport } from "../guest/protocol";
import type { Outside, Reporter } from "../outside";
import type { Mask } from "../secrets/secret-texts";
import type { LaneWatcher } from "./lane";

export interface ProgressOptions {
  /** What others are told that they wait for. */
  readonly label: string;
  readonly vmName: string;
  readonly outside: Outside;
  readonly reporter: Reporter;
  readonly mask: Mask;
  /** What the owner of a run is called, when it is one of this process. */
  readonly labelOf: (key: string) => string | undefined;
}

const NAMES_MAX = 3;

/** That something else is out on the VM, and whose it is. */
export function describeQueue(vmName: string, behind: readonly string[]): string {
  const names = behind.slice(0, NAMES_MAX).map((name) => `'${name}'`);
  const more = behind.length > NAMES_MAX ? ` and ${behind.length - NAMES_MAX} more` : "";
  return `queued for '${vmName}' behind ${names.join(", ")}${more}`;
}

/** Tells how it goes with a command of which nothing is known while it is out. */
export function watchQueue(label: string, vmName: string, doing: string, reporter: Reporter): LaneWatcher {
  return {
    label,
    queued: (behind) => reporter.progress(describeQueue(vmName, behind)),
    inProgress: (operationMs) => reporter.progress(`${doing}, for ${Math.round(operationMs / 1_000)} s`),
    delayed: (why) => reporter.progress(why),
  };
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}

export class RunProgress implements LaneWatcher {
  readonly label: string;
  private sentAtMs: number | undefined;
  private last: RunReport | undefined;
  private lastAtMs: number | undefined;
  /** Since when it is in the state of the last report, as far as that is known here. */
  private sinceMs = 0;
  private takenUp = false;

  constructor(private readonly options: ProgressOptions) {
    this.label = options.label;
  }

  /** A report that the run has not ended. */
  seen(report: RunReport): void {
    const nowMs = this.options.outside.nowMs();
    if (report.state !== this.last?.state) {
      // It changed between the last report and this one.
      this.sinceMs = this.lastAtMs ?? this.sentAtMs ?? nowMs;
    }
    this.takenUp ||= report.takenUp;
    this.last = report;
    this.lastAtMs = nowMs;
    this.tell(this.describe(report));
  }

  queued(behind: readonly string[]): void {
    if (this.last !== undefined) {
      // Only the next look at it is queued.
      return;
    }
    this.tell(describeQueue(this.options.vmName, behind));
  }

  inProgress(operationMs: number): void {
    const nowMs = this.options.outside.nowMs();
    this.sentAtMs ??= nowMs - operationMs;
    this.tell(
      this.last === undefined
        ? `sent to '${this.options.vmName}' ${inSeconds(nowMs - this.sentAtMs)} ago`
        : this.describe(this.last),
    );
  }

  delayed(why: string): void {
    this.tell(why);
  }

  private describe({ state, behind, lastLine, startedAtSeconds }: RunReport): string {
    const { vmName, outside, mask } = this.options;
    const duration = `for ${inSeconds(outside.nowMs() - this.sinceMs)}`;
    if (state === "Waiting") {
      return `waiting on '${vmName}' ${duration} behind ${this.nameOf(behind)}`;
    }
    const text = lastLine === undefined ? "" : `: ${mask(lastLine, { start: true, end: true })}`;
    // One that an earlier deployment had started has run for longer than we know.
    const since =
      this.takenUp && startedAtSeconds !== undefined
        ? `since ${new Date(startedAtSeconds * 1_000).toISOString().slice(11, 19)} UTC`
        : duration;
    return `running on '${vmName}' ${since}${text}`;
  }

  private nameOf(run: RunName | undefined): string {
    const label = run === undefined ? undefined : this.options.labelOf(run.key);
    return label === undefined ? "a script of another deployment" : `'${label}'`;
  }

  private tell(message: string): void {
    this.options.reporter.progress(message);
  }
}
