/** What keeps onEvent from starting a run: a VM that is not ready or busy, the end of its time, a stack that turned away. */
import { AwsFailure } from "../../../constructs/handler/aws-errors";
import { RunFailedError } from "../../../core/failures/errors";
import { VM_GONE, vmAnswer } from "../../support/scripted-vm";
import { eventOf } from "./support/events";
import { worldOf } from "./support/world";

const CREATE = eventOf({ properties: { Script: { Text: "echo first" } } });
const UPDATE = eventOf({
  type: "Update",
  requestId: "request-2",
  properties: { Script: { Text: "echo second" } },
  oldProperties: { Script: { Text: "echo first" } },
});

const STARTING = vmAnswer({ powerState: "starting" });

describe("a VM that is not ready", () => {
  test("is waited for", async () => {
    const world = worldOf({ vm: (count) => (count < 20 ? STARTING : vmAnswer()) });
    expect((await world.carryOut(CREATE)).attributes?.ExecutionState).toBe("Succeeded");
  });

  test("is waited for 13 minutes at most, and told of as it is", async () => {
    const world = worldOf({ vm: () => STARTING });
    await expect(world.onEvent(CREATE)).rejects.toThrow(
      "'web1' was not ready after 779 s: its power state is 'starting', expected 'running', and its agent's status is 'not known', expected 'Ready'; see that the VM boots and its agent (walinuxagent or waagent) runs, or raise readyTimeoutInSeconds, then deploy again; nothing was run; the VM's power state is 'starting', its provisioning state not known; Azure has no report of the VM's agent",
    );
  });

  test("is waited for as long as the resource says, where that is less", async () => {
    const world = worldOf({ vm: () => STARTING });
    const event = eventOf({ properties: { ReadyTimeoutInSeconds: "30" } });
    await expect(world.onEvent(event)).rejects.toThrow("'web1' was not ready after 30 s");
  });

  test("is waited for no longer than the function has time", async () => {
    const world = worldOf({ vm: () => STARTING });
    await expect(world.onEvent(CREATE, 300)).rejects.toThrow("'web1' was not ready after 179 s");
    expect(world.sinceMs()).toBeLessThan(300_000);
  });
});

test("a VM that is gone is told of at once", async () => {
  await expect(worldOf({ vm: () => VM_GONE }).onEvent(CREATE)).rejects.toThrow(
    "there is no VM 'web1' in resource group 'rg': Azure says \"was not found.\"; check the name, the group and the subscription; nothing was run",
  );
});

describe("a run that is out when the time is over", () => {
  const hanging = () =>
    worldOf({
      trouble: () => undefined,
      ending: () => ({ seconds: 1 }),
      vm: () => vmAnswer(),
    });

  test("is followed by isComplete, since it may have begun", async () => {
    const world = hanging();
    // Only 90 s: 75 s of them are kept for what comes after.
    const answer = await world.onEvent(CREATE, 85);
    expect(answer.AzureRunCommand.next).toMatchObject({
      kind: "follow",
      run: { whenGone: "fail", doubt: expect.stringMatching(/^stopped waiting for 'web1' after 10 s/) },
    });
    expect(world.discards()).toBe(1);
    expect((await world.isComplete(CREATE, answer)).IsComplete).toBe(true);
    expect(world.vm.started).toHaveLength(1);
  });
});

