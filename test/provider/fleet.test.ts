/** What the engine asks of a fleet, and what the provider makes of it. The work on one VM is a stand-in here. */
import { RunFailedError } from "../../core/failures/errors";
import { executeRun, type ScriptIntent } from "../../core/run/execute";
import { type DeleteIntent, executeDelete } from "../../core/run/execute-delete";
import { executeLook, type LookIntent, lookForVm, type SeenVm } from "../../core/run/execute-look";
import { type RunResult, UNKNOWN_RESULT } from "../../core/run/outcome";
import { check, create, delete as deleteResource, diff, read, update } from "../../provider/lifecycle";
import type { Properties } from "../../provider/state";
import { currentWork } from "../../provider/work";
import { type RecordedReporter, recordedReporter } from "../support/virtual-outside";

jest.mock("../../core/run/execute");
jest.mock("../../core/run/execute-delete");
jest.mock("../../core/run/execute-look");
const executeRunMock = jest.mocked(executeRun);
const executeDeleteMock = jest.mocked(executeDelete);
const executeLookMock = jest.mocked(executeLook);
const lookForVmMock = jest.mocked(lookForVm);

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute";
const vm = (name: string) => `${GROUP}/virtualMachines/${name}`;
const SCALE_SET = `${GROUP}/virtualMachineScaleSets/web`;
const listOf = (...names: readonly string[]) => ({ virtualMachineIds: names.map(vm) });

const INPUTS: Properties = {
  kind: "RunCommandFleet",
  ...listOf("a", "b", "c"),
  script: "uptime",
  maxConcurrency: 1,
  key: "k",
  resourceUrn: "urn:pulumi:dev::app::type::site",
  __provider: "text",
};

let reporter: RecordedReporter;
/** What was asked of the VMs. */
let asked: string[];

/** Exit codes by the names of VMs, or what is thrown in place of an end. */
type Ends = Readonly<Record<string, number | RunFailedError>>;

function answerWith(ends: Ends = {}): void {
  asked = [];
  executeRunMock.mockImplementation(async ({ target, run, name }: ScriptIntent) => {
    const { vmName } = target;
    asked.push(`${vmName} ${run.runs} ${name.runId.replace(/-[0-9a-f]+$/, "")}`);
    const end = ends[vmName] ?? 0;
    if (end instanceof RunFailedError) {
      throw end;
    }
    const result: RunResult = {
      ...UNKNOWN_RESULT,
      executionState: end === 0 ? "Succeeded" : "Failed",
      exitCode: end,
      stdout: `out of ${vmName}`,
      stderr: `err of ${vmName}`,
      outputs: { name: vmName },
    };
    const tails = { stderrTail: result.stderr ?? "", stdoutTail: "" };
    const failure = end === 0 ? undefined : ({ kind: "ScriptFailed", vmName, exitCode: end, ...tails } as const);
    return { outcome: { result, failure, takenUp: false }, target, vmId: `guid of ${vmName}`, ran: { run, name } };
  });
  executeDeleteMock.mockImplementation(async ({ target, script }: DeleteIntent) => {
    asked.push(`${target.vmName} leave${script?.onlyAfterRuns === true ? ", delete if left" : ""}`);
    const end = ends[target.vmName];
    if (end instanceof RunFailedError) {
      throw end;
    }
    return "done";
  });
}

function lookWith(seen: Readonly<Record<string, SeenVm | RunFailedError>>): void {
  const same: SeenVm = { kind: "there", isIdentified: true, check: undefined };
  const look = async ({ vmName }: { readonly vmName: string }) => {
    const one = seen[vmName] ?? same;
    if (one instanceof RunFailedError) {
      throw one;
    }
    return one;
  };
  executeLookMock.mockImplementation(({ stored }: LookIntent) => look(stored.prior.target));
  lookForVmMock.mockImplementation(look);
}

beforeEach(() => {
  jest.resetAllMocks();
  reporter = recordedReporter();
  jest.spyOn(currentWork().log, "reporterFor").mockReturnValue(reporter);
  answerWith();
});

/** What is stored after a deployment that may have failed. */
async function outsOf(work: Promise<{ readonly outs: Properties }>): Promise<Properties> {
  return work.then(
    ({ outs }) => outs,
    (error: { readonly properties?: Properties }) => {
      if (error.properties === undefined) {
        throw error;
      }
      return error.properties;
    },
  );
}

