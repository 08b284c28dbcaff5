/** What a deletion asks of the core. The core is a stand-in here. */
import { RunFailedError } from "../../core/failures/errors";
import { executeRun } from "../../core/run/execute";
import { type DeleteIntent, executeDelete } from "../../core/run/execute-delete";
import { type RunResult, UNKNOWN_RESULT } from "../../core/run/outcome";
import { create, delete as remove } from "../../provider/lifecycle";
import type { Properties } from "../../provider/state";
import { currentWork } from "../../provider/work";
import { type RecordedReporter, recordedReporter } from "../support/virtual-outside";

jest.mock("../../core/run/execute");
jest.mock("../../core/run/execute-delete");
const executeRunMock = jest.mocked(executeRun);
const executeDeleteMock = jest.mocked(executeDelete);

const TARGET = {
  subscriptionId: "11111111-2222-3333-4444-555555555555",
  resourceGroupName: "rg",
  vmName: "web1",
};
const VM_ID = `/subscriptions/${TARGET.subscriptionId}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1`;
const INPUTS: Properties = {
  virtualMachineId: VM_ID,
  script: "uptime",
  protectedParameters: { PW: "hunter2222" },
  timeoutInSeconds: 60,
  key: "r",
  resourceUrn: "urn:pulumi:dev::app::type::prepare",
};
const SUCCEEDED: RunResult = {
  ...UNKNOWN_RESULT,
  executionState: "Succeeded",
  exitCode: 0,
  stdout: "up\n",
  stderr: "",
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
};

let reporter: RecordedReporter;

beforeEach(() => {
  jest.resetAllMocks();
  reporter = recordedReporter();
  jest.spyOn(currentWork().log, "reporterFor").mockReturnValue(reporter);
  executeDeleteMock.mockResolvedValue("done");
});

describe("a removal", () => {
  function lastDeletion(): DeleteIntent {
    const intent = executeDeleteMock.mock.lastCall?.[0];
    if (intent === undefined) {
      throw new Error("nothing was deleted");
    }
    return intent;
  }

  test("is asked for as the state says, under the resource's own name", async () => {
    await remove("r", STORED);
    expect(lastDeletion()).toEqual({
      target: TARGET,
      key: "r",
      label: "prepare",
      generation: 3,
      knownVmId: "guid",
      script: undefined,
      deleteFailure: "fail",
      removeExtension: "whenLast",
      scriptEnded: expect.any(Function),
    });
    expect(executeDeleteMock.mock.lastCall?.[3]).toBeUndefined();
  });

  test("of the first version's state is asked for with the defaults", async () => {
    const { scriptRunId, created, ...first } = STORED;
    await remove("r", first);
    expect(lastDeletion()).toMatchObject({ key: "r", deleteFailure: "fail", removeExtension: "whenLast" });
  });

  test("runs the delete script beside the generations, named after what it runs, and lets it see the last output", async () => {
    const state = { ...STORED, delete: "rm x", deleteFailure: "ignore", logging: "stdout" };
    await remove("r", state);
    await remove("r", state);
    const [first, second] = executeDeleteMock.mock.calls.map(([intent]) => intent);
    expect(first).toMatchObject({
      deleteFailure: "ignore",
      script: {
        run: { generation: 3, purpose: "delete", runs: "delete", last: "1-create-x", content: { script: "rm x" } },
        watching: { timeoutInSeconds: 60 },
        label: "prepare",
      },
    });
    expect(second?.script?.name).toEqual(first?.script?.name);
    expect(first?.script?.name.runId).toMatch(/^3-delete-/);
    first?.scriptEnded(SUCCEEDED);
    expect(reporter.messages).toEqual(["info: stdout:\nup\n"]);
  });

  test("masks in it what is a secret only because the program says so, though the state alone is there", async () => {
    const secret = { parameters: { A: "swordfish" }, secretInputs: ["parameters.A", "protectedParameters"] };
    await remove("r", { ...STORED, delete: "env", ...secret });
    expect(lastDeletion().script?.mask("swordfish hunter2222 plain")).toBe("[secret] [secret] plain");
  });

  test("ends after the time of the option customTimeouts", async () => {
    const state = { ...STORED, customTimeouts: { create: 5_000, delete: 90 } };
    const sleep = jest.spyOn(currentWork().session.outside, "sleep").mockReturnValue(new Promise(() => undefined));
    try {
      await remove("r", state);
      expect(executeDeleteMock.mock.lastCall?.[3]).toEqual({ signal: expect.any(AbortSignal) });
      expect(sleep.mock.calls.map(([ms]) => ms)).toEqual([90_000]);
    } finally {
      sleep.mockRestore();
    }
  });

  test("that fails says so without secrets", async () => {
    const message = "hunter2222 is locked";
    executeDeleteMock.mockRejectedValue(new RunFailedError({ kind: "ScopeLocked", vmName: "web1", message }));
    const error = await remove("r", STORED).catch((caught: Error) => caught);
    expect(error).toMatchObject({ message: expect.stringContaining("[secret] is locked"), stack: "" });
    expect(error).not.toMatchObject({ message: expect.stringContaining("hunter2222") });
  });

  test("of an old resource, after the new one was made under the same key, removes nothing and says so", async () => {
    executeRunMock.mockImplementation(async ({ run, name }) => ({
      outcome: { result: SUCCEEDED, failure: undefined, takenUp: false },
      target: TARGET,
      vmId: "guid",
      ran: { run, name },
    }));
    const { outs } = await create({ ...INPUTS, key: "twice" });
    await remove("twice", outs);
    await remove("twice", { ...outs, delete: "rm x" });
    expect(executeDeleteMock).not.toHaveBeenCalled();
    expect(reporter.messages).toEqual([
      "warn: nothing was removed from 'web1': the new resource has taken over what the old one left there (deleteBeforeReplace is false)",
      "warn: nothing was removed from 'web1': the new resource has taken over what the old one left there (deleteBeforeReplace is false), and the 'delete' script of the old one is not run",
    ]);
    const otherVm = { ...outs, virtualMachineId: VM_ID.replace("web1", "web2") };
    await remove("twice", otherVm);
    expect(lastDeletion().target.vmName).toBe("web2");
  });

  test("of an extension is the same", async () => {
    const { script, protectedParameters, timeoutInSeconds, ...others } = STORED;
    await remove("r", { ...others, kind: "RunCommandExtension", removeExtension: "always" });
    expect(lastDeletion()).toMatchObject({ key: "r", script: undefined, removeExtension: "always" });
  });

  test("of a state that tells no run removes nothing and says so", async () => {
    await remove("r", { key: "r" });
    expect(executeDeleteMock).not.toHaveBeenCalled();
    expect(reporter.messages).toEqual([
      "warn: the state of this resource tells no VM and no run: nothing was removed anywhere",
    ]);
  });
});
