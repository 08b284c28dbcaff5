/** A request that is delivered late, or a second time when all is over: it starts nothing, and takes nothing off that came after it. */
import { AwsFailure } from "../../../constructs/handler/aws-errors";
import { isMadeAnew, stateAfter } from "../../../constructs/handler/later-events";
import type { StackEvent } from "../../../constructs/handler/outside";
import { isTakenOver } from "../../../constructs/handler/taken-over";
import { type EventParts, eventOf, OTHER_VM_ID, PHYSICAL_ID, PROPERTIES, requestOf, STACK_ID } from "./support/events";
import { type World, type WorldParts, worldOf } from "./support/world";

/** A second after the world begins. */
const SENT_AT = "20231114T221321Z";
const SENT_AT_MS = Date.parse("2023-11-14T22:13:21Z");

function ofStack(status: string, afterMs: number, more: Partial<StackEvent> = {}): StackEvent {
  const base = { logicalResourceId: "Fleet", physicalResourceId: STACK_ID, isDetail: false, properties: undefined };
  return { ...base, atMs: SENT_AT_MS + afterMs, status, ...more };
}

function ofResource(status: string, afterMs: number, properties?: object, more: Partial<StackEvent> = {}): StackEvent {
  const json = properties === undefined ? undefined : JSON.stringify({ ...PROPERTIES, ...properties });
  const own = { logicalResourceId: "Install", physicalResourceId: PHYSICAL_ID, properties: json };
  return ofStack(status, afterMs, { ...own, ...more });
}

const update = (parts: EventParts = {}): EventParts => ({ type: "Update", sentAt: SENT_AT, ...parts });

describe("what a stack has entered since it sent an Update", () => {
  const state = (...newestFirst: readonly StackEvent[]) => stateAfter(requestOf(update()), newestFirst);

  test.each<{ what: string; events: readonly StackEvent[]; expected: string | undefined }>([
    { what: "nothing", events: [], expected: undefined },
    {
      what: "what it was in when it sent it",
      events: [ofStack("UPDATE_IN_PROGRESS", -9_000), ofStack("UPDATE_COMPLETE", -90_000)],
      expected: undefined,
    },
    {
      what: "the rollback in which it sent it, of the same second",
      events: [ofStack("UPDATE_ROLLBACK_IN_PROGRESS", 999), ofStack("UPDATE_IN_PROGRESS", -9_000)],
      expected: undefined,
    },
    {
      what: "a rollback",
      events: [ofStack("UPDATE_ROLLBACK_IN_PROGRESS", 1_000)],
      expected: "UPDATE_ROLLBACK_IN_PROGRESS",
    },
    {
      what: "first the end of its way, and others after that",
      events: [
        ofStack("UPDATE_ROLLBACK_IN_PROGRESS", 900_000),
        ofStack("UPDATE_IN_PROGRESS", 800_000),
        ofStack("UPDATE_COMPLETE", 70_000),
        ofStack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 60_000),
      ],
      expected: "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    },
    { what: "its deletion", events: [ofStack("DELETE_IN_PROGRESS", 5_000)], expected: "DELETE_IN_PROGRESS" },
    { what: "a failure that is not rolled back", events: [ofStack("UPDATE_FAILED", 5_000)], expected: "UPDATE_FAILED" },
    {
      what: "only a further step of the same way",
      events: [ofStack("UPDATE_IN_PROGRESS", 5_000, { isDetail: true }), ofStack("UPDATE_IN_PROGRESS", 4_000)],
      expected: undefined,
    },
    {
      what: "a step within a state, which is no state of its own",
      events: [ofStack("UPDATE_COMPLETE", 5_000, { isDetail: true })],
      expected: undefined,
    },
    {
      what: "what resources have entered",
      events: [
        ofResource("UPDATE_COMPLETE", 9_000, {}),
        ofResource("UPDATE_FAILED", 8_000, {}, { logicalResourceId: "Sibling", physicalResourceId: "sibling" }),
      ],
      expected: undefined,
    },
    {
      what: "what a stack within it has entered",
      events: [ofStack("UPDATE_COMPLETE", 9_000, { physicalResourceId: `${STACK_ID}-nested` })],
      expected: undefined,
    },
  ])("is told of: $what", ({ events, expected }) => {
    expect(state(...events)).toBe(expected);
  });

  test("is not known of a request that does not say when it was sent", () => {
    const request = requestOf({ type: "Update" });
    expect(stateAfter(request, [ofStack("UPDATE_COMPLETE", 10 ** 9)])).toBeUndefined();
  });
});

