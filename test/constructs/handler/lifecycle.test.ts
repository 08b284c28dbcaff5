/** What a stack asks for, from request to answer: scripts run once, and every habit of CloudFormation's is lived through. */
import { AwsFailure } from "../../../constructs/handler/aws-errors";
import { VM_GUID, vmAnswer } from "../../support/scripted-vm";
import { eventOf, KEY, OTHER_VM_ID, PHYSICAL_ID, VM_ID } from "./support/events";
import { type World, type WorldParts, worldOf } from "./support/world";

const FIRST = { Script: { Text: "echo first" } };
const SECOND = { Script: { Text: "echo second" } };

/** The scripts that were started, in their order, with the reason that each was told. */
function ran({ vm }: World): readonly string[] {
  return vm.started.map(({ script, environment }) => `${script} (${environment.AZURE_RUN_COMMAND_REASON})`);
}

const HIDDEN = new AwsFailure("the state of the stack 'Fleet' cannot be seen: not allowed");
const UPDATING = () => "UPDATE_IN_PROGRESS";
const ROLLING_BACK = () => "UPDATE_ROLLBACK_IN_PROGRESS";

describe("a Create", () => {
  test("runs the script once, and answers with all attributes", async () => {
    const world = worldOf({
      ending: () => ({ stdout: "done\n", stderr: "careful\n", outputs: "version=7\n" }),
    });
    const carried = await world.carryOut(eventOf({ properties: { ...FIRST, OutputNames: ["version"] } }));
    expect(ran(world)).toEqual(["echo first (create)"]);
    expect(carried).toEqual({
      physicalId: PHYSICAL_ID,
      looks: 1,
      failure: undefined,
      noEcho: false,
      attributes: {
        ExecutionState: "Succeeded",
        ExitCode: "0",
        Stdout: "done\n",
        Stderr: "careful\n",
        StdoutTruncated: "false",
        StderrTruncated: "false",
        StdoutTotalBytes: "5",
        StderrTotalBytes: "8",
        StdoutLocation: "",
        StderrLocation: "",
        StartTime: "2026-01-01T00:00:00Z",
        EndTime: "2026-01-01T00:00:01Z",
        Key: KEY,
        RunId: "1-create-121d4e4ce833",
        SecretVersions: "",
        LastRunId: "",
        "Outputs.version": "7",
      },
    });
  });

  test("that is delivered twice at the same time runs the script once", async () => {
    const world = worldOf({ ending: () => ({ seconds: 300, stdout: "done" }) });
    const event = eventOf({ properties: FIRST });
    const [one, other] = await Promise.all([world.carryOut(event), world.carryOut(event)]);
    expect(ran(world)).toEqual(["echo first (create)"]);
    expect(one.attributes).toEqual(other.attributes);
    expect(one.attributes?.Stdout).toBe("done");
  });

  test("that is delivered again after its end runs nothing, and answers the same", async () => {
    const world = worldOf({ ending: () => ({ stdout: "done" }) });
    const event = eventOf({ properties: FIRST });
    const one = await world.carryOut(event);
    expect(await world.carryOut(event)).toEqual(one);
    expect(ran(world)).toEqual(["echo first (create)"]);
  });

  test("that is delivered again after its secret was rotated has the old value masked too", async () => {
    const secrets: Record<string, [string, string][]> = { "arn:code": [["v1", "correct-horse"]] };
    const world = worldOf({ secrets, ending: () => ({ stdout: "code correct-horse" }) });
    const properties = { ...FIRST, ProtectedParameters: { CODE: { SecretId: "arn:code" } }, HandsOver: "true" };
    const event = eventOf({ properties });
    expect((await world.carryOut(event)).attributes).toMatchObject({
      Stdout: "code [secret]",
      SecretVersions: '{"CODE":"v1"}',
    });
    secrets["arn:code"] = [
      ["v2", "battery-staple"],
      ["v1", "correct-horse"],
    ];
    expect((await world.carryOut(event)).attributes).toMatchObject({ Stdout: "code [secret]", SecretVersions: "" });
    expect(JSON.stringify(world.lines)).not.toContain("horse");
  });

  test("that is delivered again while it runs and its secret was rotated hands on no versions", async () => {
    const secrets: Record<string, [string, string][]> = { "arn:code": [["v1", "correct-horse"]] };
    const world = worldOf({ secrets, ending: () => ({ seconds: 900 }) });
    const event = eventOf({ properties: { ...FIRST, ProtectedParameters: { CODE: { SecretId: "arn:code" } } } });
    const handedOn = async () => (await world.onEvent(event)).AzureRunCommand.next;
    expect(await handedOn()).toMatchObject({ kind: "follow", run: { secretVersions: '{"CODE":"v1"}' } });
    expect(await handedOn()).toMatchObject({ kind: "follow", run: { secretVersions: undefined } });
  });

  test("looks at a script that goes on, and never sends it again", async () => {
    const world = worldOf({ ending: () => ({ seconds: 600, stdout: "at last" }) });
    const carried = await world.carryOut(eventOf({ properties: FIRST }));
    expect(carried.attributes?.Stdout).toBe("at last");
    expect(carried.looks).toBe(7);
    expect(world.requests.map(({ verb }) => verb)).toEqual(["run", ...Array.from({ length: 7 }, () => "wait")]);
  });

  test("of a script that failed fails in isComplete, so that CloudFormation sends its Delete", async () => {
    const world = worldOf({ ending: () => ({ exitCode: 3, stderr: "no such host\n" }) });
    const event = eventOf({ properties: FIRST });
    const answer = await world.onEvent(event);
    await expect(world.isComplete(event, answer)).rejects.toThrow(
      `the script on 'web1' exited with 3; end of stderr: "no such host"`,
    );
  });

  test("of a script that may fail answers how it failed", async () => {
    const world = worldOf({ ending: () => ({ exitCode: 3, stderr: "no\n" }) });
    const properties = { ...FIRST, TreatFailureAsDeploymentFailure: "false", OutputNames: ["version"] };
    const { attributes, failure } = await world.carryOut(eventOf({ properties }));
    expect(failure).toBeUndefined();
    expect(attributes).toMatchObject({
      ExecutionState: "Failed",
      ExitCode: "3",
      Stderr: "no\n",
      "Outputs.version": "",
    });
    expect(world.lines).toEqual([
      {
        level: "warn",
        request: "Create",
        resource: "Install",
        requestId: "request-1",
        message: `the script on 'web1' exited with 3; end of stderr: "no"; the deployment goes on all the same (treatFailureAsDeploymentFailure is false)`,
      },
    ]);
  });

  test("of a script that is not needed answers so, with an empty text for each output that the stack uses", async () => {
    const world = worldOf({ ending: () => ({ state: "Skipped" }) });
    const { attributes } = await world.carryOut(
      eventOf({ properties: { ...FIRST, Creates: "/opt/done", OutputNames: ["version"] } }),
    );
    expect(attributes).toMatchObject({ ExecutionState: "Skipped", ExitCode: "", Stdout: "", "Outputs.version": "" });
    expect(world.lines.map(({ message }) => message)).toEqual([
      "the script was not run on 'web1': it is not needed, says 'creates'",
    ]);
  });

  test("on a VM that is stopped fails in onEvent, since nothing was run", async () => {
    const world = worldOf({ vm: () => vmAnswer({ powerState: "deallocated" }) });
    await expect(world.onEvent(eventOf({ properties: FIRST }))).rejects.toThrow(
      "cannot run a command on 'web1': its power state is 'deallocated', expected 'running'; start the VM, then deploy again; nothing was run",
    );
    expect(world.requests).toEqual([]);
  });

  test("with properties that cannot be used fails with every problem, and asks nobody", async () => {
    const world = worldOf();
    const properties = { ...FIRST, RebootPolicy: "never", SuccessExitCodes: ["0", "256"] };
    await expect(world.onEvent(eventOf({ properties }))).rejects.toThrow(
      'rebootPolicy is "never", expected "fail", "rerun" or "continue"; successExitCodes has at position 2 a value that is 256, expected a whole number from 0 to 255; nothing was run',
    );
    expect(world.sinceMs()).toBe(0);
  });
});

