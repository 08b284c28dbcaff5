/** What needs no Azure: check and diff, and what of a resource is stored. */
import { check, diff } from "../../provider/lifecycle";
import { clean, type Properties, readStored, storedOutputs } from "../../provider/state";

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
      /^script, parameters and arguments are too large together: 'script' 150,002, 'parameters' 1 bytes; with the runner that makes a request of 2\d\d,\d{3} bytes of base64 text, of which Azure takes at most 262,144 \(above that it reports success and runs nothing\); let the script download the bulk$/,
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

test("what is stored tells what was tried and how it ended, and is read back", () => {
  const target = { subscriptionId: SUBSCRIPTION, resourceGroupName: "rg", vmName: "web1" };
  const outputs = storedOutputs({
    inputs: INPUTS,
    key: "k",
    generation: 3,
    runId: "3-update-0123456789ab",
    target,
    vmId: "guid",
    result: { ...RESULT, executionState: "Failed", exitCode: undefined },
  });
  expect(outputs).not.toHaveProperty("__provider");
  expect(outputs).not.toHaveProperty("exitCode");
  expect(readStored(outputs)).toEqual({
    key: "k",
    generation: 3,
    runId: "3-update-0123456789ab",
    prior: {
      target,
      script: "uptime",
      environment: { A: "1" },
      arguments: [],
      triggers: null,
      executionState: "Failed",
    },
  });
});

test("no undefined leaves the provider, at any depth: the engine would lose the resource", () => {
  expect(clean({ a: undefined, b: { c: undefined, d: [undefined, { e: undefined, f: 1 }] }, g: null })).toStrictEqual({
    b: { d: [null, { f: 1 }] },
    g: null,
  });
});
