/** What the class of a fleet sends to the engine, and what a program can ask of it. Engine and Azure are stand-ins. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import type { ArmClient } from "../../core/arm/arm-client";
import { RunFailedError } from "../../core/failures/errors";
import { executeStretch, type ScriptIntent } from "../../core/run/execute";
import { type RunResult, UNKNOWN_RESULT } from "../../core/run/outcome";
import { openSession, type Session } from "../../core/run/session";
import { getRunCommandOutput, RunCommandFleet, type RunCommandFleetArgs } from "../../provider";
import { listMemberIds } from "../../provider/fleet-members";
import { inputNamesOf } from "../../provider/kinds";
import { check } from "../../provider/lifecycle";
import { outputOfVm } from "../../provider/run-command-output";

jest.mock("../../core/run/session");
jest.mock("../../core/run/execute");
const executeStretchMock = jest.mocked(executeStretch);

const GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute";
const vm = (name: string) => `${GROUP}/virtualMachines/${name}`;
const SCALE_SET = `${GROUP}/virtualMachineScaleSets/web`;
const TYPE = "pulumi-nodejs:dynamic/azure-run-command:RunCommandFleet";

/** The ways to name VMs, of which one is given. */
type OtherWay = "virtualMachines" | "scaleSet" | "scaleSetId";

let registered: Record<string, unknown>;
/** What the engine knows of the fleet beside its inputs. */
let state: Record<string, unknown>;

beforeEach(async () => {
  registered = {};
  state = {};
  executeStretchMock.mockReset();
  const { openSession: real } = jest.requireActual<typeof import("../../core/run/session")>("../../core/run/session");
  jest.mocked(openSession).mockImplementation(real);
  await pulumi.runtime.setMocks(
    {
      newResource: ({ inputs }) => {
        registered = inputs;
        return { id: "id", state: { ...inputs, ...state } };
      },
      call: () => ({}),
    },
    "app",
    "dev",
  );
});

function settled<Value>(output: pulumi.Output<Value>): Promise<Value> {
  return new Promise((resolve) => output.apply(resolve));
}

async function inputsOf(args: unknown): Promise<Record<string, unknown>> {
  const fleet = new RunCommandFleet("site", args as RunCommandFleetArgs);
  await settled(fleet.id);
  const { __provider, ...inputs } = registered;
  return inputs;
}

function answerWith(answer: (path: string) => { readonly status: number; readonly body: unknown }): void {
  const client: Pick<ArmClient, "get"> = {
    get: async (path) => {
      const { status, body } = answer(path);
      return { kind: "reply", status, header: () => undefined, body: JSON.stringify(body) };
    },
  };
  jest
    .mocked(openSession)
    .mockImplementation(({ settings }) => ({ settings, client: async () => client }) as Partial<Session> as Session);
}

