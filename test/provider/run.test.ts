/** What create and update ask of the core, and what they make of its answer. The core is a stand-in here. */
import { RunFailedError } from "../../core/failures/errors";
import { DEFAULT_SETTINGS } from "../../core/inputs/input-settings";
import { executeRun, type ScriptIntent } from "../../core/run/execute";
import { executeCommand } from "../../core/run/execute-command";
import { type RunResult, UNKNOWN_RESULT } from "../../core/run/outcome";
import { create, update } from "../../provider/lifecycle";
import type { Properties } from "../../provider/state";
import { currentWork } from "../../provider/work";
import { type RecordedReporter, recordedReporter } from "../support/virtual-outside";

jest.mock("../../core/run/execute");
jest.mock("../../core/run/execute-command");
const executeRunMock = jest.mocked(executeRun);
const executeCommandMock = jest.mocked(executeCommand);

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
  key: "k",
  resourceUrn: "urn:pulumi:dev::app::type::prepare",
  __provider: "text",
};
const SUCCEEDED: RunResult = {
  ...UNKNOWN_RESULT,
  executionState: "Succeeded",
  exitCode: 0,
  stdout: "up\n",
  stderr: "",
};
const FAILED: RunResult = { ...SUCCEEDED, executionState: "Failed", exitCode: 3, stderr: "no\n" };
const FAILURE = { kind: "ScriptFailed", vmName: "web1", exitCode: 3, stderrTail: "no", stdoutTail: "" } as const;

interface PartialFailure extends Error {
  readonly id: string;
  readonly properties: Properties;
  readonly reasons: readonly string[];
}

let reporter: RecordedReporter;

beforeEach(() => {
  jest.resetAllMocks();
  reporter = recordedReporter();
  jest.spyOn(currentWork().log, "reporterFor").mockReturnValue(reporter);
});

/** @param onRebuilt whether the VM turns out to be another one than the state knows. */
function answerWith(result: RunResult, failure?: RunFailedError["failure"], onRebuilt = false): void {
  executeRunMock.mockImplementation(async ({ run, name, onRebuiltVm }: ScriptIntent) => ({
    outcome: { result, failure, takenUp: false },
    target: TARGET,
    vmId: onRebuilt ? "other guid" : "guid",
    ran: onRebuilt && onRebuiltVm !== undefined ? onRebuiltVm : { run, name },
  }));
}

function lastIntent(): ScriptIntent {
  const intent = executeRunMock.mock.lastCall?.[0];
  if (intent === undefined) {
    throw new Error("nothing was run");
  }
  return intent;
}

async function failureOf(work: Promise<unknown>): Promise<PartialFailure> {
  return work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: PartialFailure) => error,
  );
}

