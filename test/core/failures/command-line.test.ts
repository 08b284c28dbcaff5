/** What the command line says, which knows of no deployment and no state. */
import { describeFailure, type RunFailure, type Subject } from "../../../core/failures/errors";

const UNREACHABLE: RunFailure = { kind: "Unreachable", host: "azure", detail: "ECONNRESET", afterTries: 3 };
const NO_ANSWER =
  "no answer from azure after 3 tries: ECONNRESET; check this machine's network, proxy and name resolution";

test.each<{ failure: RunFailure; mayHaveRun?: boolean; subject: Subject; told: string }>([
  { failure: UNREACHABLE, subject: "invocation", told: `${NO_ANSWER}, then try again; nothing was run` },
  {
    failure: UNREACHABLE,
    mayHaveRun: true,
    subject: "invocation",
    told: `${NO_ANSWER}, then look what came of it; the script had been sent already and may have run; 'azure-run-command runs' shows what is on the VM`,
  },
  { failure: UNREACHABLE, mayHaveRun: true, subject: "question", told: `${NO_ANSWER}, then try again` },
  {
    failure: { kind: "AnswerLost", vmName: "web1", commandId: "RunShellScript", detail: "cut", afterTries: 1 },
    subject: "question",
    told: "the answer to RunShellScript for 'web1' was lost (cut); it may have been carried out; try again: nothing is done twice",
  },
  {
    failure: { kind: "DeadlinePassed", vmName: "web1", waitedSeconds: 9, lastState: "InProgress" },
    subject: "invocation",
    told: "stopped waiting for 'web1' after 9 s: the run's last known state is 'InProgress'; it may still be running on the VM; 'azure-run-command runs' shows what is on the VM",
  },
  {
    failure: { kind: "DeadlinePassed", vmName: "web1", waitedSeconds: 9, lastState: "InProgress" },
    subject: "question",
    told: "stopped waiting for 'web1' after 9 s: the operation's last known state is 'InProgress'; try again: nothing is done twice",
  },
  {
    failure: { kind: "OperationFailed", vmName: "web1", code: "Oops", message: "no" },
    subject: "question",
    told: "Azure could not carry out the run command on 'web1': Oops: \"no\"; try again: nothing is done twice",
  },
  {
    failure: {
      kind: "AgentNotReady",
      vmName: "web1",
      waitedSeconds: 120,
      powerState: "running",
      agentStatus: "Not Ready",
    },
    subject: "invocation",
    told: "'web1' was not ready after 120 s: its power state is 'running', expected 'running', and its agent's status is 'Not Ready', expected 'Ready'; see that the VM boots and its agent (walinuxagent or waagent) runs, or raise --ready-timeout, then try again; nothing was run",
  },
  {
    failure: { kind: "ScriptTimedOut", vmName: "web1", timeoutInSeconds: 9, stderrTail: "", stdoutTail: "" },
    subject: "invocation",
    told: "the script on 'web1' was ended after 9 s (--timeout), with all its children; it printed nothing",
  },
  {
    failure: { kind: "VmNotFound", vmName: "web1", resourceGroupName: "rg", message: "was not found.", missing: "vm" },
    mayHaveRun: true,
    subject: "invocation",
    told: "'web1' was deleted after the script had been sent to it: how it ended is not known, and nothing is left of it; Azure says \"was not found.\"; 'azure-run-command invoke' runs it again, once there is a VM",
  },
  {
    failure: { kind: "VmNotFound", vmName: "wbe1", resourceGroupName: "rg", message: "was not found.", missing: "vm" },
    mayHaveRun: true,
    subject: "reading",
    told: "there is no VM 'wbe1' in resource group 'rg': Azure says \"was not found.\"; check the name, the group and the subscription; nothing was changed",
  },
  {
    failure: { kind: "RunInterrupted", vmName: "web1" },
    mayHaveRun: true,
    subject: "invocation",
    told: "the script on 'web1' was cut off by a restart of the VM before it ended; 'azure-run-command invoke' runs it again",
  },
  {
    failure: { kind: "RunInterrupted", vmName: "web1" },
    mayHaveRun: true,
    subject: "reading",
    told: "the script on 'web1' was cut off by a restart of the VM before it ended; whoever asked for it can run it again",
  },
])("$subject, $failure.kind: $told", ({ failure, mayHaveRun = false, subject, told }) => {
  expect(describeFailure(failure, mayHaveRun, subject)).toBe(told);
});