describe("what a Delete takes off", () => {
  const deletion = requestOf({ type: "Delete", sentAt: SENT_AT, physicalId: PHYSICAL_ID });
  const anew = (...newestFirst: readonly StackEvent[]) => isMadeAnew(deletion, newestFirst);

  test.each<{ what: string; events: readonly StackEvent[]; expected: boolean }>([
    { what: "nothing came after it", events: [], expected: false },
    { what: "it was added again", events: [ofResource("CREATE_IN_PROGRESS", 60_000, {})], expected: true },
    {
      what: "it was added again with other properties, as numbers and in another order",
      events: [ofResource("CREATE_IN_PROGRESS", 60_000, { TimeoutInSeconds: 5, ReplaceTriggers: undefined })],
      expected: true,
    },
    { what: "an update has come back to it", events: [ofResource("UPDATE_IN_PROGRESS", 60_000, {})], expected: true },
    { what: "it was asked for before", events: [ofResource("CREATE_IN_PROGRESS", -60_000, {})], expected: false },
    {
      what: "it goes on another VM",
      events: [ofResource("CREATE_IN_PROGRESS", 60_000, { VirtualMachineId: OTHER_VM_ID })],
      expected: false,
    },
    {
      what: "it goes on under another key",
      events: [ofResource("UPDATE_IN_PROGRESS", 60_000, { ReplaceTriggers: ["2"] })],
      expected: false,
    },
    {
      what: "the Delete is tried again, of which there are no properties",
      events: [ofResource("DELETE_IN_PROGRESS", 60_000), ofResource("DELETE_FAILED", 50_000)],
      expected: false,
    },
    {
      what: "the Delete is tried again with that of the stack, with properties",
      events: [ofResource("DELETE_IN_PROGRESS", 60_000, {})],
      expected: false,
    },
    {
      what: "another resource was made",
      events: [ofResource("CREATE_IN_PROGRESS", 60_000, {}, { logicalResourceId: "Other" })],
      expected: false,
    },
    {
      what: "what was made is hidden, or unreadable",
      events: [
        ofResource("CREATE_IN_PROGRESS", 60_000, { VirtualMachineId: "****" }),
        ofResource("CREATE_IN_PROGRESS", 60_000, {}, { properties: '{"Virtual' }),
        ofResource("CREATE_IN_PROGRESS", 60_000, {}, { properties: undefined }),
      ],
      expected: false,
    },
  ])("was made anew when $what: $expected", ({ events, expected }) => {
    expect(anew(...events)).toBe(expected);
  });
});

const FIRST = { Script: { Text: "echo first" } };
const SECOND = { Script: { Text: "echo second" } };
const scripts = ({ vm }: World) => vm.started.map(({ script }) => script);
const messages = ({ lines }: World) => lines.map(({ message }) => message);
const notSent = (state: string) =>
  `the script was not sent to 'web1': the request came late or a second time, and the stack has become ${state} meanwhile; nothing was run`;

describe("an Update that is met only when its rollback has begun", () => {
  const LATE = eventOf(update({ properties: SECOND, oldProperties: FIRST }));
  const rollingBack = (parts: WorldParts = {}) =>
    worldOf({
      stackStatus: () => "UPDATE_ROLLBACK_IN_PROGRESS",
      stackEvents: () => [ofStack("UPDATE_ROLLBACK_IN_PROGRESS", 4_000)],
      ...parts,
    });

  test.each(["RERUN", "SKIP"])("starts nothing, and asks nothing of the VM (%s)", async (Rollback) => {
    const world = rollingBack();
    const properties = { ...SECOND, Rollback };
    const late = eventOf(update({ properties, oldProperties: { ...FIRST, Rollback } }));
    await expect(world.onEvent(late)).rejects.toThrow(notSent("UPDATE_ROLLBACK_IN_PROGRESS"));
    expect(world.requests).toEqual([]);
  });

  test("starts nothing either when that shows only after a while", async () => {
    const world = rollingBack({
      stackEvents: (sinceMs) => (sinceMs < 20_000 ? [] : [ofStack("UPDATE_ROLLBACK_IN_PROGRESS", 4_000)]),
    });
    await expect(world.onEvent(LATE)).rejects.toThrow(notSent("UPDATE_ROLLBACK_IN_PROGRESS"));
    expect([world.sinceMs(), world.requests]).toEqual([30_000, []]);
  });

  test("is not taken for the Update of that rollback, which was sent after it had begun and runs", async () => {
    const world = rollingBack();
    const back = eventOf(
      update({ sentAt: "20231114T221326Z", requestId: "back", properties: FIRST, oldProperties: SECOND }),
    );
    expect((await world.carryOut(back)).failure).toBeUndefined();
    expect(scripts(world)).toEqual(["echo first"]);
  });

  test.each([
    ["the events cannot be seen", new AwsFailure("the events of the stack 'Fleet' cannot be seen: not allowed")],
    ["AWS throttles", new AwsFailure("the events of the stack 'Fleet' cannot be seen: Rate exceeded", true)],
  ])("cannot be told from that where %s: it runs, and the log tells of it", async (_why, failure) => {
    const world = rollingBack({ stackEvents: () => failure });
    expect((await world.carryOut(LATE)).failure).toBeUndefined();
    expect(scripts(world)).toEqual(["echo second"]);
    expect(messages(world)[0]).toBe(`${failure.message}; a request that comes late, or a second time, is not noticed`);
  });

  test("nor is it where nothing says when it was sent", async () => {
    const world = rollingBack();
    const { ResponseURL: _, ...unsigned } = LATE;
    expect((await world.carryOut(unsigned)).failure).toBeUndefined();
  });
});

