/** A rollback that runs nothing: what the update that failed has on the VM does not start later either. */
import { RunFailedError } from "../../../core/failures/errors";
import type { GuestRequest } from "../../../core/guest/protocol";
import { eventOf, PHYSICAL_ID } from "./support/events";
import { type World, type WorldParts, worldOf } from "./support/world";

const FIRST = { Script: { Text: "echo first" } };
const SECOND = { Script: { Text: "echo second" } };
const CREATED = "1-create-000000000000";
const UPDATED = "2-create-111111111111";

const WAITS = { state: "Waiting", exitCode: undefined, startedAtSeconds: undefined } as const;

function rollingBack(Rollback: "RERUN" | "SKIP", parts: WorldParts = {}) {
  const world = worldOf({ stackStatus: () => "UPDATE_ROLLBACK_IN_PROGRESS", ...parts });
  world.vm.leave(CREATED, { stdout: "out of the first" });
  const event = eventOf({
    type: "Update",
    requestId: "back",
    physicalId: PHYSICAL_ID,
    properties: { ...FIRST, Rollback },
    oldProperties: { ...SECOND, Rollback },
  });
  return { world, back: () => world.carryOut(event) };
}

const asked = ({ requests }: World) =>
  requests.map((request: GuestRequest) => ("runId" in request ? `${request.verb} ${request.runId}` : request.verb));
const messages = ({ lines }: World) => lines.map(({ message }) => message);
const SHOWS = `nothing is to be run: the answer is what the run '${CREATED}' printed`;

test("one that waits for its turn is called off", async () => {
  const { world, back } = rollingBack("SKIP");
  world.vm.leave(UPDATED, {}, WAITS);
  expect((await back()).attributes?.Stdout).toBe("out of the first");
  expect(asked(world)).toEqual(["list", `cancel ${UPDATED}`, `wait ${CREATED}`]);
  expect(world.requests[1]).toMatchObject({ onlyWaiting: true });
  expect(messages(world)).toEqual([
    `the run '${UPDATED}' of the update that failed on 'web1' waited for its turn, and was called off`,
    SHOWS,
  ]);
});

test("one that waits to go on after a restart of the VM is called off by the name of its last boot", async () => {
  const { world, back } = rollingBack("SKIP");
  world.vm.leave(UPDATED, {}, { state: "Interrupted", exitCode: undefined });
  world.vm.leave(`${UPDATED}-b2`, {}, WAITS);
  await back();
  expect(asked(world)[1]).toBe(`cancel ${UPDATED}-b2`);
});

test("one that has started goes on, and the log says so", async () => {
  const { world, back } = rollingBack("SKIP");
  world.vm.leave(UPDATED, { seconds: 10 ** 10 });
  expect((await back()).failure).toBeUndefined();
  expect(messages(world)).toEqual([
    `the run '${UPDATED}' of the update that failed on 'web1' has started, and goes on`,
    SHOWS,
  ]);
});

test("one that has ended since one looked is not said to go on", async () => {
  const { world, back } = rollingBack("SKIP");
  world.vm.leave(UPDATED, {}, { state: "Running", exitCode: undefined });
  await back();
  expect(messages(world)[0]).toBe(`the run '${UPDATED}' of the update that failed on 'web1' has ended meanwhile`);
});

test("a trouble with that fails no rollback", async () => {
  const locked = new RunFailedError({ kind: "ScopeLocked", vmName: "web1", message: "locked" });
  const { world, back } = rollingBack("SKIP", { trouble: ({ verb }) => (verb === "cancel" ? locked : undefined) });
  world.vm.leave(UPDATED, {}, WAITS);
  expect((await back()).attributes?.Stdout).toBe("out of the first");
  expect(messages(world)[0]).toMatch(
    new RegExp(`^the runs ${UPDATED} of the update that failed on 'web1' may still start: a lock keeps Run Command`),
  );
});

test("nothing is asked of the VM where nothing goes on there", async () => {
  const { world, back } = rollingBack("SKIP");
  world.vm.leave(UPDATED, { exitCode: 1 });
  await back();
  expect(asked(world)).toEqual(["list", `wait ${CREATED}`]);
});

test("a rollback that runs the script of before has it run after what waits", async () => {
  const { world, back } = rollingBack("RERUN");
  world.vm.leave(UPDATED, {}, WAITS);
  await back();
  expect(asked(world).filter((one) => one.startsWith("cancel"))).toEqual([]);
  expect(world.vm.started).toHaveLength(1);
});