interface Failed extends Error {
  readonly properties?: Properties;
  readonly reasons?: readonly string[];
}

const failureOf = (work: Promise<unknown>): Promise<Failed> =>
  work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: Failed) => error,
  );

const GONE = new RunFailedError({
  kind: "VmNotRunning",
  vmName: "b",
  powerState: "stopped",
});

describe("create", () => {
  test("runs the script on each VM, and stores how it ended and what the first one printed", async () => {
    const { id, outs } = await create(INPUTS);
    expect(id).toBe("k");
    expect(asked).toEqual(["a script 1-create", "b script 1-create", "c script 1-create"]);
    expect(outs).toEqual({
      ...listOf("a", "b", "c"),
      kind: "RunCommandFleet",
      key: "k",
      script: "uptime",
      maxConcurrency: 1,
      resourceUrn: "urn:pulumi:dev::app::type::site",
      results: Object.fromEntries(["a", "b", "c"].map((name) => [name, { executionState: "Succeeded", exitCode: 0 }])),
      failed: [],
      notTried: [],
      drifted: [],
      checkOutput: {},
      stdout: { a: "out of a" },
      stderr: { a: "err of a" },
      outputs: { a: { name: "a" } },
      memberRuns: {
        [vm("")]: Object.fromEntries(
          ["a", "b", "c"].map((name) => [
            name,
            { run: expect.stringMatching(/^1-create-[0-9a-f]{12}$/), vmId: `guid of ${name}` },
          ]),
        ),
      },
    });
  });

  test("stops at the first failure, with one sentence, and keeps what is known", async () => {
    answerWith({ b: 3 });
    const error = await failureOf(create(INPUTS));
    expect(asked).toEqual(["a script 1-create", "b script 1-create"]);
    expect(error.reasons).toEqual([
      "1 of 3 VMs failed: the script on 'b' exited with 3; end of stderr: \"err of b\"; 1 was not tried ('c'), because more failed than maxErrors allows (0); the next deployment runs it only where it is not done yet",
    ]);
    expect(error.properties).toMatchObject({
      __provider: "text",
      results: { a: { executionState: "Succeeded", exitCode: 0 }, b: { executionState: "Failed", exitCode: 3 } },
      failed: ["b"],
      notTried: ["c"],
      stdout: { a: "out of a", b: "out of b" },
    });
  });

  test("fails without a state when nothing has run anywhere", async () => {
    answerWith({ a: GONE });
    const error = await failureOf(create(INPUTS));
    expect(error.properties).toBeUndefined();
    expect(error.message).toMatch(/^1 of 3 VMs failed: .*'stopped'.*; 2 were not tried \('b' and 'c'\), because /);
  });

  test("has a VM that could not be asked among those that failed, and says so at the next preview", async () => {
    answerWith({ b: GONE });
    const outs = await outsOf(create({ ...INPUTS, maxErrors: 1 }));
    expect(outs).toMatchObject({ failed: ["b"], notTried: [], results: { b: { executionState: "NotStarted" } } });
    await diff("k", outs, INPUTS);
    expect(reporter.messages.at(-1)).toBe("info: an update runs the script on 1 of 3 VMs: 1 failed ('b')");
  });

  test("counts a percentage of errors of all VMs", async () => {
    answerWith({ a: 1, b: 1 });
    const names = ["a", "b", "c", "d", "e"];
    await failureOf(create({ ...INPUTS, ...listOf(...names), maxErrors: "20%" }));
    expect(asked).toHaveLength(2);
    await failureOf(create({ ...INPUTS, ...listOf(...names), maxErrors: "40%" }));
    expect(asked).toHaveLength(2 + 5);
  });

  test("keeps what the first VM printed, and the first ten that failed", async () => {
    const names = Array.from({ length: 14 }, (_, index) => `w${String(index + 1).padStart(2, "0")}`);
    answerWith(Object.fromEntries(names.slice(1).map((name) => [name, 1])));
    const outs = await outsOf(create({ ...INPUTS, ...listOf(...names), maxErrors: 20 }));
    expect(outs.failed).toEqual(names.slice(1));
    expect(Object.keys(outs.stdout as object)).toEqual(names.slice(0, 11));
  });

  test("warns of failures that fail no deployment, and is done", async () => {
    answerWith({ b: 3 });
    const { outs } = await create({ ...INPUTS, treatFailureAsDeploymentFailure: false });
    expect(outs).toMatchObject({ failed: [], results: { b: { executionState: "Failed", exitCode: 3 } } });
    expect(reporter.messages).toContain(
      "warn: the script on 'b' exited with 3; end of stderr: \"err of b\"; the deployment goes on all the same (treatFailureAsDeploymentFailure is false)",
    );
  });

  test("is under way on as many VMs as it waits for, and no longer, however it ends", async () => {
    const { underWay } = currentWork();
    const seen: string[][] = [];
    executeRunMock.mockImplementation(async () => {
      seen.push([...underWay].map(({ where }) => where()));
      throw new Error("broken");
    });
    await failureOf(create({ ...INPUTS, maxConcurrency: 2 }));
    expect(seen).toEqual([["1 VM"], ["2 VMs"]]);
    expect(underWay.size).toBe(0);
  });

  test("has one time limit for all VMs, that of the option customTimeouts", async () => {
    const { outside } = currentWork().session;
    let nowMs = 0;
    jest.spyOn(outside, "nowMs").mockImplementation(() => nowMs);
    const run = executeRunMock.getMockImplementation();
    executeRunMock.mockImplementation((...args) => {
      nowMs += 60_000;
      return run?.(...args) as ReturnType<typeof executeRun>;
    });
    const error = await failureOf(create({ ...INPUTS, customTimeouts: { create: 90 } }));
    jest.mocked(outside.nowMs).mockRestore();
    expect(executeRunMock.mock.calls.map(([, , , deadline]) => deadline?.signal.aborted)).toEqual([false, false]);
    expect(error.message).toBe(
      "1 of 3 VMs was not tried ('c'), because the time for all of them was over (customTimeouts, 90 s); the next deployment runs it only where it is not done yet",
    );
  });

  test("goes from VM to VM where a percentage of all is less than one", async () => {
    const { outs } = await create({ ...INPUTS, maxConcurrency: "10%" });
    expect(asked).toHaveLength(3);
    expect(outs).toMatchObject({ failed: [], notTried: [] });
  });

  test("of no VMs runs nothing", async () => {
    const { outs } = await create({ ...INPUTS, ...listOf() });
    expect(asked).toEqual([]);
    expect(outs).toMatchObject({ results: {}, memberRuns: {}, failed: [] });
  });

  test("prints what a script printed with the name of its VM, and shows no secret", async () => {
    await create({ ...INPUTS, ...listOf("a"), logging: "stdout", protectedParameters: { PW: "hunter2222" } });
    expect(reporter.messages).toContain("info: 'a' stdout:\nout of a");
    expect(executeRunMock.mock.lastCall?.[0].mask("hunter2222")).toBe("[secret]");
  });
});