describe("a stack that turns away from what it asked for", () => {
  test.each(["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])(
    "(%s) while a Create waits for its VM ends the waiting within 15 s, and nothing is run",
    async (status) => {
      const world = worldOf({
        vm: () => STARTING,
        stackStatus: (sinceMs) => (sinceMs >= 100_000 ? status : "CREATE_IN_PROGRESS"),
      });
      await expect(world.onEvent(CREATE)).rejects.toThrow(
        `the script was not sent to 'web1': the stack is ${status} meanwhile; nothing was run`,
      );
      expect(world.sinceMs()).toBe(105_000);
      expect(world.vm.started).toEqual([]);
      expect(world.discards()).toBe(1);
    },
  );

  test("before a Create was delivered keeps it from running anything", async () => {
    const world = worldOf({ stackStatus: () => "DELETE_IN_PROGRESS" });
    await expect(world.onEvent(CREATE)).rejects.toThrow("the stack is DELETE_IN_PROGRESS meanwhile");
    expect(world.requests).toEqual([]);
  });

  test("while an Update waits for its VM keeps it from running anything", async () => {
    const world = worldOf({
      vm: () => STARTING,
      stackStatus: (sinceMs) => (sinceMs >= 60_000 ? "UPDATE_ROLLBACK_IN_PROGRESS" : "UPDATE_IN_PROGRESS"),
    });
    await expect(world.onEvent(UPDATE)).rejects.toThrow("the stack is UPDATE_ROLLBACK_IN_PROGRESS meanwhile");
    expect(world.requests).toEqual([]);
  });

  test.each([
    { from: "UPDATE_IN_PROGRESS", to: "UPDATE_FAILED" },
    { from: "UPDATE_ROLLBACK_IN_PROGRESS", to: "UPDATE_ROLLBACK_FAILED" },
  ])("and rests while an Update waits for its VM keeps it from running anything ($to)", async ({ from, to }) => {
    const world = worldOf({
      vm: () => STARTING,
      stackStatus: (sinceMs) => (sinceMs >= 100_000 ? to : from),
    });
    await expect(world.onEvent(UPDATE)).rejects.toThrow(
      `the script was not sent to 'web1': the stack is ${to} meanwhile; nothing was run`,
    );
    expect([world.sinceMs(), world.requests]).toEqual([120_000, []]);
  });

  test("only by a look that came from before keeps nothing from running", async () => {
    const world = worldOf({
      vm: (count) => (count < 20 ? STARTING : vmAnswer()),
      stackStatus: (sinceMs) => (sinceMs > 40_000 && sinceMs < 55_000 ? "UPDATE_COMPLETE" : "UPDATE_IN_PROGRESS"),
    });
    expect((await world.carryOut(UPDATE)).failure).toBeUndefined();
    expect(world.sinceMs()).toBeGreaterThan(60_000);
  });

  test("by a rollback is what the Update of that rollback was sent in: it runs", async () => {
    const world = worldOf({
      vm: (count) => (count < 10 ? STARTING : vmAnswer()),
      stackStatus: () => "UPDATE_ROLLBACK_IN_PROGRESS",
    });
    expect((await world.carryOut(UPDATE)).attributes?.ExecutionState).toBe("Succeeded");
  });

  test("after the run has been sent changes nothing: its end is waited for", async () => {
    const world = worldOf({
      ending: () => ({ seconds: 40 }),
      stackStatus: (sinceMs) => (sinceMs >= 20_000 ? "ROLLBACK_IN_PROGRESS" : "CREATE_IN_PROGRESS"),
    });
    expect((await world.carryOut(CREATE)).attributes?.ExecutionState).toBe("Succeeded");
    expect(world.discards()).toBe(1);
  });
});

describe("a stack whose state cannot be seen", () => {
  const hidden = () => new AwsFailure("the state of the stack 'Fleet' cannot be seen: not allowed");

  test("keeps nothing from running, and is told of in the log", async () => {
    const world = worldOf({ stackStatus: hidden });
    expect((await world.carryOut(CREATE)).attributes?.ExecutionState).toBe("Succeeded");
    expect(world.lines[0]).toMatchObject({
      level: "warn",
      message: "the state of the stack 'Fleet' cannot be seen: not allowed; a rollback is not noticed",
    });
  });

  test("fails an Update that would run nothing in a rollback", async () => {
    const world = worldOf({ stackStatus: hidden });
    const properties = { Script: { Text: "echo second" }, Rollback: "SKIP" };
    await expect(
      world.onEvent(eventOf({ type: "Update", properties, oldProperties: { Rollback: "SKIP" } })),
    ).rejects.toThrow(
      "the state of the stack 'Fleet' cannot be seen: not allowed; without it a rollback looks like an update, and in a rollback nothing is to run (rollback SKIP); nothing was run",
    );
    expect(world.requests).toEqual([]);
  });

  test("is waited for where that passes: a rollback that runs nothing is still seen as one", async () => {
    const throttled = new AwsFailure("the state of the stack 'Fleet' cannot be seen: Rate exceeded", true);
    const world = worldOf({ stackStatus: (ms) => (ms < 100_000 ? throttled : "UPDATE_ROLLBACK_IN_PROGRESS") });
    const properties = { Script: { Text: "echo second" }, Rollback: "SKIP" };
    const event = eventOf({ type: "Update", properties, oldProperties: { Rollback: "SKIP" } });
    expect((await world.carryOut(event)).attributes?.ExecutionState).toBe("Unknown");
    expect(world.requests.map(({ verb }) => verb)).toEqual(["list"]);
  });

  test("is waited for two minutes at most", async () => {
    const throttled = new AwsFailure("the state of the stack 'Fleet' cannot be seen: Rate exceeded", true);
    const world = worldOf({ stackStatus: () => throttled });
    await world.onEvent(CREATE);
    expect(world.sinceMs()).toBeGreaterThanOrEqual(120_000);
    expect(world.sinceMs()).toBeLessThan(140_000);
  });
});

test("a run that was not sent is told of as one that no state keeps", async () => {
  const failure = {
    kind: "AnswerLost",
    vmName: "web1",
    commandId: "RunShellScript",
    detail: "lost",
    afterTries: 1,
  } as const;
  const world = worldOf({ trouble: () => new RunFailedError(failure) });
  await expect(world.onEvent(CREATE)).rejects.toThrow(
    "the answer to RunShellScript for 'web1' was lost (lost); it may have been carried out; the next deployment runs it again",
  );
});

test("a look for earlier runs that fails is told of as what it is", async () => {
  const failure = { kind: "Unreachable", host: "management.azure.com", detail: "ECONNRESET", afterTries: 5 } as const;
  const world = worldOf({
    trouble: ({ verb }) => (verb === "list" ? new RunFailedError(failure) : undefined),
    stackStatus: () => "UPDATE_IN_PROGRESS",
  });
  await expect(world.onEvent(UPDATE)).rejects.toThrow(
    "no answer from management.azure.com after 5 tries: ECONNRESET; check this machine's network, proxy and name resolution, then deploy again; nothing was run",
  );
});

describe("rights that IAM has been told of a moment ago", () => {
  const properties = { Script: { Bucket: "assets", Key: "install.sh" } };

  test("are waited for", async () => {
    const world = worldOf({
      objects: { "assets/install.sh": "echo first" },
      denied: (what, sinceMs) => what === "assets/install.sh" && sinceMs < 40_000,
    });
    expect((await world.carryOut(eventOf({ properties }))).attributes?.ExecutionState).toBe("Succeeded");
    expect(world.vm.started[0]?.script).toBe("echo first");
  });

  test("are waited for by isComplete too, which another function may carry out", async () => {
    const secrets = { "arn:code": [["v1", "correct-horse-1"]] } as const;
    const parts = { ProtectedParameters: { CODE: { SecretId: "arn:code" } } };
    const ending = () => ({ seconds: 100, stdout: "out" });
    const event = eventOf({ properties: parts });
    const answer = await worldOf({ secrets, ending }).onEvent(event);
    const other = worldOf({ secrets, denied: (what, sinceMs) => what === "arn:code" && sinceMs < 40_000 });
    other.vm.leave("1-create-121d4e4ce833", { stdout: "out" });
    expect(await other.isComplete(event, answer)).toMatchObject({ IsComplete: true, Data: { Stdout: "out" } });
    const never = worldOf({ secrets, denied: () => true });
    await expect(never.isComplete(event, answer)).rejects.toThrow("'arn:code' cannot be had: not allowed");
    expect(never.sinceMs()).toBe(60_000);
  });

  test("that are still missing after a minute are told of", async () => {
    const world = worldOf({ denied: () => true });
    await expect(world.onEvent(eventOf({ properties }))).rejects.toThrow(
      "'assets/install.sh' cannot be had: not allowed; nothing was run",
    );
    expect(world.sinceMs()).toBe(60_000);
  });
});
