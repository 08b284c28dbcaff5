/** How a run ended: the exit code, and the last line on stderr. Pure. */
import { constants } from "node:os";
import { describeFailure, type Subject } from "../core/failures/errors";
import type { RunOutcome } from "../core/run/outcome";

/** What shells make of a signal. */
const SIGNAL_EXIT_CODE = 128;

/** The exit code of a command that ran a script: the script's own where it has one. */
export function exitCodeOf({ result, failure }: RunOutcome): number {
  if (result.exitCode !== undefined) {
    // Named outputs that cannot be read are a failure of a script that exited with 0.
    return result.exitCode === 0 && failure !== undefined ? 1 : result.exitCode;
  }
  if (failure?.kind === "ScriptKilled" && failure.signal !== undefined) {
    return SIGNAL_EXIT_CODE + failure.signal;
  }
  return failure === undefined ? 0 : 1;
}

/** Without what it printed, which stands above it. @returns undefined for a success. */
export function describeEnd({ failure, evidence }: RunOutcome, subject: Subject): string | undefined {
  if (failure === undefined) {
    return undefined;
  }
  switch (failure.kind) {
    case "ScriptFailed":
      return `the script on '${failure.vmName}' exited with ${failure.exitCode}`;
    case "ScriptKilled":
      return `the script on '${failure.vmName}' was ended by ${failure.signal === undefined ? "a signal" : `signal ${failure.signal}${nameOfSignal(failure.signal)}`}`;
    case "ScriptTimedOut":
      return `the script on '${failure.vmName}' was ended, with all its children, ${failure.timeoutInSeconds === null ? "by its time limit" : `after ${failure.timeoutInSeconds} s (--timeout)`}`;
    case "ReceiptGone":
      return `the script on '${failure.vmName}' was taken off the VM before its end was seen here, as 'azure-run-command cancel' does; what it had printed is gone but for what was printed here`;
    default:
      return describeFailure(failure, true, subject, evidence);
  }
}

function nameOfSignal(signal: number): string {
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return name === undefined ? "" : ` (${name})`;
}
