/** One of Azure's other commands on a VM: sent once, and told of as far as Azure tells. */
import { type CommandIntent, executeCommand } from "../../../core/run/execute-command";
import { UNKNOWN_RESULT } from "../../../core/run/outcome";
import { maskOf } from "../../../core/secrets/secret-texts";
import { TARGET } from "../../support/examples";
import { scriptedVm, VM_GUID, vmAnswer } from "../../support/scripted-vm";
import { type Answer, recordedReporter } from "../../support/virtual-outside";

const INTENT: CommandIntent = {
  target: TARGET,
  command: { commandId: "ifconfig", parameters: [] },
  label: "network",
  readyTimeoutInSeconds: 0,
  mask: maskOf(["hunter2"]),
};
const OPERATION = "https://management.azure.com/operations/1";
const TAKEN: Answer = { status: 202, headers: { "azure-asyncoperation": OPERATION } };

function ended(message: string): Answer {
  return { status: 200, body: { status: "Succeeded", properties: { output: { value: [{ message }] } } } };
}

/** @param posts the answers to the posts; the last one for all that follow. */
function azure(posts: readonly Answer[], poll: Answer) {
  let sent = 0;
  const vm = scriptedVm({
    arm: ({ method }) => (method === "POST" ? (posts[Math.min(sent++, posts.length - 1)] ?? TAKEN) : poll),
  });
  const bodies = () => vm.outside.exchanges.filter(({ method }) => method === "POST").map(({ body }) => body);
  return { ...vm, bodies };
}

test("its output is known, and masked; its exit code is not", async () => {
  const { session, bodies } = azure([TAKEN], ended("Enable succeeded: \n[stdout]\nmy hunter2\n[stderr]\nerr"));
  const executed = await executeCommand(INTENT, session, recordedReporter());
  expect(executed).toEqual({
    outcome: {
      takenUp: false,
      failure: undefined,
      result: { ...UNKNOWN_RESULT, executionState: "Unverified", stdout: "my [secret]", stderr: "err" },
    },
    target: TARGET,
    vmId: VM_GUID,
  });
  expect(bodies()).toEqual([{ commandId: "ifconfig" }]);
});

test("it is sent with its parameters as they are", async () => {
  const { session, bodies } = azure([TAKEN], ended(""));
  const command = { commandId: "Custom", parameters: [{ name: "a", value: "1 2" }] };
  await executeCommand({ ...INTENT, command }, session, recordedReporter());
  expect(bodies()).toEqual([command]);
});

test("one that only looks is sent again when its answer was lost", async () => {
  const { session, bodies } = azure([{ lost: "ECONNRESET" }, TAKEN], ended("done"));
  const { outcome } = await executeCommand(INTENT, session, recordedReporter());
  expect(outcome.result).toMatchObject({ executionState: "Unverified", stdout: "done" });
  expect(bodies()).toHaveLength(2);
});

test("one that may do anything is not: how it ended stays unknown, and that is said", async () => {
  const { session, bodies } = azure([{ lost: "ECONNRESET" }, TAKEN], ended("done"));
  const intent = { ...INTENT, command: { commandId: "Custom", parameters: [] } };
  const { outcome } = await executeCommand(intent, session, recordedReporter());
  expect(outcome).toMatchObject({
    result: UNKNOWN_RESULT,
    failure: { kind: "AnswerLost", vmName: "web1", commandId: "Custom", detail: "ECONNRESET", afterTries: 1 },
  });
  expect(bodies()).toHaveLength(1);
});

test("one whose operation was pushed aside may have been carried out", async () => {
  const error = { code: "OperationPreempted", message: "m" };
  const { session } = azure([TAKEN], { status: 200, body: { status: "Canceled", error } });
  const { outcome } = await executeCommand(INTENT, session, recordedReporter());
  expect(outcome).toMatchObject({
    result: UNKNOWN_RESULT,
    failure: { kind: "OperationFailed", vmName: "web1", ...error },
  });
});

test("one that was refused was not carried out: that is thrown", async () => {
  const refusal: Answer = { status: 409, body: { error: { code: "ScopeLocked", message: "m" } } };
  const { session } = azure([refusal], ended(""));
  await expect(executeCommand(INTENT, session, recordedReporter())).rejects.toMatchObject({
    failure: { kind: "ScopeLocked", vmName: "web1" },
    mayHaveRun: false,
  });
});

test("on a VM that is not running nothing is sent", async () => {
  const vm = scriptedVm({ vm: () => vmAnswer({ powerState: "stopped" }) });
  await expect(executeCommand(INTENT, vm.session, recordedReporter())).rejects.toMatchObject({
    failure: { kind: "VmNotRunning", powerState: "stopped" },
  });
});