describe("a run", () => {
  test("has the resource's own name for others, and the key where there is no name", async () => {
    answerWith(SUCCEEDED);
    await create(INPUTS);
    expect(lastIntent()).toMatchObject({
      label: "prepare",
      name: { key: "k" },
      run: { generation: 1, purpose: "create", runs: "script", last: undefined, knownRun: false },
      knownVmId: undefined,
      onRebuiltVm: undefined,
    });
    await create({ ...INPUTS, resourceUrn: undefined });
    expect(lastIntent().label).toBe("k");
  });

  test("is given what the inputs say, and a mask of what is protected", async () => {
    answerWith(SUCCEEDED);
    await create({ ...INPUTS, runAsUser: "app", rebootPolicy: "rerun", readyTimeoutInSeconds: 5, creates: "/x" });
    const intent = lastIntent();
    expect(intent.run.content).toMatchObject({
      script: "uptime",
      protectedEnvironment: { PW: "hunter2222" },
      runAsUser: "app",
      guards: { creates: "/x", unless: null, onlyIf: null },
    });
    expect(intent.watching).toEqual({
      ...DEFAULT_SETTINGS,
      timeoutInSeconds: 60,
      rebootPolicy: "rerun",
      readyTimeoutInSeconds: 5,
    });
    expect(intent.readyTimeoutInSeconds).toBe(5);
    expect(intent.mask("pw=hunter2222")).toBe("pw=[secret]");
  });

  test("is masked with secrets of earlier deployments, too", async () => {
    answerWith(SUCCEEDED);
    const { outs } = await create(INPUTS);
    const { outs: second } = await update("k", outs, { ...INPUTS, protectedParameters: { PW: "swordfish" } });
    expect(lastIntent().mask("hunter2222 swordfish")).toBe("[secret] [secret]");
    await update("k", second, { ...INPUTS, protectedParameters: { PW: "correct horse" } });
    expect(lastIntent().mask("hunter2222 swordfish correct horse")).toBe("[secret] [secret] [secret]");
    expect(second.earlierSecrets).toEqual(["hunter2222"]);
  });

  test("ends after the time of the option customTimeouts, each operation after its own", async () => {
    answerWith(SUCCEEDED);
    const { outside } = currentWork().session;
    const sleep = jest.spyOn(outside, "sleep").mockImplementation(() => new Promise(() => undefined));
    try {
      const { outs } = await create({ ...INPUTS, customTimeouts: { create: 90 } });
      expect(executeRunMock.mock.lastCall?.[3]).toEqual({ signal: expect.any(AbortSignal) });
      await update("k", outs, { ...INPUTS, script: "date", customTimeouts: { create: 90 } });
      expect(executeRunMock.mock.lastCall?.[3]).toBeUndefined();
      expect(sleep.mock.calls.map(([ms]) => ms)).toEqual([90_000]);
    } finally {
      sleep.mockRestore();
    }
  });

  test("is under way while it is waited for, and no longer, however it ends", async () => {
    const { underWay } = currentWork();
    let seen: unknown[] = [];
    executeRunMock.mockImplementation(async () => {
      seen = [...underWay].map((run) => ({ ...run, where: run.where() }));
      throw new Error("ended");
    });
    await expect(create(INPUTS)).rejects.toThrow("ended");
    expect(seen).toEqual([{ where: "'web1'", reporter }]);
    expect(underWay.size).toBe(0);
  });

  test("that went on after a restart of the VM is read there by the next one", async () => {
    executeRunMock.mockImplementation(async ({ run, name }) => ({
      outcome: { result: SUCCEEDED, failure: undefined, takenUp: false, endedAs: `${name.runId}-b2` },
      target: TARGET,
      vmId: "guid",
      ran: { run, name },
    }));
    const { outs } = await create(INPUTS);
    await update("k", outs, { ...INPUTS, script: "date" });
    expect(lastIntent().run.last).toBe(`${outs.runId}-b2`);
  });

  test("that a guard made unnecessary says which one", async () => {
    executeRunMock.mockImplementation(async ({ run, name }) => ({
      outcome: {
        result: { ...UNKNOWN_RESULT, executionState: "Skipped" },
        failure: undefined,
        takenUp: false,
        skippedBy: { name: "unless", exitCode: 0 },
      },
      target: TARGET,
      vmId: "guid",
      ran: { run, name },
    }));
    const { outs } = await create({ ...INPUTS, unless: "test -e /x" });
    expect(reporter.messages).toEqual([
      "info: the script was not run on 'web1': it is not needed, says 'unless', which exited with 0",
    ]);
    expect(outs).toMatchObject({ executionState: "Skipped", created: false });
  });
});

describe("the output of a script", () => {
  test("is told after the run if that was asked for, of one that failed too", async () => {
    answerWith(SUCCEEDED);
    await create({ ...INPUTS, logging: "stdout" });
    expect(reporter.messages).toEqual(["info: stdout:\nup\n"]);
    answerWith(FAILED, FAILURE);
    await expect(create({ ...INPUTS, logging: "stderr" })).rejects.toMatchObject({ id: "k" });
    expect(reporter.messages).toEqual(["info: stdout:\nup\n", "info: stderr:\nno\n"]);
  });
});

describe("a failure", () => {
  test("keeps what was printed, and the shim, without which the resource would be lost", async () => {
    answerWith(FAILED, FAILURE);
    const error = await failureOf(create(INPUTS));
    expect(error.id).toBe("k");
    expect(error.reasons).toEqual([error.message]);
    expect(error.properties).toMatchObject({ exitCode: 3, stderr: "no\n", created: false, __provider: "text" });
  });

  test("holds no secret in what it says and keeps, but where it was given", async () => {
    const stderrTail = 'curl: {"pw":"hunter2222"} aHVudGVyMjIyMg==';
    answerWith(FAILED, { ...FAILURE, stderrTail });
    const { properties, reasons, message } = await failureOf(create(INPUTS));
    const { protectedParameters, ...others } = properties;
    expect(protectedParameters).toEqual({ PW: "hunter2222" });
    expect(reasons).toHaveLength(1);
    expect(JSON.stringify([others, reasons, message])).not.toMatch(/hunter|aHVudGVy/);
  });

  test("holds no secret where nothing could be run", async () => {
    const message = "bad value hunter2222";
    executeRunMock.mockRejectedValue(
      new RunFailedError({ kind: "RequestRefused", vmName: "web1", status: 400, code: "BadRequest", message }),
    );
    const error = await failureOf(create(INPUTS));
    expect(error).not.toHaveProperty("id");
    expect(error.message).toContain("bad value [secret]");
    expect(error.message).not.toContain("hunter2222");
  });

  test("is a warning, and done, where treatFailureAsDeploymentFailure is false", async () => {
    answerWith(FAILED, FAILURE);
    const inputs = { ...INPUTS, treatFailureAsDeploymentFailure: false };
    const { outs } = await create(inputs);
    expect(outs).toMatchObject({ executionState: "Failed", exitCode: 3, created: false });
    expect(reporter.messages).toHaveLength(1);
    expect(reporter.messages[0]).toMatch(
      /^warn: .*exited with 3.*; the deployment goes on all the same \(treatFailureAsDeploymentFailure is false\)$/s,
    );
    executeRunMock.mockClear();
    await update("k", outs, inputs);
    expect(executeRunMock).not.toHaveBeenCalled();
  });

  test("of which it is not known how it ended fails the deployment all the same", async () => {
    answerWith(UNKNOWN_RESULT, { kind: "RunLost", vmName: "web1" });
    const error = await failureOf(create({ ...INPUTS, treatFailureAsDeploymentFailure: false }));
    expect(error.properties.executionState).toBe("Unknown");
  });
});

