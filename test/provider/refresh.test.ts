/** What a refresh finds out, and what it stores of it. The VM and the check on it are stand-ins here. */

import { seeVm } from "../../core/arm/virtual-machine";
import type { VmFacts } from "../../core/arm/vm-facts";
import { RunFailedError } from "../../core/failures/errors";
import { type CheckIntent, executeCheck } from "../../core/run/execute-check";
import { diff, read } from "../../provider/lifecycle";
import type { Properties } from "../../provider/state";
import { currentWork } from "../../provider/work";
import { type RecordedReporter, recordedReporter } from "../support/virtual-outside";

jest.mock("../../core/arm/virtual-machine");
jest.mock("../../core/run/execute-check");
const seeVmMock = jest.mocked(seeVm);
const executeCheckMock = jest.mocked(executeCheck);

const INPUTS: Properties = {
  virtualMachineId:
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1",
  script: "uptime",
  check: "test -e /x",
  protectedParameters: { PW: "hunter2222" },
  timeoutInSeconds: 5,
  successExitCodes: [0, 2],
  key: "k",
  resourceUrn: "urn:pulumi:dev::app::type::prepare",
};
const STORED: Properties = {
  ...INPUTS,
  vmId: "guid",
  generation: 3,
  runId: "3-update-x",
  scriptRunId: "1-create-x",
  created: true,
  executionState: "Succeeded",
  exitCode: 0,
  stdout: "up\n",
  __provider: "text",
};
const DRIFT = { drifted: true, checkExitCode: 1, checkOutput: "gone\n", driftCheckId: "3-check-x" };
const FACTS: VmFacts = {
  vmId: "GUID",
  osType: "Linux",
  powerState: "running",
  provisioningState: "Succeeded",
  agentStatus: "Ready",
  agentVersion: "2.9",
  extensionInstalled: true,
  extension: undefined,
  agentMessage: undefined,
  hasAgent: true,
  allowsExtensions: true,
  location: "westeurope",
};

let reporter: RecordedReporter;

beforeEach(() => {
  jest.resetAllMocks();
  reporter = recordedReporter();
  jest.spyOn(currentWork().log, "reporterFor").mockReturnValue(reporter);
  seeVmMock.mockResolvedValue({ kind: "there", facts: FACTS });
});

function lastCheck(): CheckIntent {
  const intent = executeCheckMock.mock.lastCall?.[0];
  if (intent === undefined) {
    throw new Error("nothing was checked");
  }
  return intent;
}

test("a VM that is gone takes its resource along", async () => {
  seeVmMock.mockResolvedValue({ kind: "gone", missing: "vm", message: "not found" });
  expect(await read("k", STORED)).toEqual({});
});

test("without a check, nothing changes on a VM that is there: a failed run stays failed", async () => {
  const failed = { ...STORED, check: undefined, executionState: "Failed", exitCode: 3 };
  const { check: _check, ...expected } = failed;
  expect(await read("k", failed)).toStrictEqual({ id: "k", props: expected });
  expect(executeCheckMock).not.toHaveBeenCalled();
  expect(reporter.messages).toEqual([]);
});

test("a check is a run of its own beside the generations, with its own time and size, and sees the last output", async () => {
  executeCheckMock.mockResolvedValue({ kind: "asItShouldBe", exitCode: 0, output: "" });
  expect(await read("k", STORED)).toStrictEqual({ id: "k", props: STORED });
  const first = lastCheck();
  expect(first).toMatchObject({
    facts: FACTS,
    label: "prepare",
    run: { generation: 3, purpose: "check", runs: "check", last: "1-create-x", content: { script: "test -e /x" } },
    watching: { timeoutInSeconds: 300, rebootPolicy: "fail", outputMaxBytes: 4_096, successExitCodes: [0, 2] },
  });
  expect(first.mask("hunter2222")).toBe("[secret]");
  expect(first.name.runId).toMatch(/^3-check-/);
  await read("k", STORED);
  expect(lastCheck().name.runId).not.toBe(first.name.runId);
});

