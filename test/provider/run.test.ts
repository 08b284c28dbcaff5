/** What create, update and delete ask of the core, and what they make of its answer. The core is a stand-in here. */
import { RunFailedError } from "../../core/failures/errors";
import { executeRun } from "../../core/run/execute";
import { executeDelete } from "../../core/run/execute-delete";
import { type RunResult, UNKNOWN_RESULT } from "../../core/run/outcome";
import { create, delete as remove, update } from "../../provider/lifecycle";
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
const INPUTS: Properties = {
  virtualMachineId: `/subscriptions/${TARGET.subscriptionId}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1`,
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

let reporter: RecordedReporter;

beforeEach(() => {
  jest.resetAllMocks();
  reporter = recordedReporter();
  jest.spyOn(currentWork().log, "reporterFor").mockReturnValue(reporter);
});

function answerWith(result: RunResult, failure?: RunFailedError["failure"]): void {
  executeRunMock.mockResolvedValue({ outcome: { result, failure, takenUp: false }, target: TARGET, vmId: "guid" });
}

test("a run has the resource's own name for others, and the key where there is no name", async () => {
  answerWith(SUCCEEDED);
  await create(INPUTS);
  expect(executeRunMock.mock.lastCall?.[0]).toMatchObject({ label: "prepare", name: { key: "k" }, knownRun: false });
  await create({ ...INPUTS, resourceUrn: undefined });
  expect(executeRunMock.mock.lastCall?.[0]).toMatchObject({ label: "k" });
});

test("a removal has the same name", async () => {
  answerWith(SUCCEEDED);
  const { outs } = await create(INPUTS);
  await remove("k", outs);
  expect(executeDeleteMock.mock.lastCall?.[0]).toEqual({ target: TARGET, key: "k", label: "prepare", generation: 1 });
});

test("a run is given what the inputs say, and a mask of what is protected", async () => {
  answerWith(SUCCEEDED);
  await create({ ...INPUTS, runAsUser: "app", rebootPolicy: "rerun" });
  const intent = executeRunMock.mock.lastCall?.[0];
  expect(intent?.desired).toMatchObject({
    protectedEnvironment: { PW: "hunter2222" },
    runAsUser: "app",
    settings: { timeoutInSeconds: 60, rebootPolicy: "rerun", outputMaxBytes: 65_536, logging: "none" },
  });
  expect(intent?.mask("pw=hunter2222")).toBe("pw=[secret]");
});

test("what was asked for is told after the run, of one that failed too", async () => {
  answerWith(SUCCEEDED);
  await create({ ...INPUTS, logging: "stdout" });
  expect(reporter.messages).toEqual(["info: stdout:\nup\n"]);
  const failure = { kind: "ScriptFailed", vmName: "web1", exitCode: 3, stderrTail: "no", stdoutTail: "" } as const;
  answerWith({ ...SUCCEEDED, executionState: "Failed", exitCode: 3, stderr: "no\n" }, failure);
  await expect(create({ ...INPUTS, logging: "stderr" })).rejects.toMatchObject({ id: "k" });
  expect(reporter.messages).toEqual(["info: stdout:\nup\n", "info: stderr:\nno\n"]);
});

test("no secret is in what a failure says and keeps, but where it was given", async () => {
  const tail = 'curl: {"pw":"hunter2222"} aHVudGVyMjIyMg==';
  const failure = { kind: "ScriptFailed", vmName: "web1", exitCode: 3, stderrTail: tail, stdoutTail: "" } as const;
  answerWith({ ...SUCCEEDED, executionState: "Failed", exitCode: 3 }, failure);
  const error = await create(INPUTS).then(
    () => undefined,
    (caught: Error & { properties: Properties; reasons: string[] }) => caught,
  );
  const { protectedParameters, ...others } = error?.properties ?? {};
  expect(protectedParameters).toEqual({ PW: "hunter2222" });
  expect(error?.reasons).toHaveLength(1);
  expect(JSON.stringify([others, error?.reasons, error?.message])).not.toMatch(/hunter|aHVudGVy/);
});

test("no secret is in what is said when nothing could be run", async () => {
  const message = "bad value hunter2222";
  executeRunMock.mockRejectedValue(
    new RunFailedError({ kind: "RequestRefused", vmName: "web1", status: 400, code: "BadRequest", message }),
  );
  await expect(create(INPUTS)).rejects.toThrow(
    `Azure refused the command for 'web1' with 400 BadRequest: "bad value [secret]"; nothing was run`,
  );
});

test("a run is under way while it is waited for, and no longer, however it ends", async () => {
  const { underWay } = currentWork();
  let seen: unknown[] = [];
  executeRunMock.mockImplementation(async () => {
    seen = [...underWay];
    throw new Error("ended");
  });
  await expect(create(INPUTS)).rejects.toThrow("ended");
  expect(seen).toEqual([{ vmName: "web1", reporter }]);
  expect(underWay.size).toBe(0);
});

test("an update that changes nothing that runs keeps what was printed, and no input that is gone", async () => {
  answerWith(SUCCEEDED);
  const { outs } = await create(INPUTS);
  executeRunMock.mockReset();
  const news = { ...INPUTS, timeoutInSeconds: undefined, logging: "stdout" };
  const updated = await update("k", outs, news);
  expect(executeRunMock).not.toHaveBeenCalled();
  expect(updated.outs).toMatchObject({ stdout: "up\n", logging: "stdout", generation: 1 });
  expect(updated.outs).not.toHaveProperty("timeoutInSeconds");
});

test("a run of which it is not known how it ended is taken up however old it is; of another content, it is not", async () => {
  answerWith(UNKNOWN_RESULT);
  const { outs } = await create(INPUTS);
  const first = executeRunMock.mock.lastCall?.[0];
  await update("k", outs, INPUTS);
  expect(executeRunMock.mock.lastCall?.[0]).toMatchObject({ knownRun: true, name: first?.name });
  await update("k", outs, { ...INPUTS, script: "date" });
  expect(executeRunMock.mock.lastCall?.[0]).toMatchObject({ knownRun: false });
  expect(executeRunMock.mock.lastCall?.[0].name.runId).toMatch(/^2-update-/);
});

test("the run of an update of which it is not known how it ended is taken up, too", async () => {
  answerWith(UNKNOWN_RESULT);
  const { outs: created } = await create(INPUTS);
  const { outs } = await update("k", created, { ...INPUTS, script: "date" });
  await update("k", outs, { ...INPUTS, script: "date" });
  const [second, third] = executeRunMock.mock.calls.slice(1).map(([intent]) => intent);
  expect(third).toMatchObject({ knownRun: true, name: second?.name });
});