describe("an update", () => {
  test("that changes nothing that runs keeps what was printed, and no input that is gone", async () => {
    answerWith(SUCCEEDED);
    const { outs } = await create(INPUTS);
    executeRunMock.mockReset();
    const news = { ...INPUTS, timeoutInSeconds: undefined, logging: "stdout", delete: "rm x" };
    const updated = await update("k", outs, news);
    expect(executeRunMock).not.toHaveBeenCalled();
    expect(updated.outs).toMatchObject({ stdout: "up\n", logging: "stdout", delete: "rm x", generation: 1 });
    expect(updated.outs).not.toHaveProperty("timeoutInSeconds");
  });

  test("runs 'update' in place of a script that was a success, and lets it see what that printed", async () => {
    answerWith(SUCCEEDED);
    const { outs } = await create(INPUTS);
    await update("k", outs, { ...INPUTS, update: "date", unless: "true", triggers: [2] });
    expect(lastIntent().run).toMatchObject({
      generation: 2,
      purpose: "update",
      runs: "update",
      last: outs.runId,
      content: { script: "date", guards: { unless: null } },
    });
    expect(lastIntent().knownVmId).toBe("guid");
  });

  test("runs the script itself while that was no success", async () => {
    answerWith(FAILED, FAILURE);
    const { properties } = await failureOf(create({ ...INPUTS, update: "date" }));
    await failureOf(update("k", properties, { ...INPUTS, update: "date" }));
    expect(lastIntent().run).toMatchObject({ generation: 2, purpose: "update", runs: "script" });
  });

  test("after drift is a repair, whatever the guards say, and is tried again until it is done", async () => {
    answerWith(SUCCEEDED);
    const inputs = { ...INPUTS, check: "test -e /x", creates: "/x" };
    const { outs } = await create(inputs);
    answerWith(FAILED, FAILURE);
    const drifted = { ...outs, drifted: true, checkExitCode: 1, checkOutput: "", driftCheckId: "1-check-0" };
    const { properties } = await failureOf(update("k", drifted, inputs));
    expect(lastIntent().run).toMatchObject({
      purpose: "repair",
      runs: "script",
      content: { guards: { creates: null } },
    });
    answerWith(SUCCEEDED);
    const { outs: mended } = await update("k", properties, inputs);
    expect(lastIntent().run).toMatchObject({ generation: 3, purpose: "repair" });
    expect(mended).not.toHaveProperty("drifted");
  });

  test("has a run ready for a VM that was made anew without anybody noticing", async () => {
    answerWith(SUCCEEDED);
    const { outs } = await create(INPUTS);
    answerWith(SUCCEEDED, undefined, true);
    const updated = await update("k", outs, { ...INPUTS, update: "date", script: "id" });
    expect(lastIntent()).toMatchObject({
      run: { runs: "update" },
      onRebuiltVm: { run: { generation: 2, purpose: "create", runs: "script", last: undefined } },
    });
    expect(updated.outs).toMatchObject({ vmId: "other guid", created: true, generation: 2 });
    expect(updated.outs.runId).toBe(updated.outs.scriptRunId);
    expect(updated.outs.runId).toMatch(/^2-create-/);
  });

  test("after a refresh that found another VM runs the script there as for the first time", async () => {
    answerWith(SUCCEEDED);
    const { outs } = await create(INPUTS);
    const { outs: updated } = await update("k", { ...outs, rebuilt: true }, { ...INPUTS, update: "date" });
    expect(lastIntent()).toMatchObject({
      run: { generation: 2, purpose: "create", runs: "script", last: undefined },
      onRebuiltVm: undefined,
    });
    expect(updated).not.toHaveProperty("rebuilt");
  });

  test("runs the script on another VM even where it is not known how the last run ended", async () => {
    answerWith(UNKNOWN_RESULT);
    const { outs } = await create(INPUTS);
    await update("k", { ...outs, rebuilt: true }, INPUTS);
    expect(lastIntent().run).toMatchObject({ generation: 2, purpose: "create", knownRun: false });
  });

  test("of a state that tells no run runs the script for the first time", async () => {
    answerWith(SUCCEEDED);
    await update("k", { ...INPUTS }, INPUTS);
    expect(lastIntent()).toMatchObject({ name: { key: "k" }, run: { generation: 1, purpose: "create" } });
  });
});