describe("update", () => {
  test("runs only where it failed and was not tried", async () => {
    answerWith({ b: 3 });
    const outs = await outsOf(create(INPUTS));
    answerWith();
    const after = await update("k", outs, INPUTS);
    expect(asked).toEqual(["b script 2-update", "c script 1-create"]);
    expect(after.outs).toMatchObject({ failed: [], notTried: [], stdout: { a: "out of a" } });
    expect(Object.keys(after.outs.stdout as object)).toEqual(["a"]);
    expect(await diff("k", after.outs, INPUTS)).toEqual({ changes: false });
  });

  test("counts a percentage of errors of all VMs, also where it runs on few", async () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    answerWith({ a: 1, b: 1, c: 1 });
    const outs = await outsOf(create({ ...INPUTS, ...listOf(...names), maxErrors: 9 }));
    answerWith({ a: 1, b: 1, c: 1 });
    const error = await failureOf(update("k", outs, { ...INPUTS, ...listOf(...names), maxErrors: "10%" }));
    expect(asked).toEqual(["a script 2-update", "b script 2-update"]);
    expect(error.message).toMatch(/^2 of 3 VMs failed .* because more failed than maxErrors allows \(10% of 10\); /);
  });

  test("keeps what is known of a VM that cannot be asked any more, and tries it again", async () => {
    const { outs } = await create(INPUTS);
    answerWith({ b: GONE });
    const second = await outsOf(update("k", outs, { ...INPUTS, script: "date" }));
    expect(second).toMatchObject({ failed: ["b"], notTried: ["c"], results: { b: { executionState: "NotStarted" } } });
    answerWith();
    await update("k", second, { ...INPUTS, script: "date" });
    expect(asked).toEqual(["b script 2-update", "c script 2-update"]);
  });

  test("runs a changed script on all, by `update` where `script` was a success", async () => {
    const { outs } = await create({ ...INPUTS, update: "up" });
    answerWith();
    await update("k", outs, { ...INPUTS, ...listOf("a", "b", "c", "d"), update: "up", script: "date" });
    expect(asked).toEqual(["a update 2-update", "b update 2-update", "c update 2-update", "d script 1-create"]);
  });

  test("leaves those that are in it no more first, by the `delete` script of the state, then runs on those that came", async () => {
    const { outs } = await create({ ...INPUTS, delete: "bye" });
    answerWith();
    const after = await update("k", outs, { ...INPUTS, delete: "bye", ...listOf("c", "d") });
    expect(asked).toEqual(["a leave, delete if left", "b leave, delete if left", "d script 1-create"]);
    expect(Object.keys(after.outs.results as object)).toEqual(["c", "d"]);
    expect(after.outs.stdout).toEqual({});
  });

  test("keeps a VM in the state that could not be left, and leaves it the next time", async () => {
    const { outs } = await create(INPUTS);
    answerWith({ b: GONE });
    const news = { ...INPUTS, ...listOf("a", "c") };
    const error = await failureOf(update("k", outs, news));
    expect(error.message).toMatch(/^what the fleet left on 'b' could not be removed, and stays in the state: /);
    const left = error.properties ?? {};
    expect(Object.keys(left.results as object)).toEqual(["a", "c", "b"]);
    expect(await diff("k", left, news)).toEqual({ changes: true });
    answerWith();
    const after = await update("k", left, news);
    expect(asked).toEqual(["b leave"]);
    expect(await diff("k", after.outs, news)).toEqual({ changes: false });
  });

  test("does not show what one VM printed as what another of the same name did", async () => {
    const { outs } = await create({ ...INPUTS, ...listOf("a") });
    executeRunMock.mockRejectedValue(GONE);
    const namesake = vm("a").replace("/rg/", "/other/");
    const after = await outsOf(update("k", outs, { ...INPUTS, virtualMachineIds: [namesake] }));
    expect([after.failed, after.stdout, after.outputs]).toEqual([["a"], {}, {}]);
  });

  test("keeps what a VM printed when a namesake of it comes", async () => {
    const { outs } = await create({ ...INPUTS, ...listOf("a") });
    const after = await update("k", outs, {
      ...INPUTS,
      virtualMachineIds: [vm("a"), vm("a").replace("/rg/", "/other/")],
    });
    expect(after.outs).toMatchObject({ stdout: { "rg/a": "out of a" } });
  });

  test("takes a percentage of maxConcurrency of the VMs that it runs on, not of those that leave too", async () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    const half = { ...INPUTS, maxConcurrency: "50%" };
    const { outs } = await create({ ...half, ...listOf(...names) });
    const { underWay } = currentWork();
    const seen: string[] = [];
    const run = executeRunMock.getMockImplementation();
    executeRunMock.mockImplementation(async (...args) => {
      seen.push(...[...underWay].map(({ where }) => where()));
      return (await run?.(...args)) as Awaited<ReturnType<typeof executeRun>>;
    });
    await update("k", outs, { ...half, ...listOf("a", "b", "c", "d"), script: "date" });
    expect(seen.slice(0, 2)).toEqual(["1 VM", "2 VMs"]);
    expect(seen).not.toContain("3 VMs");
  });

  test("shows no secret of the deployment before either", async () => {
    const { outs } = await create({ ...INPUTS, protectedParameters: { PW: "hunter2222" } });
    const denied = new RunFailedError({ kind: "VmNotRunning", vmName: "a", powerState: "hunter2222" });
    answerWith({ a: denied });
    const error = await failureOf(update("k", outs, { ...INPUTS, protectedParameters: { PW: "hunter3333" } }));
    expect(error.message).toContain("its power state is '[secret]'");
    expect(executeRunMock.mock.lastCall?.[0].mask("hunter2222, hunter3333")).toBe("[secret], [secret]");
  });

  /** The script is not needed, anywhere. */
  const skipWith = (purpose: string) =>
    executeRunMock.mockImplementation(async ({ target, run, name }: ScriptIntent) => {
      expect(run.purpose).toBe(purpose);
      const result: RunResult = { ...UNKNOWN_RESULT, executionState: "Skipped" };
      return { outcome: { result, failure: undefined, takenUp: false }, target, vmId: "guid", ran: { run, name } };
    });

  test("keeps what the last script printed, and its exit code, where a script was not needed", async () => {
    const { outs } = await create(INPUTS);
    skipWith("update");
    const after = await update("k", outs, { ...INPUTS, script: "date" });
    expect(after.outs.results).toMatchObject({ a: { executionState: "Skipped", exitCode: 0 } });
    expect(after.outs.stdout).toEqual({ a: "out of a" });
  });

  test("keeps nothing of what was printed on another VM of the name, where a script was not needed on this one", async () => {
    const { outs } = await create({ ...INPUTS, ...listOf("a") });
    lookWith({ a: { kind: "rebuilt" } });
    const { props = {} } = await read("k", outs);
    skipWith("create");
    const after = await update("k", props, { ...INPUTS, ...listOf("a") });
    expect(after.outs.results).toEqual({ a: { executionState: "Skipped" } });
    expect(after.outs.stdout).toEqual({});
  });

  test("of settings alone, or of the order of the VMs, runs nothing", async () => {
    const { outs } = await create(INPUTS);
    answerWith();
    const news = { ...INPUTS, ...listOf("c", "a", "b"), maxErrors: 1, timeoutInSeconds: 5 };
    const after = await update("k", outs, news);
    expect(asked).toEqual([]);
    expect(after.outs).toMatchObject({ maxErrors: 1, timeoutInSeconds: 5, ...listOf("c", "a", "b") });
    expect(await diff("k", after.outs, news)).toEqual({ changes: false });
  });

  test("takes up runs of which it is not known how they ended", async () => {
    const { outs } = await create(INPUTS);
    const unknown = { ...outs, results: { ...(outs.results as object), b: { executionState: "Unknown" } } };
    answerWith();
    await update("k", unknown, INPUTS);
    expect(asked).toEqual(["b script 1-create"]);
    expect(executeRunMock.mock.lastCall?.[0].run.knownRun).toBe(true);
  });
});