describe("the class", () => {
  test("registers its type, kind and key, and the list as it was given", async () => {
    const monitor = jest.spyOn(MockMonitor.prototype, "registerResource");
    const inputs = await inputsOf({ virtualMachineIds: [vm("a"), pulumi.output(vm("b"))], script: "uptime" });
    expect(inputs).toEqual({
      kind: "RunCommandFleet",
      virtualMachineIds: [vm("a"), vm("b")],
      script: "uptime",
      resourceUrn: `urn:pulumi:dev::app::${TYPE}::site`,
      key: expect.stringMatching(/^[0-9a-f]{20}$/),
    });
    const request = monitor.mock.calls.at(-1)?.[0] as {
      getAdditionalsecretoutputsList(): string[];
      getDeletebeforereplace(): boolean;
    };
    expect(request.getAdditionalsecretoutputsList()).toEqual(["protectedParameters", "earlierSecrets"]);
    expect(request.getDeletebeforereplace()).toBe(true);
    monitor.mockRestore();
  });

  test("sends all inputs under their names, and check finds no fault with them", async () => {
    const args: Required<Omit<RunCommandFleetArgs, OtherWay>> = {
      virtualMachineIds: [vm("a")],
      maxConcurrency: "10%",
      maxErrors: 3,
      script: "true",
      update: "true",
      delete: "true",
      check: "true",
      creates: "/x",
      unless: "true",
      onlyIf: "true",
      parameters: { A: "1" },
      protectedParameters: { B: "2" },
      arguments: ["x"],
      triggers: [1],
      replaceTriggers: [2],
      runAsUser: "app",
      workingDirectory: "/srv",
      timeoutInSeconds: 60,
      rebootPolicy: "rerun",
      parallelOnVm: true,
      successExitCodes: [0, 3],
      treatFailureAsDeploymentFailure: false,
      readyTimeoutInSeconds: 5,
      outputMaxBytes: 1_024,
      logging: "stderr",
      deleteFailure: "ignore",
      removeExtension: "never",
    };
    const inputs = await inputsOf(args);
    const others = ["virtualMachines", "scaleSet", "scaleSetId"];
    const known = [...inputNamesOf("RunCommandFleet")].filter((name) => !others.includes(name));
    expect(Object.keys(args).sort()).toEqual(known.sort());
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(known));
    // A secret reaches the provider in clear.
    expect((await check({}, { ...inputs, protectedParameters: { B: "2" } })).failures).toEqual([]);
  });

  test("hands on which VMs a scale set has, in the preview too", async () => {
    const instances = { value: [{ instanceId: "7" }, { instanceId: "0" }] };
    answerWith((path) => ({
      status: 200,
      body: path.includes("/virtualMachines?") ? instances : { properties: { orchestrationMode: "Uniform" } },
    }));
    const { scaleSetId, members } = await inputsOf({ scaleSetId: SCALE_SET, script: "true" });
    expect(scaleSetId).toBe(SCALE_SET);
    expect(members).toEqual([`${SCALE_SET}/virtualMachines/0`, `${SCALE_SET}/virtualMachines/7`]);
  });

  test.each([
    { given: "web", problem: "is a text of 3 characters, which is no id of a scale set; expected " },
    { given: 7, problem: "is a number, expected the id of a scale set" },
  ])("hands on what is wrong with the id $given, for check to tell", async ({ given, problem }) => {
    const inputs = await inputsOf({ scaleSetId: given, script: "true" });
    expect(inputs.members).toEqual({ problem: expect.stringContaining(problem) });
    const [failure] = (await check({}, inputs)).failures;
    expect(failure?.reason).toContain(`scaleSetId ${problem}`);
  });

  test("says in a sentence why the VMs of a scale set cannot be told", async () => {
    answerWith(() => ({ status: 404, body: { error: { code: "ResourceNotFound", message: "was not found." } } }));
    await expect(listMemberIds(SCALE_SET)).rejects.toThrow(/^there is no scale set 'web' in resource group 'rg': /);
    await expect(listMemberIds(SCALE_SET)).rejects.toBeInstanceOf(pulumi.RunError);
  });
});

