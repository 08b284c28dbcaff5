/** What the Update that rolls a failed one back does otherwise: what that one has left, and a VM that is off or gone. */
import { leftoverOf } from "../../../constructs/handler/leftover";
import { parseVmId } from "../../../core/arm/vm-id";
import { RunFailedError } from "../../../core/failures/errors";
import { VM_GONE, vmAnswer } from "../../support/scripted-vm";
import { eventOf, OTHER_VM_ID, PHYSICAL_ID, requestOf, VM_ID } from "./support/events";
import { type World, type WorldParts, worldOf } from "./support/world";

const FIRST = { Script: { Text: "echo first" } };
const SECOND = { Script: { Text: "echo second" } };
const DELETE = { Delete: { Text: "rm -r /opt/app" } };

const ROLLING_BACK = () => "UPDATE_ROLLBACK_IN_PROGRESS";

/** The scripts that were started, in their order. */
function ran({ vm }: World): readonly string[] {
  return vm.started.map(({ script, key }) => `${script} of ${key.slice(0, 4)}`);
}

const verbs = ({ requests }: World) => requests.map(({ verb, key }) => `${verb} ${key?.slice(0, 4)}`);
const messages = ({ lines }: World) => lines.map(({ message }) => message);
const purges = (world: World) => verbs(world).filter((verb) => verb.startsWith("purge"));

/** An Update that began with another key or on another VM, and the Update that rolls it back. */
async function calledOff(change: object, more: Partial<WorldParts> = {}, rollback: object = {}) {
  let status = "UPDATE_IN_PROGRESS";
  const world = worldOf({ stackStatus: () => status, ...more });
  const before = { ...FIRST, ...rollback };
  const after = { ...SECOND, ...DELETE, ...rollback, ...change };
  const { physicalId = "" } = await world.carryOut(eventOf({ properties: before }));
  const parts = { type: "Update", physicalId } as const;
  const update = eventOf({ ...parts, requestId: "request-2", properties: after, oldProperties: before });
  const { PhysicalResourceId: newId } = await world.onEvent(update);
  status = "UPDATE_ROLLBACK_IN_PROGRESS";
  const back = { ...parts, requestId: "request-3", properties: before, oldProperties: after };
  return { world, back, newId, oldId: physicalId };
}