describe("diff", () => {
  async function diffOf(olds: Properties, news: Properties): Promise<readonly [unknown, readonly string[]]> {
    const saidBefore = reporter.messages.length;
    const result = await diff("k", olds, news);
    return [result, reporter.messages.slice(saidBefore).map((message) => message.replace(/^info: /, ""))];
  }

  test("leaves the comparison to the engine where the inputs say all, and tells on which VMs something runs", async () => {
    const { outs } = await create(INPUTS);
    expect(await diffOf(outs, INPUTS)).toEqual([{ changes: false }, []]);
    expect(await diffOf(outs, { ...INPUTS, script: "date" })).toEqual([
      {},
      ["an update runs the script on all 3 VMs: 'script' changed"],
    ]);
    expect(await diffOf(outs, { ...INPUTS, ...listOf("a", "b", "d", "e", "f", "g", "h") })).toEqual([
      {},
      [
        "an update runs the script on 5 of 7 VMs: 5 are new ('d', 'e', 'f' and 2 more); it takes what the fleet left off 'c', which is in it no more",
      ],
    ]);
    expect(await diffOf(outs, { ...INPUTS, ...listOf("a") })).toEqual([
      {},
      ["an update takes what the fleet left off 'b' and 'c', which are in it no more"],
    ]);
    expect(await diffOf(outs, { ...INPUTS, maxErrors: "10%" })).toEqual([
      {},
      ["no script runs: 'maxErrors' changed, which counts from the next run on"],
    ]);
  });

  test("says that there are changes where the inputs do not", async () => {
    answerWith({ b: 3 });
    const outs = await outsOf(create(INPUTS));
    expect(await diffOf(outs, INPUTS)).toEqual([
      { changes: true },
      ["an update runs the script on 2 of 3 VMs: 1 failed ('b') and 1 was not tried ('c')"],
    ]);
  });

  test("tells that `update` runs where `script` was a success", async () => {
    const news = { ...INPUTS, update: "up", script: "date" };
    const { outs } = await create({ ...INPUTS, update: "up" });
    expect((await diffOf(outs, news))[1]).toEqual([
      "an update runs the 'update' script on all 3 VMs: 'script' changed",
    ]);
    expect((await diffOf(outs, { ...news, ...listOf("a", "b", "c", "d") }))[1]).toEqual([
      "an update runs the script, or 'update' where it was a success before, on all 4 VMs: 'script' changed and 1 is new ('d')",
    ]);
  });

  test("plans nothing while it is not known which VMs they are", async () => {
    const { outs } = await create(INPUTS);
    expect(await diffOf(outs, { ...INPUTS, virtualMachineIds: [vm("a"), UNKNOWN] })).toEqual([
      {},
      ["which VMs are in the fleet is not known yet"],
    ]);
    expect(await diffOf(outs, { ...INPUTS, virtualMachineIds: UNKNOWN, script: UNKNOWN })).toEqual([
      {},
      [
        "which VMs are in the fleet is not known yet; an update runs the script on all of them: 'script' is not known yet",
      ],
    ]);
  });

  test("replaces the fleet for replaceTriggers, and for what replaceOnChanges names", async () => {
    const { outs } = await create(INPUTS);
    const replaced = { changes: true, replaces: ["replaceTriggers"], deleteBeforeReplace: true };
    expect(await diffOf(outs, { ...INPUTS, replaceTriggers: [1] })).toEqual([replaced, []]);
    expect(await diffOf(outs, { ...INPUTS, script: "date", replaceOnChanges: ["script"] })).toEqual([{}, []]);
  });

  test("says of a VM that a refresh did not find, and that is still in the list, that it was gone, not that it is new", async () => {
    const { outs } = await create({ ...INPUTS, ...listOf("a", "b") });
    lookWith({ b: { kind: "gone" } });
    const { props = {} } = await read("k", outs);
    expect(await diffOf(props, { ...INPUTS, ...listOf("a", "B", "c") })).toEqual([
      { changes: true },
      ["an update runs the script on 2 of 3 VMs: 1 was gone ('B') and 1 is new ('c')"],
    ]);
  });

  test("speaks of one VM as one", async () => {
    const { outs } = await create({ ...INPUTS, ...listOf("a") });
    expect(await diffOf(outs, { ...INPUTS, ...listOf("a"), script: "date" })).toEqual([
      {},
      ["an update runs the script on its only VM: 'script' changed"],
    ]);
  });

  test("treats the members of a scale set as a list of VMs", async () => {
    const { virtualMachineIds: _, ...others } = INPUTS;
    const web = { ...others, scaleSetId: SCALE_SET, members: [`${SCALE_SET}/virtualMachines/0`, vm("web_a")] };
    const { outs } = await create(web);
    expect(asked).toEqual(["web_0 script 1-create", "web_a script 1-create"]);
    expect(await diffOf(outs, web)).toEqual([{ changes: false }, []]);
    const grown = { ...web, members: [...web.members, `${SCALE_SET}/virtualMachines/7`] };
    expect(await diffOf(outs, grown)).toEqual([{}, ["an update runs the script on 1 of 3 VMs: 1 is new ('web_7')"]]);
    const unknown = { ...others, scaleSetId: UNKNOWN, members: UNKNOWN };
    expect((await diffOf(outs, unknown))[1]).toEqual(["which VMs are in the fleet is not known yet"]);
  });
});

