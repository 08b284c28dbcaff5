/** What a Delete takes off the VM, and when it is done although something stays. */
import { RunFailedError, type RunFailure } from "../../../core/failures/errors";
import type { RunRequest } from "../../../core/guest/protocol";
import { VM_GONE, vmAnswer } from "../../support/scripted-vm";
import { eventOf, PHYSICAL_ID } from "./support/events";
import type { Ending } from "./support/model-vm";
import { type World, type WorldParts, worldOf } from "./support/world";

const SCRIPT = { Script: { Text: "echo first" } };
const WITH_DELETE = { ...SCRIPT, Delete: { Text: "rm -r /opt/app" } };
const CREATED = "1-create-121d4e4ce833";

const deletion = (properties: object = SCRIPT, physicalId = PHYSICAL_ID) =>
  eventOf({ type: "Delete", requestId: "request-9", properties: { ...properties }, physicalId });

/** A world in which the resource was created before. */
function created(parts: WorldParts = {}): World {
  const world = worldOf({ stackStatus: () => "DELETE_IN_PROGRESS", ...parts });
  world.vm.leave(CREATED, { stdout: "out" });
  return world;
}

const verbs = (world: World) => world.requests.map(({ verb }) => verb);
const messages = (world: World) => world.lines.map(({ message }) => message);

describe("a Delete", () => {
  test("purges all receipts, and removes the extension", async () => {
    const world = created();
    expect(await world.carryOut(deletion())).toMatchObject({ failure: undefined, attributes: undefined, looks: 1 });
    expect(world.requests).toMatchObject([{ verb: "purge", generation: 999_999_999 }]);
    expect(messages(world)).toEqual(["the extension RunCommandLinux was removed from 'web1'"]);
  });

  test("is answered by onEvent at once, with the id that it came with", async () => {
    const world = created();
    expect(await world.onEvent(deletion())).toEqual({
      PhysicalResourceId: PHYSICAL_ID,
      AzureRunCommand: { receivedAtMs: expect.any(Number), next: { kind: "delete" } },
    });
    expect(world.sinceMs()).toBe(0);
  });

  test("leaves the extension where the resource says so", async () => {
    const world = created();
    await world.carryOut(deletion({ ...SCRIPT, RemoveExtension: "never" }));
    expect(messages(world)).toEqual(["the extension stays on 'web1': removeExtension is 'never'"]);
  });

  test.each<readonly [string, Required<WorldParts>["vm"], RegExp]>([
    ["gone", () => VM_GONE, /^the VM 'web1' is gone: nothing is left to remove$/],
    [
      "off",
      () => vmAnswer({ powerState: "deallocated" }),
      /^the VM 'web1' is not running \(power state 'deallocated'\): the receipts in \/var\/lib\/azure-run-command\/[0-9a-f]{20} and the extension RunCommandLinux stay on its disk$/,
    ],
  ])("of a resource on a VM that is %s is a success, and the log says what stays", async (_how, vm, message) => {
    const world = created({ vm });
    expect((await world.carryOut(deletion())).failure).toBeUndefined();
    expect(messages(world)).toEqual([expect.stringMatching(message)]);
  });

  test("with properties of which nothing can be made is a success: nothing can have run", async () => {
    const world = worldOf();
    expect((await world.carryOut(deletion({ VirtualMachineId: "web1", Script: "no" }))).failure).toBeUndefined();
    expect(world.requests).toEqual([]);
    expect(messages(world)[0]).toMatch(
      /^nothing is removed, since nothing can have run: virtualMachineId is a text of 4/,
    );
  });

  test("does what it can with properties that this version does not understand", async () => {
    const world = created();
    const strange = { ...SCRIPT, RebootPolicy: "someday", RemoveExtension: "maybe", SuccessExitCodes: "zero" };
    expect((await world.carryOut(deletion(strange))).failure).toBeUndefined();
    expect(verbs(world)).toEqual(["purge"]);
  });

  test("reads no secret and no script where there is no delete script", async () => {
    const world = created();
    const properties = {
      ProtectedParameters: { CODE: { SecretId: "arn:gone" } },
      Script: { Bucket: "gone", Key: "gone.sh" },
    };
    expect((await world.carryOut(deletion(properties))).failure).toBeUndefined();
    expect(world.secretQuestions).toEqual([]);
  });

  test("with an id that CloudFormation made up takes off what the Create left, which has noticed by then", async () => {
    const world = created();
    const { failure } = await world.carryOut(deletion(SCRIPT, "Fleet-Install-1ABCDEFGHIJKL"));
    expect(failure).toBeUndefined();
    expect(world.vm.names()).toEqual([]);
    // No look at the VM within 30 s.
    expect(world.sinceMs()).toBe(30_000 + 13_000);
  });

  test("ends what a Create that is still waited for has begun", async () => {
    const world = worldOf({ ending: () => ({ seconds: 3_000 }), stackStatus: () => "CREATE_IN_PROGRESS" });
    const create = eventOf({ properties: SCRIPT });
    const answer = await world.onEvent(create);
    await world.carryOut(deletion(SCRIPT, "Fleet-Install-1ABCDEFGHIJKL"));
    await expect(world.isComplete(create, answer)).rejects.toThrow("is not there any more, by a deletion or because");
    expect(world.vm.started).toHaveLength(1);
  });
});