describe("what was begun on the same VM for other replaceTriggers", () => {
  const TRIGGERS = { ReplaceTriggers: ["2"] };
  const EXPECTED = ["echo first of 343d", "echo second of 37f0", "rm -r /opt/app of 37f0", "echo first of 343d"];

  test("is taken off before the script of before runs, so that its delete script undoes nothing of that", async () => {
    const { world, back, oldId } = await calledOff(TRIGGERS);
    expect(await world.carryOut(eventOf(back))).toMatchObject({ failure: undefined, physicalId: oldId });
    expect(ran(world)).toEqual(EXPECTED);
    expect(verbs(world).slice(3)).toEqual(["list 37f0", "run 37f0", "purge 37f0", "list 343d", "run 343d"]);
  });

  test("is taken off first too where CloudFormation knows its id, and the Delete of it finds nothing then", async () => {
    const { world, back, newId } = await calledOff(TRIGGERS);
    expect((await world.carryOut(eventOf({ ...back, physicalId: newId }))).failure).toBeUndefined();
    const cleanup = eventOf({
      type: "Delete",
      requestId: "request-4",
      properties: { ...back.oldProperties },
      physicalId: newId,
    });
    expect((await world.carryOut(cleanup)).failure).toBeUndefined();
    expect(ran(world)).toEqual(EXPECTED);
    expect(messages(world)).toContain("the 'delete' script is not run: nothing of this resource has run on 'web1'");
  });

  test("is taken off once, whoever delivers the Update twice", async () => {
    const { world, back } = await calledOff(TRIGGERS);
    await world.carryOut(eventOf(back));
    await world.carryOut(eventOf(back));
    expect(ran(world)).toEqual(EXPECTED);
  });

  test("waits until the Update that is called off has noticed", async () => {
    const { world, back } = await calledOff(TRIGGERS);
    const beganAtMs = world.sinceMs();
    const soon = world.outside.sleep(29_000).then(() => world.requests.length);
    const requests = world.requests.length;
    await world.onEvent(eventOf(back));
    expect(await soon).toBe(requests);
    // 30 s; the look, the delete script and the purge; the look and the run.
    expect(world.sinceMs() - beganAtMs).toBe(30_000 + 3 * 13_000 + 1_000 + 2 * 13_000 + 1_000);
  });

  test("goes at last when its delete script takes too long: on the VM, the script of before stands behind it", async () => {
    const ending = ({ script }: { readonly script: string }) => (script.startsWith("rm") ? { seconds: 700 } : {});
    const { world, back } = await calledOff(TRIGGERS, { ending });
    const answer = await world.onEvent(eventOf(back));
    expect(answer.AzureRunCommand.leftover).toBe(true);
    expect(ran(world)).toEqual(EXPECTED);
    expect(world.discards()).toBe(0);
    expect((await world.carryOut(eventOf(back))).failure).toBeUndefined();
    expect(ran(world)).toEqual(EXPECTED);
    expect(purges(world)).toEqual(["purge 37f0"]);
  });

  test("takes no more time than leaves some for the script of before, in the same session", async () => {
    const ending = ({ script }: { readonly script: string }) => (script.startsWith("rm") ? { seconds: 700 } : {});
    const { world, back } = await calledOff(TRIGGERS, { ending });
    const answer = await world.onEvent(eventOf(back), 480);
    expect(answer.AzureRunCommand).toMatchObject({ leftover: true, next: { kind: "answer" } });
    expect(ran(world)).toEqual(EXPECTED);
    expect(world.discards()).toBe(0);
  });

  test("that cannot be taken off is told of, and the script of before runs", async () => {
    const locked = new RunFailedError({ kind: "ScopeLocked", vmName: "web1", message: "locked" });
    const { world, back } = await calledOff(TRIGGERS, {
      trouble: ({ verb }) => (verb === "purge" ? locked : undefined),
    });
    expect((await world.carryOut(eventOf(back))).failure).toBeUndefined();
    expect(ran(world)).toEqual(EXPECTED);
    expect(purges(world)).toHaveLength(1);
    expect(messages(world)).toContainEqual(
      expect.stringMatching(/^what the update that failed has left stays there: a lock keeps Run Command from 'web1'/),
    );
  });

  test("goes at last where nothing is to run", async () => {
    const { world, back } = await calledOff(TRIGGERS, {}, { Rollback: "SKIP" });
    expect((await world.carryOut(eventOf(back))).failure).toBeUndefined();
    expect(ran(world)).toEqual(EXPECTED.slice(0, 3));
  });
});

describe("what was begun on another VM", () => {
  const ELSEWHERE = { VirtualMachineId: OTHER_VM_ID };

  test("is taken off at last, of which CloudFormation does not know", async () => {
    const { world, back } = await calledOff(ELSEWHERE);
    const answer = await world.onEvent(eventOf(back));
    expect(answer.AzureRunCommand.leftover).toBe(true);
    expect(purges(world)).toEqual([]);
    expect((await world.carryOut(eventOf(back))).failure).toBeUndefined();
    expect(purges(world)).toHaveLength(1);
  });

  test("is taken off before the answer, which is then logged and kept once, however long that takes", async () => {
    const ending = ({ script }: { readonly script: string }) =>
      script.startsWith("rm") ? { seconds: 700 } : { seconds: 100, stdout: "x".repeat(9_000) };
    const { world, back } = await calledOff(ELSEWHERE, { ending });
    const kept: string[] = [];
    const { writeObject } = world.outside;
    Object.assign(world.outside, {
      writeObject: (object: { readonly key: string }, text: string) => {
        kept.push(object.key);
        return writeObject(object as never, text);
      },
    });
    const properties = { ...back.properties, OutputBucket: "logs", Logging: "stdout", TimeoutInSeconds: "700" };
    const { failure, looks } = await world.carryOut(eventOf({ ...back, properties }));
    expect(failure).toBeUndefined();
    expect(looks).toBeGreaterThan(1);
    expect(kept).toEqual([expect.stringMatching(/stdout[.]txt$/)]);
    expect(messages(world).filter((message) => message.startsWith("stdout"))).toHaveLength(1);
  });

  test.each([
    { what: "is taken off at last when the VM of before is gone, too", isKnown: false, expected: 1 },
    { what: "is left to the Delete when the VM of before is gone, too, if that is sent", isKnown: true, expected: 0 },
  ])("$what", async ({ isKnown, expected }) => {
    let isGone = false;
    const { world, back, newId, oldId } = await calledOff(ELSEWHERE, { vm: () => (isGone ? VM_GONE : vmAnswer()) });
    const event = eventOf({ ...back, physicalId: isKnown ? newId : oldId });
    isGone = true;
    const answer = await world.onEvent(event);
    expect(messages(world).at(-1)).toBe(
      "the VM 'web1' is gone: there is nothing to roll back on it, and nothing was run",
    );
    // The other one is there.
    isGone = false;
    while (!(await world.isComplete(event, answer)).IsComplete) {
      await world.sleep(10);
    }
    expect(purges(world)).toHaveLength(expected);
  });

  test("is left to the Delete where CloudFormation knows its id", async () => {
    const { world, back, newId } = await calledOff(ELSEWHERE);
    await world.carryOut(eventOf({ ...back, physicalId: newId }));
    expect(purges(world)).toEqual([]);
  });
});