describe("a scale set", () => {
  const { virtualMachineIds: _, ...others } = INPUTS;
  const webOf = (...names: readonly string[]) => ({ ...others, scaleSetId: SCALE_SET, members: names.map(vm) });
  const goneFrom = (vmName: string) =>
    new RunFailedError({ kind: "VmNotFound", vmName, resourceGroupName: "rg", message: "not found", missing: "vm" });

  test("drops a VM that it has let go of since its VMs were listed, with a line, and goes on", async () => {
    answerWith({ b: goneFrom("b") });
    const { outs } = await create(webOf("a", "b", "c"));
    expect(asked).toEqual(["a script 1-create", "b script 1-create", "c script 1-create"]);
    expect(Object.keys(outs.results as object)).toEqual(["a", "c"]);
    expect(reporter.messages).toContain("info: the VM 'b' is gone, and leaves the fleet");
    expect(await diff("k", outs, webOf("a", "c"))).toEqual({ changes: true });
    answerWith();
    const after = await update("k", outs, webOf("a", "c"));
    expect(asked).toEqual([]);
    expect(await diff("k", after.outs, webOf("a", "c"))).toEqual({ changes: false });
  });

  test("is looked for again where it is still listed", async () => {
    answerWith({ b: goneFrom("b") });
    const { outs } = await create(webOf("a", "b"));
    answerWith();
    const after = await update("k", outs, webOf("a", "b"));
    expect(asked).toEqual(["b script 1-create"]);
    expect(await diff("k", after.outs, webOf("a", "b"))).toEqual({ changes: false });
  });

  test("that somebody named is a failure when it is gone", async () => {
    answerWith({ b: goneFrom("b") });
    const error = await failureOf(create(INPUTS));
    expect(error.message).toMatch(/^1 of 3 VMs failed: there is no VM 'b'/);
  });
});

