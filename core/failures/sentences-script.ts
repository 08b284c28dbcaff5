/** Sentences for a script's own end, and for what is left of runs. Pure. */
import { type Circumstances, quote } from "./circumstances";
import type { FailureOf } from "./run-failure";

export type ScriptFailure = FailureOf<
  | "ReportUnreadable"
  | "ReceiptGone"
  | "InterruptedBefore"
  | "ScriptRefused"
  | "ScriptFailed"
  | "ScriptKilled"
  | "ScriptTimedOut"
  | "ScriptCanceled"
  | "NamedOutputsUnreadable"
  | "RestartedTooOften"
  | "StillRunning"
  | "ReceiptsStay"
  | "DeleteScriptFailed"
  | "RunLost"
  | "RunInterrupted"
>;

export function describeScript(
  failure: ScriptFailure,
  { subject, script, left, takenUp, printed, again, limits, mayHaveRun, describe }: Circumstances,
): string {
  const { vmName } = failure;
  switch (failure.kind) {
    case "ReportUnreadable":
      return `the result of ${script} on '${vmName}' is unknown: ${failure.why}; Azure's message was ${quote(failure.evidence)}; ${takenUp}`;
    case "ReceiptGone":
      return `the result of ${script} on '${vmName}' is unknown: its receipt is no longer on the VM; ${takenUp}`;
    case "InterruptedBefore":
      return mayHaveRun
        ? `the deployment was interrupted before ${script} was sent to '${vmName}' once more; ${takenUp}`
        : `the deployment was interrupted before ${script} was sent to '${vmName}'; ${left}`;
    case "ScriptRefused":
      return `${script} on '${vmName}' could not be started: ${failure.reason.replace(RUNNER_SAYS_SO_TOO, "")}`;
    case "ScriptFailed":
      return `${script} on '${vmName}' exited with ${failure.exitCode}; ${describeTails(failure)}`;
    case "ScriptKilled":
      return `${script} on '${vmName}' was ended by ${failure.signal === undefined ? "a signal" : `signal ${failure.signal}`}; ${describeTails(failure)}`;
    case "ScriptTimedOut":
      return `${script} on '${vmName}' was ended ${failure.timeoutInSeconds === null ? "by its time limit" : `after ${failure.timeoutInSeconds} s${subject === "check" ? ", which is as long as one may take" : ` (${limits.timeout})`}`}, with all its children; ${describeTails(failure)}`;
    case "ScriptCanceled":
      return `${script} on '${vmName}' was canceled: another deployment, or somebody, asked for its end; ${printed}${again}`;
    case "NamedOutputsUnreadable":
      return `${script} on '${vmName}' exited with ${failure.exitCode}, but its named outputs cannot be read ($AZURE_RUN_COMMAND_OUTPUT): ${failure.problem}; mend the script, and ${again}`;
    case "RestartedTooOften":
      return `'${vmName}' was restarted ${failure.restarts} times while ${script} ran: that is taken for a loop; ${printed}mend the script, and ${again}`;
    case "StillRunning":
      return `a script of this resource is still running on '${vmName}', and its processes could not be ended: look there for what holds them (a dead disk or network share), then delete again`;
    case "ReceiptsStay":
      return `what this resource's runs left on '${vmName}' could not be removed: ${failure.detail}; mend that and delete again, or drop the resource from the state and remove /var/lib/azure-run-command/${failure.key} by hand`;
    case "DeleteScriptFailed":
      return `the 'delete' script failed: ${describe(failure.failure)}; the resource stays; mend the script and delete again, or set deleteFailure to "ignore"`;
    case "RunLost":
      return `${script} on '${vmName}' vanished without an exit code: its processes are gone although the VM did not restart (for example killed, or out of memory); ${printed}${again}`;
    case "RunInterrupted":
      return `${script} on '${vmName}' was cut off by a restart of the VM before it ended; ${printed}${again}`;
  }
}

/** How some of the runner's reasons begin. Source: core/guest/runner.sh. */
const RUNNER_SAYS_SO_TOO = /^the job could not be started: /;

function describeTails(tails: { readonly stderrTail: string; readonly stdoutTail: string }): string {
  if (tails.stderrTail !== "") {
    return `end of stderr: ${quote(tails.stderrTail)}`;
  }
  return tails.stdoutTail === "" ? "it printed nothing" : `stderr is empty, end of stdout: ${quote(tails.stdoutTail)}`;
}