test("drift is stored with what the check printed, and is a change of the next preview", async () => {
  executeCheckMock.mockResolvedValue({ kind: "drifted", exitCode: 1, output: "gone\n" });
  const { props = {} } = await read("k", STORED);
  expect(props).toStrictEqual({ ...STORED, ...DRIFT, driftCheckId: lastCheck().name.runId });
  expect(await diff("k", props, INPUTS)).toEqual({ changes: true });
  expect(reporter.messages).toEqual([
    "info: the VM is not as it should be: 'check' exited with 1 and printed \"gone\"; an update runs the script to mend it",
  ]);
});

test("drift that is over is forgotten", async () => {
  executeCheckMock.mockResolvedValue({ kind: "asItShouldBe", exitCode: 0, output: "" });
  expect(await read("k", { ...STORED, ...DRIFT })).toStrictEqual({ id: "k", props: STORED });
});

test("a check that cannot tell is a warning without secrets, and changes nothing", async () => {
  executeCheckMock.mockResolvedValue({ kind: "unknown", why: "it said hunter2222" });
  expect(await read("k", { ...STORED, ...DRIFT })).toStrictEqual({ id: "k", props: { ...STORED, ...DRIFT } });
  expect(reporter.messages).toEqual(["warn: whether 'web1' is as it should be is not known: it said [secret]"]);
});

test("after a run that was no success nothing is checked: it runs again anyway", async () => {
  const failed = { ...STORED, executionState: "Failed" };
  expect(await read("k", failed)).toStrictEqual({ id: "k", props: failed });
  expect(executeCheckMock).not.toHaveBeenCalled();
  executeCheckMock.mockResolvedValue({ kind: "asItShouldBe", exitCode: 0, output: "" });
  await read("k", { ...failed, treatFailureAsDeploymentFailure: false });
  expect(executeCheckMock).toHaveBeenCalledTimes(1);
});

describe("another VM under the same name", () => {
  beforeEach(() => seeVmMock.mockResolvedValue({ kind: "there", facts: { ...FACTS, vmId: "other" } }));

  test("is noted, is not checked, and makes the next deployment run there", async () => {
    const { props = {} } = await read("k", { ...STORED, ...DRIFT });
    expect(props).toStrictEqual({ ...STORED, rebuilt: true });
    expect(executeCheckMock).not.toHaveBeenCalled();
    expect(await diff("k", props, INPUTS)).toEqual({ changes: true });
    expect(reporter.messages).toEqual([
      "info: 'web1' is another VM than the one that the state knows: an update runs the script there as for the first time",
    ]);
  });

  test("is noted of what the first version stored, which knows the VM's GUID too", async () => {
    const { created, scriptRunId, check, successExitCodes, ...first } = STORED;
    expect((await read("k", first)).props).toStrictEqual({ ...first, rebuilt: true });
  });
});

test("that another VM was there is forgotten when the old one is back, but not when Azure does not say which it is", async () => {
  executeCheckMock.mockResolvedValue({ kind: "asItShouldBe", exitCode: 0, output: "" });
  expect((await read("k", { ...STORED, rebuilt: true })).props).toStrictEqual(STORED);
  seeVmMock.mockResolvedValue({ kind: "there", facts: { ...FACTS, vmId: undefined } });
  expect((await read("k", { ...STORED, rebuilt: true })).props).toStrictEqual({ ...STORED, rebuilt: true });
  expect(executeCheckMock).toHaveBeenCalledTimes(1);
});

test("a VM that cannot be looked up is a sentence that speaks of the refresh, without secrets", async () => {
  const detail = "no route to hunter2222";
  seeVmMock.mockRejectedValue(new RunFailedError({ kind: "Unreachable", host: "arm", detail, afterTries: 6 }));
  const error = await read("k", STORED).catch((caught: Error) => caught);
  expect(error).toMatchObject({
    message:
      "no answer from arm after 6 tries: no route to [secret]; check this machine's network, proxy and name resolution, then refresh again; nothing was run",
    stack: "",
  });
});

test("what tells of no run is kept as it is", async () => {
  expect(await read("k", { key: "k", x: undefined })).toStrictEqual({ id: "k", props: { key: "k" } });
  expect(seeVmMock).not.toHaveBeenCalled();
});