describe("read", () => {
  const DRIFTED: SeenVm = {
    kind: "there",
    isIdentified: true,
    check: { kind: "drifted", exitCode: 4, output: "bad", runId: "1-check-0" },
  };

  test("drops VMs that are gone, and notes those that drifted or were made anew; the next update runs only there", async () => {
    const { outs } = await create({ ...INPUTS, ...listOf("a", "b", "c", "d"), check: "look" });
    lookWith({ a: { kind: "gone" }, b: DRIFTED, c: { kind: "rebuilt" } });
    const { id, props = {} } = await read("k", outs);
    expect(id).toBe("k");
    expect(props).toMatchObject({ drifted: ["b"], checkOutput: { b: "bad" }, stdout: {} });
    expect(Object.keys(props.results as object)).toEqual(["b", "c", "d"]);
    expect(reporter.messages).toContain(
      "info: the VM 'a' is gone, and leaves the fleet; take it out of 'virtualMachineIds', or the next deployment looks for it again",
    );
    const news = { ...INPUTS, ...listOf("b", "c", "d"), check: "look" };
    expect(await diff("k", props, news)).toEqual({ changes: true });
    expect(reporter.messages.at(-1)).toBe(
      "info: an update runs the script on 2 of 3 VMs: 1 is not as it should be ('b') and 1 was made anew ('c')",
    );
    answerWith();
    const after = await update("k", props, news);
    expect(asked).toEqual(["b script 2-repair", "c script 2-create"]);
    expect(after.outs).toMatchObject({ drifted: [], checkOutput: {} });
  });

  test("keeps what it says of a VM that stays drifted, and lets go of it where the check is content again", async () => {
    const { outs } = await create({ ...INPUTS, check: "look" });
    lookWith({ b: DRIFTED });
    const { props: found = {} } = await read("k", outs);
    lookWith({ b: { ...DRIFTED, check: { kind: "drifted", exitCode: 4, output: "bad", runId: "1-check-1" } } });
    const { props: first = {} } = await read("k", found);
    // What was found before is still to be mended: that is one intent.
    expect(first).toEqual(found);
    lookWith({ b: { kind: "there", isIdentified: true, check: { kind: "unknown", why: "it is busy", runId: "" } } });
    const { props: second = {} } = await read("k", first);
    expect(second).toMatchObject({ drifted: ["b"], checkOutput: { b: "bad" } });
    expect(reporter.messages).toContain("warn: whether 'b' is as it should be is not known: it is busy");
    const content = { kind: "asItShouldBe", exitCode: 0, output: "", runId: "" } as const;
    lookWith({ b: { kind: "there", isIdentified: true, check: content } });
    expect((await read("k", second)).props).toMatchObject({ drifted: [], checkOutput: {} });
  });

  test("keeps what a VM printed under the name that it has once its namesake is gone", async () => {
    const namesake = vm("a").replace("/rg/", "/other/");
    const { outs } = await create({ ...INPUTS, virtualMachineIds: [vm("a"), namesake], check: "look" });
    expect(outs.stdout).toEqual({ "rg/a": "out of a" });
    executeLookMock.mockImplementation(async ({ stored }: LookIntent) =>
      stored.prior.target.resourceGroupName === "other" ? { kind: "gone" } : DRIFTED,
    );
    expect((await read("k", outs)).props).toMatchObject({ stdout: { a: "out of a" }, checkOutput: { a: "bad" } });
  });

  test("tells of a VM that is gone to take it out of the list only where it is in it", async () => {
    const { outs } = await create(INPUTS);
    answerWith({ b: GONE });
    const left = await outsOf(update("k", outs, { ...INPUTS, ...listOf("a", "c") }));
    lookWith({ b: { kind: "gone" } });
    await read("k", left);
    expect(reporter.messages).toContain("info: the VM 'b' is gone, and leaves the fleet");
  });

  test("takes a VM for another one until it is seen to be itself again", async () => {
    const { outs } = await create(INPUTS);
    lookWith({ b: { kind: "rebuilt" } });
    const { props: rebuilt = {} } = await read("k", outs);
    lookWith({ b: { kind: "there", isIdentified: false, check: undefined } });
    expect((await read("k", rebuilt)).props).toEqual(rebuilt);
    lookWith({ b: { kind: "there", isIdentified: true, check: undefined } });
    expect((await read("k", rebuilt)).props).toEqual(outs);
  });

  test("keeps the fleet when all its VMs are gone", async () => {
    const { outs } = await create({ ...INPUTS, ...listOf("a") });
    lookWith({ a: { kind: "gone" } });
    expect(await read("k", outs)).toMatchObject({ id: "k", props: { results: {}, memberRuns: {} } });
  });

  test("warns of a VM that it is not shown, and fails where it is shown none", async () => {
    const { outs } = await create(INPUTS);
    const denied = new RunFailedError({ kind: "SubscriptionUnknown" }, false, "check");
    lookWith({ a: denied });
    expect((await read("k", outs)).props).toEqual(outs);
    expect(reporter.messages).toContainEqual(
      expect.stringMatching(/^warn: 'a' could not be looked at, and stays as the state knows it: /),
    );
    lookWith({ a: denied, b: denied, c: denied });
    await expect(read("k", outs)).rejects.toThrow(denied.message);
  });
});