describe("getRunCommandOutput", () => {
  const RESULT: RunResult = {
    ...UNKNOWN_RESULT,
    executionState: "Succeeded",
    exitCode: 0,
    stdout: "hello [secret]",
    stdoutSha256: "aa",
    stderr: "",
    stderrSha256: "bb",
  };

  beforeEach(() => {
    answerWith(() => ({ status: 200, body: {} }));
    state = {
      results: { a: { executionState: "Succeeded", exitCode: 0 }, b: { executionState: "Succeeded", exitCode: 0 } },
      memberRuns: {
        [vm("")]: {
          a: { run: "3-update-0", endedAs: "3-update-0-b2", vmId: "guid" },
          b: { run: "1-create-0" },
          c: { due: "notTried" },
        },
      },
    };
  });

  function ends(outcome: { readonly result: RunResult; readonly failure?: RunFailedError["failure"] }): void {
    executeStretchMock.mockImplementation(async ({ target, run, name }: ScriptIntent) => ({
      executed: {
        outcome: { failure: undefined, takenUp: false, ...outcome },
        target,
        vmId: "guid",
        ran: { run, name },
      },
      running: undefined,
      vmId: "guid",
    }));
  }

  function ask(vmName: string, args: object = {}): pulumi.Output<unknown> {
    const fleet = new RunCommandFleet("site", { virtualMachineIds: ["a", "b", "c"].map(vm), script: "true", ...args });
    return getRunCommandOutput({ fleet, vmName });
  }

  test("asks the VM for the run that ended there, and starts nothing", async () => {
    ends({ result: RESULT });
    expect(await settled(ask("a"))).toEqual({
      executionState: "Succeeded",
      exitCode: 0,
      stdout: "hello [secret]",
      stdoutSha256: "aa",
      stderr: "",
      stderrSha256: "bb",
    });
    const [intent, , , options] = executeStretchMock.mock.lastCall ?? [];
    expect(intent).toMatchObject({
      target: { vmName: "a" },
      name: { key: expect.stringMatching(/^[0-9a-f]{20}$/), runId: "3-update-0-b2" },
      watching: { rebootPolicy: "fail" },
    });
    expect(options).toMatchObject({ stretch: { begun: true } });
    expect(options?.stretch.mayWait()).toBe(false);
  });

  test("shows no secret, and is none itself", async () => {
    ends({ result: RESULT });
    const output = ask("b", { protectedParameters: { PW: "hunter2222" } });
    expect(await settled(output)).toEqual({
      executionState: "Succeeded",
      exitCode: 0,
      stdout: "hello [secret]",
      stderr: "",
      stderrSha256: "bb",
    });
    expect(executeStretchMock.mock.lastCall?.[0].mask("hunter2222")).toBe("[secret]");
    expect(await pulumi.isSecret(output)).toBe(false);
  });

  /** An output that fails ends the process, as it ends a program. */
  const askFailing = (vmName: string) =>
    outputOfVm(vmName, { key: "k", virtualMachineIds: ["a", "b", "c"].map(vm), script: "true", ...state });

  test.each([
    { vmName: "x", expected: "'x' is no VM of this fleet; its VMs are 'a', 'b' and 'c'" },
    { vmName: "c", expected: "nothing of this fleet has run on 'c': there is no output" },
  ])("says of '$vmName' that there is nothing to ask", async ({ vmName, expected }) => {
    await expect(askFailing(vmName)).rejects.toThrow(expected);
    expect(executeStretchMock).not.toHaveBeenCalled();
  });

  test("says that what was left there is gone, or cannot be read", async () => {
    ends({ result: UNKNOWN_RESULT, failure: { kind: "ReceiptGone", vmName: "a" } });
    await expect(askFailing("a")).rejects.toThrow(
      "the output of the script on 'a' is no longer there: what the fleet had left on the VM was removed",
    );
    ends({ result: UNKNOWN_RESULT, failure: { kind: "VmNotRunning", vmName: "a", powerState: "stopped" } });
    await expect(askFailing("a")).rejects.toThrow(
      /^the output of the script on 'a' cannot be read: .*power state is 'stopped'/,
    );
  });

  test("says that a script still runs", async () => {
    const running = { state: "Running", lastLine: undefined, takenUp: false } as const;
    executeStretchMock.mockResolvedValue({ executed: undefined, running, vmId: "guid" });
    await expect(askFailing("a")).rejects.toThrow("the script on 'a' is still running: its output is not whole yet");
  });

  test("says in a sentence what is wrong with the sign-in", async () => {
    executeStretchMock.mockRejectedValue(new RunFailedError({ kind: "SubscriptionUnknown" }));
    await expect(askFailing("a")).rejects.toBeInstanceOf(pulumi.RunError);
  });
});