describe("a delete script", () => {
  const ending =
    (ofDelete: Ending) =>
    ({ script }: RunRequest): Ending =>
      script.startsWith("rm") ? ofDelete : {};

  test("runs before the receipts go, can read what the script printed, and is told why it runs", async () => {
    const world = created({ ending: ending({ stdout: "removed" }) });
    const { failure } = await world.carryOut(deletion({ ...WITH_DELETE, Logging: "stdout" }));
    expect(failure).toBeUndefined();
    expect(verbs(world)).toEqual(["list", "run", "purge"]);
    expect(world.vm.started).toMatchObject([
      {
        runId: expect.stringMatching(/^1-delete-[0-9a-f]{12}$/),
        script: "rm -r /opt/app",
        last: CREATED,
        endsOthers: true,
        onlyAfterRuns: true,
        environment: { AZURE_RUN_COMMAND_REASON: "delete" },
      },
    ]);
    expect(messages(world)).toEqual(["stdout:\nremoved", "the extension RunCommandLinux was removed from 'web1'"]);
  });

  test("has the same name in each Delete, so that one which is tried again goes on", async () => {
    const names = await Promise.all(
      ["request-8", "request-9"].map(async (requestId) => {
        const world = created();
        await world.carryOut(eventOf({ type: "Delete", requestId, properties: WITH_DELETE, physicalId: PHYSICAL_ID }));
        return world.vm.started[0]?.runId;
      }),
    );
    expect(names[0]).toBe(names[1]);
  });

  test("is waited for over several looks, and runs once", async () => {
    const world = created({ ending: ending({ seconds: 900 }) });
    const { failure, looks } = await world.carryOut(deletion(WITH_DELETE));
    expect(failure).toBeUndefined();
    expect(looks).toBe(3);
    expect(world.vm.started).toHaveLength(1);
    expect(world.vm.names()).toEqual([]);
  });

  test("that takes longer than CloudFormation waits is a failure, and goes on", async () => {
    const world = created({ ending: ending({ seconds: 10_000 }) });
    expect((await world.carryOut(deletion(WITH_DELETE))).failure).toMatch(
      /^the 'delete' script on 'web1' still runs after 3[3-5]\d\d s, and nothing was removed; it goes on there: delete again, and its end is waited for, or give it a shorter timeoutInSeconds$/,
    );
  });

  test("that failed keeps the resource", async () => {
    const world = created({ ending: ending({ exitCode: 5, stderr: "busy" }) });
    expect((await world.carryOut(deletion(WITH_DELETE))).failure).toBe(
      `the 'delete' script failed: the script on 'web1' exited with 5; end of stderr: "busy"; the resource stays; mend the script and delete again, or set deleteFailure to "ignore"`,
    );
    expect(verbs(world)).toEqual(["list", "run"]);
  });

  test("that failed while nobody looked has failed: it is not run again by the next look, but by the next Delete", async () => {
    const world = created({ ending: ending({ seconds: 295, exitCode: 5 }) });
    expect((await world.carryOut(deletion(WITH_DELETE))).failure).toMatch(/exited with 5/);
    expect(world.vm.started).toHaveLength(1);
    await world.sleep(60);
    await world.carryOut(deletion(WITH_DELETE));
    expect(world.vm.started).toHaveLength(2);
  });

  test("that failed is only told of where the resource says so", async () => {
    const world = created({ ending: ending({ exitCode: 5, stderr: "busy" }) });
    expect((await world.carryOut(deletion({ ...WITH_DELETE, DeleteFailure: "ignore" }))).failure).toBeUndefined();
    expect(verbs(world)).toEqual(["list", "run", "purge"]);
    expect(messages(world)[0]).toMatch(
      /exited with 5.*; the resource is deleted all the same \(deleteFailure 'ignore'\)$/,
    );
  });

  test("is not run where nothing of the resource has run", async () => {
    const world = worldOf();
    expect((await world.carryOut(deletion(WITH_DELETE))).failure).toBeUndefined();
    expect(verbs(world)).toEqual(["list", "purge"]);
    expect(messages(world)[0]).toBe("the 'delete' script is not run: nothing of this resource has run on 'web1'");
  });

  test("is not run on a VM that is off, which is a success", async () => {
    const world = created({ vm: () => vmAnswer({ powerState: "stopped" }) });
    expect((await world.carryOut(deletion(WITH_DELETE))).failure).toBeUndefined();
    expect(world.requests).toEqual([]);
    expect(messages(world)).toEqual([
      "the 'delete' script is not run: what has run on 'web1' cannot be seen",
      expect.stringMatching(/^the VM 'web1' is not running \(power state 'stopped'\)/),
    ]);
  });

  test("that cannot be read keeps the resource", async () => {
    const world = created();
    const properties = { ...SCRIPT, Delete: { Bucket: "assets", Key: "delete.sh" } };
    expect((await world.carryOut(deletion(properties))).failure).toBe(
      `the 'delete' script cannot be run: the script 's3://assets/delete.sh' cannot be read: it is not there; the resource stays; mend that and delete again, or set deleteFailure to "ignore"`,
    );
    expect(verbs(world)).toEqual(["list"]);
  });

  test("that cannot be read is only told of where the resource says so", async () => {
    const world = created();
    const properties = { ...SCRIPT, Delete: { Bucket: "assets", Key: "delete.sh" }, DeleteFailure: "ignore" };
    expect((await world.carryOut(deletion(properties))).failure).toBeUndefined();
    expect(verbs(world)).toEqual(["list", "purge"]);
  });

  test("has its secrets masked in the reason of a failure", async () => {
    const world = created({
      secrets: { "arn:code": [["v1", "correct-horse"]] },
      ending: ending({ exitCode: 1, stderr: "wrong: correct-horse" }),
    });
    const properties = { ...WITH_DELETE, ProtectedParameters: { CODE: { SecretId: "arn:code" } } };
    const { failure } = await world.carryOut(deletion(properties));
    expect(failure).toContain("wrong: [secret]");
    expect(JSON.stringify(world.lines)).not.toContain("horse");
  });

  test("that goes on while its secret is rotated has the old value masked too", async () => {
    const secrets: Record<string, [string, string][]> = { "arn:code": [["v1", "correct-horse"]] };
    const world = created({ secrets, ending: ending({ seconds: 200, exitCode: 1, stderr: "wrong: correct-horse" }) });
    const event = deletion({ ...WITH_DELETE, ProtectedParameters: { CODE: { SecretId: "arn:code" } } });
    const answer = await world.onEvent(event);
    expect(await world.isComplete(event, answer, 100)).toEqual({ IsComplete: false });
    secrets["arn:code"] = [
      ["v2", "battery-staple"],
      ["v1", "correct-horse"],
    ];
    await world.sleep(300);
    await expect(world.isComplete(event, answer)).rejects.toThrow("wrong: [secret]");
    expect(JSON.stringify(world.lines)).not.toContain("horse");
  });
});

