/** The exception that carries a failure through code that cannot return one. */
import type { RunFailure, Subject } from "./run-failure";
import { describeFailure } from "./sentences";

export type { RunFailure, Subject } from "./run-failure";
export { describeFailure } from "./sentences";

export class RunFailedError extends Error {
  constructor(
    readonly failure: RunFailure,
    /** Whether the script can have begun on the VM before this went wrong. */
    readonly mayHaveRun = false,
    readonly subject: Subject = "run",
    /** What was found out about it, a line each. */
    readonly evidence: readonly string[] = [],
  ) {
    super(describeFailure(failure, mayHaveRun, subject, evidence));
    this.name = "RunFailedError";
  }

  afterItMayHaveRun(): RunFailedError {
    return new RunFailedError(this.failure, true, this.subject, this.evidence);
  }

  /** The same, where something else went wrong than the run of a script. */
  about(subject: Subject): RunFailedError {
    return new RunFailedError(this.failure, this.mayHaveRun, subject, this.evidence);
  }

  /** The same, with what was found out about it since. */
  withEvidence(lines: readonly string[]): RunFailedError {
    return new RunFailedError(this.failure, this.mayHaveRun, this.subject, [...this.evidence, ...lines]);
  }
}

/** Whether it was refused because the deployment was interrupted before it was sent. */
export function isInterruption(error: unknown): boolean {
  return error instanceof RunFailedError && error.failure.kind === "InterruptedBefore" && !error.mayHaveRun;
}