describe("delete", () => {
  test("leaves every VM on which something has run, and tells all that could not be left in one sentence", async () => {
    answerWith({ b: 3 });
    const created = await outsOf(create({ ...INPUTS, delete: "bye" }));
    // Another than that which was made in this process.
    const outs = { ...created, key: "other" };
    answerWith();
    await deleteResource("other", outs);
    expect(asked).toEqual(["a leave, delete if left", "b leave, delete if left"]);
    answerWith({ a: GONE, b: GONE });
    const error = await failureOf(deleteResource("other", outs));
    expect(error.message).toMatch(/^what the fleet left on 'a' and 'b' could not be removed, and stays in the state: /);
  });

  test("takes nothing off VMs that a new fleet, made before, has taken over", async () => {
    const inputs = { ...INPUTS, key: "twice", delete: "bye" };
    const { outs } = await create({ ...inputs, ...listOf("a", "b") });
    const members = outs.memberRuns as Record<string, Record<string, object>>;
    const other = { ...members[vm("")]?.a, vmId: "guid of c" };
    answerWith();
    await deleteResource("twice", { ...outs, memberRuns: { [vm("")]: { ...members[vm("")], c: other } } });
    expect(asked).toEqual(["c leave, delete if left"]);
    expect(reporter.messages).toContain(
      "warn: nothing was removed from 'a': the new resource has taken over what the old one left there (deleteBeforeReplace is false), and the 'delete' script of the old one is not run",
    );
  });

  test("of a state that tells nothing says so", async () => {
    await deleteResource("k", { kind: "RunCommandFleet", key: "k" });
    expect(reporter.messages).toEqual([
      "warn: the state of this resource tells no VM and no run: nothing was removed anywhere",
    ]);
  });
});

