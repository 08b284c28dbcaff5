/** What needs no Azure: check and diff, and what of a resource is stored. */
import type { RunResult } from "../../core/run/outcome";
import { check, diff } from "../../provider/lifecycle";
import { clean, type Properties, readStored, storedOutputs, type Tried } from "../../provider/state";

const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";
const VM_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1`;
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const INPUTS: Properties = {
  virtualMachineId: VM_ID,
  script: "uptime",
  parameters: { A: "1" },
  key: "k",
  resourceUrn: "urn:1",
  __provider: "text 1",
};
const RESULT = {
  executionState: "Succeeded",
  exitCode: 0,
  stdout: "up",
  stderr: "",
  stdoutTruncated: false,
  stderrTruncated: false,
  stdoutTotalBytes: 2,
  stderrTotalBytes: 0,
  stdoutSha256: "aa",
  stderrSha256: "bb",
  stdoutReplacedBytes: false,
  stderrReplacedBytes: false,
  outputs: { a: "1" },
  startTime: "2026-11-23T00:00:00Z",
  endTime: "2026-11-23T00:00:01Z",
} as const;
const STORED: Properties = {
  ...INPUTS,
  vmId: "guid",
  generation: 3,
  runId: "3-update-0123456789ab",
  ...RESULT,
};
/** As version 0.1.0 stored it. */
const STORED_BEFORE: Properties = {
  ...INPUTS,
  vmId: "guid",
  generation: 3,
  runId: "3-update-0123456789ab",
  executionState: "Succeeded",
  exitCode: 0,
  stdout: "up",
  stderr: "",
  stdoutTruncated: false,
  stderrTruncated: false,
  startTime: "2026-11-23T00:00:00Z",
  endTime: "2026-11-23T00:00:01Z",
};

describe("check", () => {
  test("returns the inputs as they are, with the key that the resource has had from the beginning", async () => {
    expect(await check({ key: "first" }, INPUTS)).toEqual({ inputs: { ...INPUTS, key: "first" }, failures: [] });
    expect(await check({}, INPUTS)).toEqual({ inputs: INPUTS, failures: [] });
  });

  test("names no property, since the engine would print its value", async () => {
    const { failures } = await check({}, { ...INPUTS, parameters: { "bad-name": "hunter2" }, arguments: ["\0"] });
    expect(failures.map(({ property }) => property)).toEqual(["", ""]);
    expect(JSON.stringify(failures)).not.toContain("hunter2");
  });

  test("reports a script file that could not be read together with all other problems", async () => {
    const { failures } = await check(
      {},
      {
        script: { unreadable: "names the file 'x.sh', which cannot be read: ENOENT" },
        arguments: "a",
      },
    );
    expect(failures.map(({ reason }) => reason)).toEqual([
      "virtualMachineId is missing; give the VM's id, or 'resourceGroupName' and 'vmName'",
      "arguments is a string, expected a list of texts",
      "script names the file 'x.sh', which cannot be read: ENOENT",
    ]);
  });

  test("says with both sizes that a script is too large, before anything is sent", async () => {
    const { failures } = await check({}, { ...INPUTS, script: `: ${"x".repeat(150_000)}` });
    expect(failures).toHaveLength(1);
    expect(failures[0]?.reason).toMatch(
      /^script, parameters, protectedParameters and arguments are too large together: 'script' 150,002, 'parameters' 1 bytes; with the runner that makes a request of 2\d\d,\d{3} bytes of base64 text, of which Azure takes at most 262,144 \(above that it reports success and runs nothing\); let the script download the bulk$/,
    );
    expect((await check({}, { ...INPUTS, script: `: ${"x".repeat(130_000)}` })).failures).toEqual([]);
  });

  test("finds no fault with values that are not known yet", async () => {
    const unknown = {
      virtualMachineId: UNKNOWN,
      script: UNKNOWN,
      parameters: { A: UNKNOWN },
      key: "k",
      resourceUrn: "u",
    };
    expect(await check({}, unknown)).toEqual({ inputs: unknown, failures: [] });
  });

  test("shows nothing of what is secret", async () => {
    const { failures } = await check(
      {},
      {
        ...INPUTS,
        protectedParameters: { IFS: "hunter2", OK: "hunter2\0" },
        runAsUser: "hunter2 ",
        logging: "hunter2",
      },
    );
    expect(failures).toHaveLength(4);
    expect(JSON.stringify(failures)).not.toContain("hunter2");
  });

  test("says that a variable of the environment is wrong, whatever it is for", async () => {
    process.env.AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS = "0";
    try {
      await jest.isolateModulesAsync(async () => {
        const isolated: { check: typeof check } = require("../../provider/lifecycle");
        expect((await isolated.check({}, INPUTS)).failures).toEqual([
          {
            property: "",
            reason:
              'the environment variable AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS is "0", expected a whole number of seconds from 1 to 3,600',
          },
        ]);
      });
    } finally {
      delete process.env.AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS;
    }
  });

  test("misses the subscription of a VM that is named by group and name", async () => {
    const { failures } = await check({}, { resourceGroupName: "rg", vmName: "web1", script: "x" });
    expect(failures).toEqual([
      {
        property: "",
        reason:
          "no subscription is known for 'resourceGroupName' and 'vmName': set azure-native:subscriptionId, ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID, or give 'virtualMachineId'; nothing was run",
      },
    ]);
  });
});

describe("diff", () => {
  test.each<{ when: string; olds: Properties; news: Properties; expected: unknown }>([
    { when: "nothing changed: nothing to do", olds: STORED, news: INPUTS, expected: { changes: false } },
    {
      when: "only the shim's text, the URN or the key changed: nothing to do",
      olds: STORED,
      news: { ...INPUTS, __provider: "text 2", resourceUrn: "urn:2", key: "other" },
      expected: { changes: false },
    },
    {
      when: "the VM is named in the other way: nothing to do",
      olds: STORED,
      news: { resourceGroupName: "RG", vmName: "web1", script: "uptime", parameters: { A: "1" } },
      expected: { changes: false },
    },
    {
      when: "an older version stored it: nothing to do",
      olds: STORED_BEFORE,
      news: INPUTS,
      expected: { changes: false },
    },
    {
      when: "only settings changed: nothing to do",
      olds: STORED_BEFORE,
      news: { ...INPUTS, timeoutInSeconds: 5, rebootPolicy: "rerun", outputMaxBytes: 0, logging: "stdout" },
      expected: { changes: false },
    },
    ...[{ protectedParameters: { PW: "x" } }, { runAsUser: "app" }, { workingDirectory: "/" }].map((change) => ({
      when: `${Object.keys(change)[0]} is new to a resource of an older version: left to the engine`,
      olds: STORED_BEFORE,
      news: { ...INPUTS, ...change },
      expected: {},
    })),
    {
      when: "the script changed: left to the engine, which shows what changed",
      olds: STORED,
      news: { ...INPUTS, script: "date" },
      expected: {},
    },
    {
      when: "the last run failed, which no input shows: a change",
      olds: { ...STORED, executionState: "Failed", exitCode: 3 },
      news: INPUTS,
      expected: { changes: true },
    },
    {
      when: "the last run failed and the script is back to an older one: a change",
      olds: { ...STORED, executionState: "Failed", script: "false" },
      news: INPUTS,
      expected: { changes: true },
    },
    {
      when: "another VM: replaced, the old one's receipts first",
      olds: STORED,
      news: { ...INPUTS, virtualMachineId: VM_ID.replace("web1", "web2") },
      expected: { changes: true, replaces: ["virtualMachineId"], deleteBeforeReplace: true },
    },
    {
      when: "a VM that is not known yet: replaced",
      olds: STORED,
      news: { ...INPUTS, virtualMachineId: UNKNOWN },
      expected: { changes: true, replaces: ["virtualMachineId"], deleteBeforeReplace: true },
    },
  ])("$when", async ({ olds, news, expected }) => {
    expect(await diff("id", olds, news)).toStrictEqual(expected);
  });
});

const TARGET = { subscriptionId: SUBSCRIPTION, resourceGroupName: "rg", vmName: "web1" };
const TRIED: Tried = {
  inputs: INPUTS,
  key: "k",
  generation: 3,
  runId: "3-update-0123456789ab",
  target: TARGET,
  vmId: "guid",
  result: { ...RESULT, executionState: "Failed", exitCode: undefined },
};

test("what is stored tells what was tried and how it ended, and is read back", () => {
  const inputs: Properties = {
    ...INPUTS,
    protectedParameters: { PW: "secret" },
    runAsUser: "app",
    workingDirectory: "/srv",
    timeoutInSeconds: 60,
    rebootPolicy: "continue",
    outputMaxBytes: 10,
    logging: "stderr",
  };
  const outputs = storedOutputs({ ...TRIED, inputs });
  expect(outputs).not.toHaveProperty("__provider");
  expect(outputs).not.toHaveProperty("exitCode");
  const { exitCode: _none, ...others } = RESULT;
  expect(outputs).toMatchObject({ ...others, executionState: "Failed" });
  expect(readStored(outputs)).toEqual({
    key: "k",
    generation: 3,
    runId: "3-update-0123456789ab",
    prior: {
      target: TARGET,
      script: "uptime",
      environment: { A: "1" },
      protectedEnvironment: { PW: "secret" },
      arguments: [],
      triggers: null,
      runAsUser: "app",
      workingDirectory: "/srv",
      settings: { timeoutInSeconds: 60, rebootPolicy: "continue", outputMaxBytes: 10, logging: "stderr" },
      executionState: "Failed",
    },
  });
});

test("what an older version stored is read with the defaults of what it did not know", () => {
  expect(readStored(STORED_BEFORE)).toEqual({
    key: "k",
    generation: 3,
    runId: "3-update-0123456789ab",
    prior: {
      target: TARGET,
      script: "uptime",
      environment: { A: "1" },
      protectedEnvironment: {},
      arguments: [],
      triggers: null,
      runAsUser: null,
      workingDirectory: null,
      settings: { timeoutInSeconds: null, rebootPolicy: "fail", outputMaxBytes: 65_536, logging: "none" },
      executionState: "Succeeded",
    },
  });
});

test("what a newer version stored of settings does not keep a resource from being deleted", () => {
  const stored = readStored({ ...STORED, outputMaxBytes: 10 ** 9, rebootPolicy: "something new" });
  expect(stored?.prior.settings).toEqual({
    timeoutInSeconds: null,
    rebootPolicy: "fail",
    outputMaxBytes: 65_536,
    logging: "none",
  });
});

test("a folder or user that is no longer allowed does not keep a resource from being deleted", () => {
  const stored = readStored({ ...STORED, workingDirectory: "/srv\n", runAsUser: "a b" });
  expect(stored?.prior).toMatchObject({ workingDirectory: "/srv\n", runAsUser: "a b" });
});

describe("the digest of a stream", () => {
  const digests = (inputs: Properties, result: Partial<RunResult>) => {
    const { stdoutSha256, stderrSha256 } = storedOutputs({ ...TRIED, inputs, result: { ...RESULT, ...result } });
    return { stdoutSha256, stderrSha256 };
  };
  const secret = { ...INPUTS, protectedParameters: { PW: "1234" } };
  const both = { stdoutSha256: "aa", stderrSha256: "bb" };

  test("stays where it can tell nothing of a secret", () => {
    expect(digests(INPUTS, { stdout: "[secret]", stdoutTruncated: true })).toEqual(both);
    expect(digests(secret, { stdout: "done", stderr: "" })).toEqual(both);
  });

  test("is left out where a secret is in the stream, or can be in the part that is not shown", () => {
    expect(digests(secret, { stdout: "pin [secret]" })).toEqual({ stderrSha256: "bb" });
    expect(digests(secret, { stderrTruncated: true })).toEqual({ stdoutSha256: "aa" });
    const named = { ...INPUTS, secretInputs: ["parameters.A"] };
    expect(digests(named, { stderr: "[secret]" })).toEqual({ stdoutSha256: "aa" });
  });
});

test("no undefined leaves the provider, at any depth: the engine would lose the resource", () => {
  expect(clean({ a: undefined, b: { c: undefined, d: [undefined, { e: undefined, f: 1 }] }, g: null })).toStrictEqual({
    b: { d: [null, { f: 1 }] },
    g: null,
  });
});