test.each([
  ["the same resource", FIRST, undefined],
  ["a VM of which nothing can be made", { VirtualMachineId: "web1" }, undefined],
  ["other replaceTriggers", { ReplaceTriggers: ["2"] }, { isOnSameVm: true, isKnown: false }],
  ["another VM", { VirtualMachineId: OTHER_VM_ID }, { isOnSameVm: false, isKnown: false }],
])("what is left of %s", (_what, oldProperties, expected) => {
  const request = requestOf({ type: "Update", physicalId: PHYSICAL_ID, properties: FIRST, oldProperties });
  const parsed = parseVmId(VM_ID);
  if (parsed.kind === "problem") {
    throw new Error(parsed.problem);
  }
  expect(leftoverOf(request, parsed.target, PHYSICAL_ID)).toEqual(expected);
});

describe("an Update that rolls a failed one back", () => {
  const event = eventOf({
    type: "Update",
    physicalId: PHYSICAL_ID,
    properties: { ...FIRST, OutputNames: ["version"] },
    oldProperties: SECOND,
  });

  test("while the VM is off fails, and says how a rollback goes on", async () => {
    const world = worldOf({ stackStatus: ROLLING_BACK, vm: () => vmAnswer({ powerState: "deallocated" }) });
    expect((await world.carryOut(event)).failure).toMatch(
      /^cannot run a command on 'web1': its power state is 'deallocated', expected 'running'; start the VM, then continue the rollback with 'aws cloudformation continue-update-rollback', or let that skip this resource \('--resources-to-skip'\); nothing was run; /,
    );
  });

  test("when the VM is gone has nothing to restore: a success, of which nothing is known", async () => {
    const world = worldOf({ stackStatus: ROLLING_BACK, vm: () => VM_GONE });
    const { failure, attributes } = await world.carryOut(event);
    expect(failure).toBeUndefined();
    expect(attributes).toMatchObject({ ExecutionState: "Unknown", RunId: "", Stdout: "", "Outputs.version": "" });
    expect(messages(world)).toEqual([
      "the VM 'web1' is gone: there is nothing to roll back on it, and nothing was run",
    ]);
  });

  test("when the VM is gone before the run is sent is a success too", async () => {
    const world = worldOf({ stackStatus: ROLLING_BACK, vm: (count) => (count === 1 ? vmAnswer() : VM_GONE) });
    expect(await world.carryOut(event)).toMatchObject({
      failure: undefined,
      attributes: { ExecutionState: "Unknown" },
    });
    expect(ran(world)).toEqual([]);
  });

  test("of a subscription that cannot be seen fails: that may be a wrong sign-in", async () => {
    const vm = () => ({ status: 404, body: { error: { code: "SubscriptionNotFound", message: "not found" } } });
    const world = worldOf({ stackStatus: ROLLING_BACK, vm });
    expect((await world.carryOut(event)).failure).toMatch(/^the subscription of 'web1' is not there/);
  });

  test("whose script vanishes says that the rollback runs it again", async () => {
    const world = worldOf({ stackStatus: ROLLING_BACK, ending: () => ({ state: "Lost" }) });
    expect((await world.carryOut(event)).failure).toMatch(/; the rollback runs it again when it is continued$/);
  });
});

test("an Update of a VM that is gone fails where it rolls nothing back", async () => {
  const world = worldOf({ stackStatus: () => "UPDATE_IN_PROGRESS", vm: () => VM_GONE });
  const event = eventOf({ type: "Update", physicalId: PHYSICAL_ID, properties: FIRST, oldProperties: SECOND });
  expect((await world.carryOut(event)).failure).toMatch(/^there is no VM 'web1' in resource group/);
});