describe("an Update", () => {
  async function updated(properties: object, { from = FIRST as object, ending = { stdout: "out" }, ...more } = {}) {
    const world = worldOf({ ending: () => ending, stackStatus: UPDATING, ...more });
    const created = await world.carryOut(eventOf({ properties: { ...from } }));
    const event = eventOf({
      type: "Update",
      requestId: "request-2",
      physicalId: created.physicalId ?? "",
      properties: { ...properties },
      oldProperties: { ...from },
    });
    return { world, event, created, carried: await world.carryOut(event) };
  }

  test("with another script runs it, and says to it that it is an update", async () => {
    const { world, carried, created } = await updated(SECOND);
    expect(ran(world)).toEqual(["echo first (create)", "echo second (update)"]);
    expect(carried.physicalId).toBe(created.physicalId);
    expect(world.vm.started[1]?.last).toBe(world.vm.started[0]?.runId);
    expect(world.vm.started[1]?.runId).toMatch(/^2-create-[0-9a-f]{12}$/);
  });

  test("runs the update script in its place where there is one", async () => {
    const { world } = await updated({ ...FIRST, Update: { Text: "echo again" }, Triggers: ["2"] });
    expect(ran(world)).toEqual(["echo first (create)", "echo again (update)"]);
    expect(world.vm.started[1]?.runId).toMatch(/^2-update-[0-9a-f]{12}$/);
  });

  test("runs the script itself where that was no success before", async () => {
    const { world } = await updated({ ...FIRST, Update: { Text: "echo again" } }, { ending: { exitCode: 1 } as never });
    expect(ran(world)).toEqual(["echo first (create)", "echo first (update)"]);
  });

  test.each([
    ["the timeout", { TimeoutInSeconds: "60" }],
    ["the update script", { Update: { Text: "echo again" } }],
    ["the delete script", { Delete: { Text: "rm -r /opt" } }],
    ["a guard", { Unless: "true" }],
    ["an output that the stack uses", { OutputNames: [] }],
  ])("of %s alone runs nothing, and answers with what the last run printed", async (_what, settings) => {
    const { world, carried, created } = await updated({ ...FIRST, ...settings });
    expect(ran(world)).toEqual(["echo first (create)"]);
    expect(carried.attributes).toEqual(created.attributes);
    expect(world.requests.map(({ verb }) => verb)).toEqual(["run", "list", "wait"]);
  });

  test.each([
    ["a parameter", { Parameters: { REGION: "eu" } }],
    ["an argument", { Arguments: ["--force"] }],
    ["the user", { RunAsUser: "deploy" }],
    ["the folder", { WorkingDirectory: "/opt" }],
    ["a trigger", { Triggers: ["1"] }],
    ["a secret's place", { ProtectedParameters: { CODE: { SecretId: "arn:new" } } }],
  ])("of %s runs the script again", async (_what, content) => {
    const secrets = { "arn:new": [["v1", "topsecret-1"]] as const };
    const { world } = await updated({ ...FIRST, ...content }, { secrets } as never);
    expect(ran(world)).toEqual(["echo first (create)", "echo first (update)"]);
  });

  test("runs again what was no success, whatever has changed", async () => {
    const { world } = await updated({ ...FIRST, TimeoutInSeconds: "60" }, { ending: { exitCode: 1 } as never });
    expect(ran(world)).toEqual(["echo first (create)", "echo first (update)"]);
    expect(world.lines[0]?.message).toBe("a script runs because of the last run, which is Failed");
  });

  test("that is delivered again runs nothing, also when its run has ended and another one has come after it", async () => {
    const { world, event, carried } = await updated(SECOND);
    const third = eventOf({
      type: "Update",
      requestId: "request-3",
      properties: FIRST,
      oldProperties: SECOND,
      physicalId: carried.physicalId ?? "",
    });
    await world.carryOut(third);
    expect((await world.carryOut(event)).attributes).toEqual(carried.attributes);
    expect(ran(world)).toEqual(["echo first (create)", "echo second (update)", "echo first (update)"]);
  });

  test("whose first delivery died after it sent the run takes the run up", async () => {
    const world = worldOf({ ending: () => ({ seconds: 400, stdout: "out" }), stackStatus: UPDATING });
    await world.carryOut(eventOf({ properties: FIRST }));
    const event = eventOf({ type: "Update", requestId: "request-2", properties: SECOND, oldProperties: FIRST });
    await world.onEvent(event);
    const carried = await world.carryOut(event);
    expect(ran(world)).toEqual(["echo first (create)", "echo second (update)"]);
    expect(carried.attributes?.Stdout).toBe("out");
    expect(world.lines.at(-1)?.message).toMatch(/^an earlier delivery of this request has begun the run '2-create-/);
  });

  test("with properties of before that cannot be read any more runs the script", async () => {
    const { world } = await updated({ ...FIRST, TimeoutInSeconds: "60" }, { from: { ...FIRST, RebootPolicy: "fail" } });
    expect(ran(world)).toHaveLength(1);
    const event = eventOf({
      type: "Update",
      requestId: "request-3",
      properties: FIRST,
      oldProperties: { ...FIRST, RebootPolicy: "whatever", Timeout: { in: "minutes" } },
    });
    await world.carryOut(event);
    expect(ran(world)).toEqual(["echo first (create)", "echo first (update)"]);
    expect(world.lines.at(-1)?.message).toBe("a script runs because of the properties of before, which cannot be read");
  });

  test("follows a run of before that goes on, and does not begin it a second time", async () => {
    const world = worldOf({ ending: () => ({ seconds: 1_000, stdout: "out" }), stackStatus: UPDATING });
    await world.onEvent(eventOf({ properties: FIRST }));
    const event = eventOf({
      type: "Update",
      requestId: "request-2",
      properties: { ...FIRST, TimeoutInSeconds: "60" },
      oldProperties: FIRST,
    });
    expect((await world.carryOut(event)).attributes?.Stdout).toBe("out");
    expect(ran(world)).toEqual(["echo first (create)"]);
  });

  test("to another VM is another physical resource, on which the script runs for the first time", async () => {
    const world = worldOf({ stackStatus: UPDATING });
    const event = eventOf({
      type: "Update",
      properties: { ...FIRST, VirtualMachineId: OTHER_VM_ID },
      oldProperties: FIRST,
      physicalId: PHYSICAL_ID,
    });
    const { physicalId } = await world.carryOut(event);
    expect(physicalId).toBe(`azrc-0bbbc20615-${KEY}`);
    expect(ran(world)).toEqual(["echo first (create)"]);
  });

  test.each<readonly [string, Required<WorldParts>["stackStatus"], string]>([
    ["runs the script as for the first time", UPDATING, "echo first (create)"],
    ["runs the update script where it may be a rollback", () => HIDDEN, "echo again (update)"],
  ])("back to a VM that was off when it was left %s", async (_what, stackStatus, expected) => {
    const world = worldOf({ stackStatus });
    world.vm.leave("3-create-0123456789ab");
    const properties = { ...FIRST, Update: { Text: "echo again" } };
    const oldProperties = { ...properties, VirtualMachineId: OTHER_VM_ID };
    await world.carryOut(eventOf({ type: "Update", properties, oldProperties }));
    expect(ran(world)).toEqual([expected]);
    expect(world.vm.started[0]?.runId).toMatch(/^4-/);
  });

  test("to the same VM in other letters is the same physical resource, and runs nothing", async () => {
    const { world, carried, created } = await updated({ ...FIRST, VirtualMachineId: VM_ID.toUpperCase() });
    expect(carried.physicalId).toBe(created.physicalId);
    expect(ran(world)).toEqual(["echo first (create)"]);
  });

  test("of a replace trigger is another physical resource", async () => {
    const { world, carried, created } = await updated({ ...FIRST, ReplaceTriggers: ["2"] });
    expect(carried.physicalId).not.toBe(created.physicalId);
    expect(world.vm.started.map(({ key }) => key)).toHaveLength(2);
    expect(world.vm.started[0]?.key).not.toBe(world.vm.started[1]?.key);
  });

  test("finds no receipts on a VM that was made anew under the same name: the script runs as for the first time", async () => {
    const world = worldOf({ stackStatus: UPDATING });
    world.vm.leave("4-create-0123456789ab", {}, { vmId: "the disk of another VM" });
    const event = eventOf({ type: "Update", properties: { ...FIRST, TimeoutInSeconds: "5" }, oldProperties: FIRST });
    await world.carryOut(event);
    expect(ran(world)).toEqual(["echo first (create)"]);
    expect(world.vm.started[0]).toMatchObject({ vmId: VM_GUID, last: undefined });
  });
});

describe("the Update that rolls a failed one back", () => {
  async function rolledBack(rollback: object, more: object = {}) {
    let status = "UPDATE_IN_PROGRESS";
    const world = worldOf({
      ending: ({ script }) => (script === "echo second" ? { exitCode: 1 } : { stdout: "out of the first" }),
      stackStatus: () => status,
      ...more,
    });
    const [before, after] = [
      { ...FIRST, ...rollback },
      { ...SECOND, ...rollback },
    ];
    const created = await world.carryOut(eventOf({ properties: before }));
    const update = eventOf({ type: "Update", requestId: "request-2", properties: after, oldProperties: before });
    const { failure } = await world.carryOut(update);
    expect(failure).toBe("the script on 'web1' exited with 1; it printed nothing");
    status = "UPDATE_ROLLBACK_IN_PROGRESS";
    const back = eventOf({ type: "Update", requestId: "request-3", properties: before, oldProperties: after });
    const beganAtMs = world.sinceMs();
    const carried = await world.carryOut(back);
    return { world, created, carried, tookMs: world.sinceMs() - beganAtMs };
  }

  test("runs the script of before again, a new run", async () => {
    const { world, carried } = await rolledBack({});
    expect(ran(world)).toEqual(["echo first (create)", "echo second (update)", "echo first (update)"]);
    expect(world.vm.started[2]?.runId).toMatch(/^3-create-/);
    expect(carried.attributes?.Stdout).toBe("out of the first");
  });

  test("waits until the Update that failed has noticed", async () => {
    const { tookMs } = await rolledBack({});
    // 30 s, a list and a run.
    expect(tookMs).toBe(30_000 + 13_000 + 13_000 + 1_000);
  });

  test("runs nothing where that is wanted, and answers with the newest run that was a success", async () => {
    const { world, carried, created } = await rolledBack({ Rollback: "SKIP" });
    expect(ran(world)).toEqual(["echo first (create)", "echo second (update)"]);
    expect(carried.attributes).toEqual(created.attributes);
  });

  test("with nothing to run is a success too when the VM is off, and says that nothing is known", async () => {
    let looks = 0;
    const { world, carried } = await rolledBack(
      { Rollback: "SKIP", OutputNames: [] },
      { vm: () => vmAnswer({ powerState: ++looks > 3 ? "deallocated" : "running" }) },
    );
    expect(carried.attributes).toMatchObject({ ExecutionState: "Unknown", Stdout: "", ExitCode: "", RunId: "" });
    expect(world.lines.at(-1)?.message).toMatch(
      /^nothing is run in a rollback, and what has run before cannot be seen: cannot run a command on 'web1'/,
    );
  });

  test("with nothing to run and no run that was a success says that nothing is known", async () => {
    const world = worldOf({ stackStatus: ROLLING_BACK });
    const properties = { ...FIRST, Rollback: "SKIP", OutputNames: ["version"] };
    const event = eventOf({ type: "Update", properties, oldProperties: { ...SECOND, Rollback: "SKIP" } });
    expect((await world.carryOut(event)).attributes).toMatchObject({
      ExecutionState: "Unknown",
      "Outputs.version": "",
    });
    expect(ran(world)).toEqual([]);
  });
});

test("an Update with Rollback SKIP runs its script where it is no rollback", async () => {
  const world = worldOf({ stackStatus: UPDATING });
  const properties = { ...FIRST, Rollback: "SKIP" };
  await world.carryOut(eventOf({ type: "Update", properties, oldProperties: { ...SECOND, Rollback: "SKIP" } }));
  expect(ran(world)).toEqual(["echo first (create)"]);
});