describe("a deletion that cannot go on", () => {
  const troubled = (failure: RunFailure, until = Number.POSITIVE_INFINITY) =>
    created({ trouble: (_request, count) => (count < until ? new RunFailedError(failure) : undefined) });

  test("for a trouble that passes is tried again", async () => {
    const world = troubled(
      { kind: "Throttled", vmName: "web1", waitedSeconds: 9, retryAfterSeconds: 9, limit: undefined, message: "" },
      4,
    );
    const { failure, looks } = await world.carryOut(deletion());
    expect(failure).toBeUndefined();
    expect(looks).toBe(4);
  });

  test("by the end of the hour fails with the trouble", async () => {
    const world = troubled({ kind: "Unreachable", host: "management.azure.com", detail: "ETIMEDOUT", afterTries: 5 });
    expect((await world.carryOut(deletion())).failure).toMatch(
      /^no answer from management.azure.com after 5 tries: ETIMEDOUT; .*then delete again: it goes on where it stopped$/,
    );
  });

  test("before AWS Lambda ends the function goes on in the next look, in another session", async () => {
    const world = created();
    const event = deletion();
    const answer = await world.onEvent(event);
    // 75 s are kept for what comes after.
    expect(await world.isComplete(event, answer, 80)).toEqual({ IsComplete: false });
    expect(world.discards()).toBe(1);
    expect(await world.isComplete(event, answer)).toEqual({ IsComplete: true });
  });

  test("for want of a right fails at once", async () => {
    const world = troubled({ kind: "ScopeLocked", vmName: "web1", message: "locked" });
    const { failure, looks } = await world.carryOut(deletion());
    expect(failure).toMatch(/^a lock keeps Run Command from 'web1'/);
    expect(looks).toBe(1);
  });
});
