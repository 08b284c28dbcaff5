/** Scale sets whose members come and go, as the simulator's own interface and its options make them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, type Running, run, stopAll } from "./running";
import { VirtualClock } from "./virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
let sim: Running;
beforeAll(async () => {
  sim = await run({ scaleSet: ["pool:mode=uniform,count=2", "web"] }, { clock });
});
afterAll(stopAll);

interface Shown {
  readonly mode: string;
  readonly members: readonly { name: string; instanceId: string | null; vmId: string; power: string }[];
}

const ask = (method: string, path: string, body?: object): Promise<Answer> =>
  sim.admin(`/scale-sets${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

async function shown(method: string, path: string, body?: object): Promise<Shown> {
  const answer = await ask(method, path, body);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.body);
}

const namesOf = ({ members }: Shown) => members.map(({ name }) => name);

describe("--scale-set", () => {
  test("makes the members of each, and no vm1", async () => {
    const [pool, web] = JSON.parse((await ask("GET", "")).body) as [Shown, Shown];
    expect(pool).toEqual({
      name: "pool",
      resourceGroup: "rg",
      mode: "Uniform",
      members: ["0", "1"].map((instanceId) => ({
        name: `pool_${instanceId}`,
        instanceId,
        vmId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        power: "running",
      })),
    });
    expect(web).toMatchObject({ name: "web", mode: "Flexible", members: [{ instanceId: null }, { instanceId: null }] });
    for (const name of namesOf(web)) {
      expect(name).toMatch(/^web_[0-9a-f]{8}$/);
    }
    expect(JSON.parse((await sim.admin("/vms")).body).map(({ name }: { name: string }) => name)).toEqual([
      ...namesOf(pool),
      ...namesOf(web),
    ]);
    expect([...sim.guests.values()].every(({ on }) => on)).toBe(true);
  });

  test("beside --vm makes both", async () => {
    const both = await run({ vm: ["db"], scaleSet: ["one:count=1"] });
    expect(both.simulator.world.list().map(({ name }) => name)).toEqual(["db", expect.stringMatching(/^one_/)]);
  });
});

describe("a scale set", () => {
  test("grows by instances with new ids, and shrinks by the newest", async () => {
    expect(namesOf(await shown("PUT", "/grow", { mode: "Uniform", capacity: 2 }))).toEqual(["grow_0", "grow_1"]);
    expect(namesOf(await shown("PUT", "/grow", { capacity: 4 }))).toEqual(["grow_0", "grow_1", "grow_2", "grow_3"]);
    expect(namesOf(await shown("PUT", "/GROW", { capacity: 1 }))).toEqual(["grow_0"]);
    expect(sim.guests.get("grow_3")?.calls.at(-1)).toBe("destroy");
    expect(namesOf(await shown("PUT", "/grow", { capacity: 2 }))).toEqual(["grow_0", "grow_4"]);
  });

  test("is empty, and Flexible, when nothing is said", async () => {
    expect(await shown("PUT", "/empty")).toEqual({ name: "empty", resourceGroup: "rg", mode: "Flexible", members: [] });
  });

  test("that is asked for without a capacity keeps its members", async () => {
    const before = await shown("PUT", "/kept", { capacity: 2 });
    expect(await shown("PUT", "/kept", {})).toEqual(before);
  });

  test("has members that come up as slowly as told", async () => {
    const late = await shown("PUT", "/late", { capacity: 1, startsAfterMs: 30_000 });
    expect(late.members[0]?.power).toBe("starting");
    await clock.advance(31_000);
    expect((await shown("PUT", "/late")).members[0]?.power).toBe("running");
  });

  test("that is deleted takes its members along, and nobody else's", async () => {
    const gone = await shown("PUT", "/gone", { mode: "Uniform", capacity: 2 });
    const left = JSON.parse((await ask("DELETE", "/gone")).body) as Shown[];
    expect(left.map((scaleSet) => ({ ...scaleSet }))).not.toContainEqual(expect.objectContaining({ name: "gone" }));
    for (const name of namesOf(gone)) {
      expect(sim.guests.get(name)?.calls.at(-1)).toBe("destroy");
    }
    expect(sim.guests.get("pool_0")?.on).toBe(true);
  });
});

describe("a member", () => {
  test.each([
    { name: "a", member: "a_1", by: "its name" },
    { name: "b", member: "B_1", by: "its name in another case" },
    { name: "c", member: "1", by: "its instance id" },
  ])("can be deleted by $by", async ({ name, member }) => {
    await shown("PUT", `/${name}`, { mode: "Uniform", capacity: 3 });
    expect(namesOf(await shown("DELETE", `/${name}/members/${member}`))).toEqual([`${name}_0`, `${name}_2`]);
    expect(sim.guests.get(`${name}_1`)?.calls.at(-1)).toBe("destroy");
  });

  test("that is reimaged has its name and id, another vmId, and an empty disk", async () => {
    const [before] = (await shown("PUT", "/pool")).members;
    const old = sim.guests.get("pool_0");
    const [after] = (await shown("POST", "/pool/members/0/reimage")).members;
    expect(after).toEqual({ ...before, vmId: expect.not.stringMatching(before?.vmId ?? "") });
    expect(old?.calls.at(-1)).toBe("destroy");
    expect(sim.guests.get("pool_0")).not.toBe(old);
    expect(sim.guests.get("pool_0")?.on).toBe(true);
  });

  test("can be told apart by a VM that has the very name of an instance", async () => {
    await sim.admin("/vms/pool_0", { method: "PUT", body: "{}" });
    expect(sim.simulator.world.machine("rg", "pool_0")).not.toBe(sim.simulator.world.instance("rg", "pool", "0"));
    expect(namesOf(await shown("PUT", "/pool"))).toContain("pool_0");
  });
});

test.each<{ method: string; path: string; body?: object; status: number; error: string }>([
  {
    method: "PUT",
    path: "/a.",
    status: 400,
    error:
      "the name is 'a.', expected a name that Azure takes for a Linux VM: 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit and not ending with '.', '_' or '-'",
  },
  {
    method: "PUT",
    path: "/pool",
    body: { mode: "Flexible" },
    status: 409,
    error: "'pool' is Uniform, and a scale set keeps its mode",
  },
  {
    method: "PUT",
    path: "/x",
    body: { mode: "uniform" },
    status: 400,
    error: "mode is not known, expected one of Uniform, Flexible",
  },
  { method: "PUT", path: "/x", body: { capacity: 1_001 }, status: 400, error: "capacity must be <= 1000" },
  { method: "PUT", path: "/x", body: { size: 1 }, status: 400, error: "the body has 'size', which is not known" },
  {
    method: "DELETE",
    path: "/pool/members/9",
    status: 404,
    error: "'pool' has no member '9'; there are: pool_0, pool_1",
  },
])("$method $path $body is answered with one sentence: $error", async ({ method, path, body, status, error }) => {
  const answer = await ask(method, path, body);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toEqual({ error });
});

test.each([
  ["DELETE", "/nope"],
  ["DELETE", "/nope/members/0"],
  ["POST", "/nope/members/0/reimage"],
])("%s %s says which scale sets there are", async (method, path) => {
  const answer = await ask(method, path);
  expect(answer.status).toBe(404);
  expect(JSON.parse(answer.body).error).toMatch(/^there is no scale set 'nope'; there are: pool, web, /);
});

test("a resource group that is deleted takes its scale sets along", async () => {
  const other = await run({ resourceGroup: "g2", scaleSet: ["a:mode=uniform"] });
  await other.admin("/groups/g2", { method: "DELETE" });
  expect(other.simulator.world.listScaleSets()).toEqual([]);
  expect(other.simulator.world.list()).toEqual([]);
});

describe("--state", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "scale-sets-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("keeps scale sets with their members, and goes on with their ids", async () => {
    const scaleSet = ["pool:mode=uniform,count=2", "web:count=1"];
    const first = await run({ state: folder, scaleSet });
    const before = JSON.parse((await first.admin("/scale-sets")).body);
    await first.simulator.stop();
    const second = await run({ state: folder, scaleSet });
    expect(JSON.parse((await second.admin("/scale-sets")).body)).toEqual(before);
    const grown = await second.admin("/scale-sets/pool", { method: "PUT", body: '{"capacity":3}' });
    expect(namesOf(JSON.parse(grown.body))).toEqual(["pool_0", "pool_1", "pool_2"]);
    await second.simulator.stop();
  });
});