describe("check", () => {
  const reasonsOf = async (news: Properties) => (await check({}, news)).failures.map(({ reason }) => reason);

  test("finds every problem of a fleet, and none where there is none", async () => {
    expect(await reasonsOf(INPUTS)).toEqual([]);
    const wrong = {
      ...INPUTS,
      ...listOf("a", "a"),
      script: "if",
      maxErrors: "1",
      virtualMachineId: vm("a"),
      commandId: "x",
    };
    expect(await reasonsOf(wrong)).toEqual([
      "virtualMachineId is no input of a RunCommandFleet; did you mean 'virtualMachineIds'?",
      expect.stringMatching(/^commandId is no input of a RunCommandFleet/),
      "virtualMachineIds has the VM 'a' more than once; give each VM once",
      expect.stringMatching(/^maxErrors is "1", expected .*; a number is given without quotes$/),
      expect.stringMatching(/^script /),
    ]);
  });

  test("warns of a fleet of no VMs", async () => {
    expect(await reasonsOf({ ...INPUTS, ...listOf() })).toEqual([]);
    expect(reporter.messages).toEqual(["warn: virtualMachineIds is an empty list: nothing is run"]);
  });

  test("says of a scale set's id what is wrong with it", async () => {
    const { virtualMachineIds: _, ...others } = INPUTS;
    expect(await reasonsOf({ ...others, scaleSetId: "x", members: { problem: "is no id of a scale set" } })).toEqual([
      "scaleSetId is no id of a scale set",
    ]);
  });
});