describe("an Update of a rollback", () => {
  const BACK = eventOf(update({ properties: FIRST, oldProperties: SECOND }));
  const worldThat = (began: number) =>
    worldOf({
      ending: () => ({ seconds: 100 }),
      stackStatus: (sinceMs) => (sinceMs < 5_000 ? "UPDATE_IN_PROGRESS" : "UPDATE_ROLLBACK_IN_PROGRESS"),
      stackEvents: () => [
        ofStack("UPDATE_ROLLBACK_IN_PROGRESS", began, { isDetail: true }),
        ofStack("UPDATE_ROLLBACK_IN_PROGRESS", began),
        ofStack("UPDATE_IN_PROGRESS", -60_000),
      ],
    });

  test("which does not show in the state of the stack yet shows in its events: it is carried out", async () => {
    const world = worldThat(-3_000);
    const answer = await world.onEvent(BACK);
    expect(answer.AzureRunCommand.stackStatus).toBe("UPDATE_ROLLBACK_IN_PROGRESS");
    expect((await world.carryOut(BACK)).failure).toBeUndefined();
    expect(scripts(world)).toEqual(["echo first"]);
  });

  test("is not what was sent in the second in which the rollback began: that may be what is rolled back", async () => {
    expect((await worldThat(500).carryOut(BACK)).failure).toMatch(
      /is not followed any more: the stack is UPDATE_ROLLBACK_IN_PROGRESS meanwhile$/,
    );
  });
});

describe("a second delivery", () => {
  const CREATE = eventOf({ sentAt: SENT_AT, properties: FIRST });

  test.each(["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_FAILED"])(
    "to a stack that is %s starts nothing, also when nothing says when it was sent",
    async (status) => {
      const world = worldOf({ stackStatus: () => status });
      await expect(world.onEvent(eventOf({ properties: FIRST }))).rejects.toThrow(notSent(status));
      expect(world.requests).toEqual([]);
      // It was looked at twice.
      expect(world.sinceMs()).toBe(15_000);
    },
  );

  test("is none where the stack only seemed to be at rest", async () => {
    const world = worldOf({ stackStatus: (sinceMs) => (sinceMs < 10_000 ? "UPDATE_COMPLETE" : "UPDATE_IN_PROGRESS") });
    expect((await world.carryOut(CREATE)).failure).toBeUndefined();
    expect(scripts(world)).toEqual(["echo first"]);
  });

  test("while another update is under way starts nothing, though its receipt is gone", async () => {
    const world = worldOf({
      stackStatus: () => "UPDATE_IN_PROGRESS",
      stackEvents: () => [ofStack("UPDATE_IN_PROGRESS", 400_000), ofStack("CREATE_COMPLETE", 60_000)],
    });
    await expect(world.onEvent(CREATE)).rejects.toThrow(notSent("CREATE_COMPLETE"));
    expect(world.requests).toEqual([]);
  });

  test("of a Delete takes nothing off that was made anew after it", async () => {
    const world = worldOf({
      stackStatus: () => "UPDATE_IN_PROGRESS",
      stackEvents: () => [ofResource("CREATE_IN_PROGRESS", 300_000, FIRST)],
    });
    await world.carryOut(eventOf({ requestId: "anew", properties: FIRST }));
    const properties = { ...FIRST, Delete: { Text: "rm -r /opt" } };
    const deletion = eventOf({ type: "Delete", sentAt: SENT_AT, properties, physicalId: PHYSICAL_ID });
    expect((await world.carryOut(deletion)).failure).toBeUndefined();
    expect(scripts(world)).toEqual(["echo first"]);
    expect(world.vm.names()).toHaveLength(1);
    expect(messages(world)).toEqual([
      "nothing is removed: the request came late or a second time, and the resource was made anew meanwhile",
    ]);
  });

  test("of a Delete that goes on while the resource is made anew stops there", async () => {
    let events: readonly StackEvent[] = [];
    const world = worldOf({ stackEvents: () => events });
    world.vm.leave("1-create-0123456789ab");
    const deletion = eventOf({ type: "Delete", sentAt: SENT_AT, properties: FIRST, physicalId: PHYSICAL_ID });
    const answer = await world.onEvent(deletion);
    events = [ofResource("CREATE_IN_PROGRESS", 300_000, FIRST)];
    expect(await world.isComplete(deletion, answer)).toEqual({ IsComplete: true });
    expect(world.requests).toEqual([]);
  });
});

