/** Tells how it goes with one run, from the lane's events and the runner's reports. */
import type { RunName, RunReport } from "./guest/protocol";
import type { LaneWatcher } from "./lane";
import type { Outside, Reporter } from "./outside";
import type { Mask } from "./secret-texts";

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

export class RunProgress implements LaneWatcher {
  readonly label: string;
  private readonly startedAtMs: number;
  private last: RunReport | undefined;

  constructor(private readonly options: ProgressOptions) {
    this.label = options.label;
    this.startedAtMs = options.outside.nowMs();
  }

  /** A report that the run has not ended. */
  seen(report: RunReport): void {
    this.last = report;
    this.inProgress();
  }

  queued(behind: readonly string[]): void {
    const names = behind.slice(0, NAMES_MAX).map((name) => `'${name}'`);
    const more = behind.length > NAMES_MAX ? ` and ${behind.length - NAMES_MAX} more` : "";
    this.tell(`queued for '${this.options.vmName}' behind ${names.join(", ")}${more}`);
  }

  inProgress(): void {
    this.tell(this.describe());
  }

  delayed(why: string): void {
    this.tell(why);
  }

  private describe(): string {
    const { vmName } = this.options;
    const seconds = Math.round((this.options.outside.nowMs() - this.startedAtMs) / 1_000);
    if (this.last === undefined) {
      return `sent to '${vmName}' ${seconds} s ago`;
    }
    if (this.last.state === "Waiting") {
      return `waiting on '${vmName}' for ${seconds} s behind ${this.nameOf(this.last.behind)}`;
    }
    const { lastLine } = this.last;
    const text = lastLine === undefined ? "" : `: ${this.options.mask(lastLine, { start: true, end: true })}`;
    return `running on '${vmName}' for ${seconds} s${text}`;
  }

  private nameOf(run: RunName | undefined): string {
    const label = run === undefined ? undefined : this.options.labelOf(run.key);
    return label === undefined ? "a script of another deployment" : `'${label}'`;
  }

  private tell(message: string): void {
    this.options.reporter.progress(message);
  }
}
