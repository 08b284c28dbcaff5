/** What needs no Azure: check and diff. What check says of the inputs themselves is in check-inputs.test.ts. */
import { check, diff } from "../../provider/lifecycle";
import type { Properties } from "../../provider/state";
import { currentWork } from "../../provider/work";
import { recordedReporter } from "../support/virtual-outside";

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
const EXTENSION: Properties = { kind: "RunCommandExtension", virtualMachineId: VM_ID, triggers: [1], key: "e" };
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
    expect((await check({}, { ...INPUTS, script: `: ${"x".repeat(129_000)}` })).failures).toEqual([]);
  });

  test("finds no fault with values that are not known yet", async () => {
    const unknown = {
      virtualMachineId: UNKNOWN,
      script: UNKNOWN,
      parameters: { A: UNKNOWN },
      key: "k",
      resourceUrn: "urn:1",
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

  test("says what is wrong with the option customTimeouts", async () => {
    const problem = 'customTimeouts.create is "soon", expected a duration such as "90s", "10m" or "1h30m"';
    const { failures } = await check({}, { ...INPUTS, customTimeouts: { problem } });
    expect(failures).toEqual([{ property: "", reason: problem }]);
    expect((await check({}, { ...INPUTS, customTimeouts: { create: 90 } })).failures).toEqual([]);
  });

  test("finds a renamed resource and a new one that would share what they leave on the VM", async () => {
    const renamed = { ...INPUTS, key: "k-new", resourceUrn: "urn:pulumi:dev::app::t::renamed" };
    const fresh = { ...INPUTS, key: "k-old", resourceUrn: "urn:pulumi:dev::app::t::first" };
    expect((await check({ key: "k-old" }, renamed)).failures).toEqual([]);
    expect((await check({}, fresh)).failures.map(({ reason }) => reason)).toEqual([
      "'first' and 'renamed' would share what they leave on the VM: one of them was renamed with an alias and keeps its key, the other has the name that the first had; give the new one another name",
    ]);
    const elsewhere = { ...fresh, virtualMachineId: VM_ID.replace("web1", "web2"), resourceUrn: "urn:x::other" };
    expect((await check({}, elsewhere)).failures).toEqual([]);
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
      when: "only settings changed: left to the engine, so that they are stored",
      olds: STORED_BEFORE,
      news: { ...INPUTS, timeoutInSeconds: 5, rebootPolicy: "rerun", parallelOnVm: true, outputMaxBytes: 0 },
      expected: {},
    },
    {
      when: "the delete script changed: the same",
      olds: STORED,
      news: { ...INPUTS, delete: "rm -r /srv" },
      expected: {},
    },
    {
      when: "only the option customTimeouts changed: the same",
      olds: { ...STORED, customTimeouts: { create: 60 } },
      news: { ...INPUTS, customTimeouts: { create: 90 } },
      expected: {},
    },
    {
      when: "the option customTimeouts is as it was: nothing to do",
      olds: { ...STORED, customTimeouts: { create: 60, delete: 5 } },
      news: { ...INPUTS, customTimeouts: { delete: 5, create: 60 } },
      expected: { changes: false },
    },
    {
      when: "only what is a secret changed: the same, so that the deletion masks it",
      olds: STORED,
      news: { ...INPUTS, secretInputs: ["parameters.A"] },
      expected: {},
    },
    {
      when: "a refresh found drift, which no input shows: a change",
      olds: { ...STORED, drifted: true, driftCheckId: "3-check-0123456789ab" },
      news: INPUTS,
      expected: { changes: true },
    },
    {
      when: "a refresh found another VM under the name: a change",
      olds: { ...STORED, rebuilt: true },
      news: INPUTS,
      expected: { changes: true },
    },
    {
      when: "the last run failed, and that is to count as done: a change, since the engine may have older inputs",
      olds: { ...STORED, executionState: "Failed", exitCode: 3 },
      news: { ...INPUTS, treatFailureAsDeploymentFailure: false },
      expected: { changes: true },
    },
    {
      when: "a replaceTrigger changed: replaced",
      olds: STORED,
      news: { ...INPUTS, replaceTriggers: [1] },
      expected: { changes: true, replaces: ["replaceTriggers"], deleteBeforeReplace: true },
    },
    {
      when: "the script gives way to one of Azure's own commands: replaced",
      olds: STORED,
      news: { virtualMachineId: VM_ID, commandId: "ifconfig" },
      expected: { changes: true, replaces: ["commandId"], deleteBeforeReplace: true },
    },
    {
      when: "another VM by name: replaced by the names that were given",
      olds: STORED,
      news: { resourceGroupName: "rg", vmName: "web2", script: "uptime", parameters: { A: "1" } },
      expected: { changes: true, replaces: ["resourceGroupName", "vmName"], deleteBeforeReplace: true },
    },
    {
      when: "an extension is as it was: nothing to do, whatever an older version tried",
      olds: {
        ...EXTENSION,
        vmId: "guid",
        generation: 1,
        runId: "1-create-0",
        executionState: "Succeeded",
        created: true,
      },
      news: EXTENSION,
      expected: { changes: false },
    },
    {
      when: "the trigger of an extension changed: left to the engine",
      olds: {
        ...EXTENSION,
        vmId: "guid",
        generation: 1,
        runId: "1-create-0",
        executionState: "Succeeded",
        created: true,
      },
      news: { ...EXTENSION, triggers: [2] },
      expected: {},
    },
    {
      when: "the state tells of no run: a change",
      olds: INPUTS,
      news: INPUTS,
      expected: { changes: true },
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

  test("says at the resource's own line what the engine cannot know", async () => {
    const reporter = recordedReporter();
    const reporterFor = jest.spyOn(currentWork().log, "reporterFor").mockReturnValue(reporter);
    await diff("id", { ...STORED, executionState: "Failed" }, INPUTS);
    await diff("id", STORED, { ...INPUTS, parameters: { A: UNKNOWN } });
    await diff("id", STORED, { ...INPUTS, customTimeouts: { create: 5 } });
    await diff("id", STORED, { ...INPUTS, timeoutInSeconds: UNKNOWN });
    await diff("id", STORED, { ...INPUTS, secretInputs: ["script"] });
    await diff("id", STORED, INPUTS);
    expect(reporter.messages).toEqual([
      "info: the last run did not succeed (Failed): an update runs the script again",
      "info: an update runs the script: 'parameters' is not known yet",
      "info: no script runs: 'customTimeouts' changed, which counts from the next run on",
      "info: no script runs: 'timeoutInSeconds' is not known yet, which counts from the next run on",
    ]);
    expect(reporterFor).toHaveBeenCalledWith("urn:1");
  });
});