describe("a run of which it is not known how it ended", () => {
  test("is taken up however old it is; one of another content is not", async () => {
    answerWith(UNKNOWN_RESULT);
    const { outs } = await create(INPUTS);
    const first = lastIntent();
    await update("k", outs, INPUTS);
    expect(lastIntent()).toMatchObject({ run: { knownRun: true }, name: first.name });
    await update("k", outs, { ...INPUTS, script: "date" });
    expect(lastIntent().run.knownRun).toBe(false);
    expect(lastIntent().name.runId).toMatch(/^2-update-/);
  });

  test("is taken up when it was one of an update, too", async () => {
    answerWith(UNKNOWN_RESULT);
    const { outs: created } = await create(INPUTS);
    const { outs } = await update("k", created, { ...INPUTS, script: "date" });
    const second = lastIntent();
    await update("k", outs, { ...INPUTS, script: "date" });
    expect(lastIntent()).toMatchObject({ run: { knownRun: true }, name: second.name });
  });
});

describe("one of Azure's own commands", () => {
  test("is sent as it is, and what it printed is stored without an exit code", async () => {
    const result = { ...UNKNOWN_RESULT, executionState: "Unverified", stdout: "eth0" } as const;
    executeCommandMock.mockResolvedValue({
      outcome: { result, failure: undefined, takenUp: false },
      target: TARGET,
      vmId: "guid",
    });
    const inputs = {
      virtualMachineId: VM_ID,
      commandId: "ifconfig",
      rawParameters: [{ name: "a", value: "1" }],
      key: "c",
    };
    const { outs } = await create(inputs);
    expect(executeRunMock).not.toHaveBeenCalled();
    expect(executeCommandMock.mock.lastCall?.[0]).toMatchObject({
      target: TARGET,
      label: "c",
      command: { commandId: "ifconfig", parameters: [{ name: "a", value: "1" }] },
      readyTimeoutInSeconds: 900,
    });
    expect(outs).toMatchObject({ executionState: "Unverified", stdout: "eth0", commandId: "ifconfig" });
    expect(outs).not.toHaveProperty("exitCode");
    executeCommandMock.mockClear();
    await update("c", outs, inputs);
    expect(executeCommandMock).not.toHaveBeenCalled();
  });
});

describe("an extension", () => {
  const EXTENSION: Properties = {
    kind: "RunCommandExtension",
    virtualMachineId: VM_ID,
    key: "e",
    resourceUrn: "urn:pulumi:dev::app::type::extension",
  };

  test("runs the probe, and stores that it worked", async () => {
    answerWith(SUCCEEDED);
    const { outs } = await create(EXTENSION);
    expect(lastIntent()).toMatchObject({ label: "extension", run: { content: { script: "true" } } });
    expect(outs).toMatchObject({ executionState: "Succeeded", virtualMachineId: VM_ID });
    expect(outs).not.toHaveProperty("script");
    expect(outs).not.toHaveProperty("stdout");
  });

  test("says that Run Command does not work, and why, whether something was run or not", async () => {
    const failure = { kind: "VmNotRunning", vmName: "web1", powerState: "deallocated" } as const;
    executeRunMock.mockRejectedValue(new RunFailedError(failure));
    const nothing = await failureOf(create(EXTENSION));
    expect(nothing.message).toBe(
      `Run Command does not work on 'web1': ${new RunFailedError(failure).about("probe").message}`,
    );
    answerWith(FAILED, FAILURE);
    const something = await failureOf(create(EXTENSION));
    expect(something.reasons[0]).toMatch(/^Run Command does not work on 'web1': the probe on 'web1' exited with 3/);
  });
});