describe("a resource that could not be created, and was made anew under its id by the next update", () => {
  const CLEANING = ofStack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 0);
  const MADE = ofResource("CREATE_COMPLETE", -60_000);
  const BEGAN = ofStack("UPDATE_IN_PROGRESS", -90_000);
  const FAILED = [ofStack("CREATE_FAILED", -900_000), ofResource("CREATE_FAILED", -901_000)];

  test.each<{ what: string; events: readonly StackEvent[]; expected: boolean }>([
    {
      what: "is not taken off by the Delete of what had failed",
      events: [CLEANING, MADE, BEGAN, ...FAILED],
      expected: true,
    },
    {
      what: "is not taken off by that Delete when it comes late",
      events: [ofStack("UPDATE_COMPLETE", 9_000), CLEANING, MADE, BEGAN, ...FAILED],
      expected: true,
    },
    { what: "is not, however long the update takes", events: [CLEANING, MADE], expected: true },
    { what: "is taken off where the program has it no more", events: [CLEANING, BEGAN, MADE], expected: false },
    {
      what: "is taken off where it had another id",
      events: [CLEANING, ofResource("CREATE_COMPLETE", -60_000, {}, { physicalResourceId: "azrc-other" }), BEGAN],
      expected: false,
    },
    {
      what: "is taken off where another resource has its id",
      events: [CLEANING, ofResource("CREATE_COMPLETE", -60_000, {}, { logicalResourceId: "Other" }), BEGAN],
      expected: false,
    },
    {
      what: "is taken off by a rollback",
      events: [
        ofStack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", 0),
        ofStack("UPDATE_ROLLBACK_IN_PROGRESS", -9_000),
        MADE,
        BEGAN,
      ],
      expected: false,
    },
    { what: "is taken off with its stack", events: [ofStack("DELETE_IN_PROGRESS", 0), MADE, BEGAN], expected: false },
    {
      what: "is taken off with its stack when that does not show yet: the update had ended before the Delete was sent",
      events: [ofStack("UPDATE_COMPLETE", -9_000), { ...CLEANING, atMs: SENT_AT_MS - 10_000 }, MADE, BEGAN],
      expected: false,
    },
    {
      what: "is not taken off by that Delete when it comes late, and another update has begun",
      events: [ofStack("UPDATE_IN_PROGRESS", 90_000), ofStack("UPDATE_COMPLETE", 9_000), CLEANING, MADE, BEGAN],
      expected: true,
    },
    {
      what: "is taken off where only a later update has made it",
      events: [ofResource("UPDATE_COMPLETE", 60_000), ofStack("UPDATE_IN_PROGRESS", 50_000), CLEANING, BEGAN],
      expected: false,
    },
  ])("$what", ({ events, expected }) => {
    expect(isTakenOver(requestOf({ type: "Delete", sentAt: SENT_AT, physicalId: PHYSICAL_ID }), events)).toBe(expected);
  });

  test("stays on the VM, and its delete script does not run", async () => {
    let events: readonly StackEvent[] = [];
    const world = worldOf({ stackEvents: () => events, stackStatus: () => "UPDATE_IN_PROGRESS" });
    const properties = { Script: { Text: "join" }, Delete: { Text: "leave" } };
    const { physicalId = "" } = await world.carryOut(eventOf({ properties }));
    expect(physicalId).toBe(PHYSICAL_ID);
    events = [CLEANING, MADE, BEGAN, ...FAILED];
    const cleanup = eventOf({ type: "Delete", requestId: "request-2", properties, physicalId, sentAt: SENT_AT });
    expect((await world.carryOut(cleanup)).failure).toBeUndefined();
    expect(world.vm.names()).toHaveLength(1);
    expect(world.lines.at(-1)?.message).toBe(
      "nothing is removed: the same update has made the resource anew, in place of one that could not be created",
    );
    events = [CLEANING, BEGAN, MADE];
    await world.carryOut(cleanup);
    expect(world.vm.names()).toEqual([]);
  });
});
