/** What the page is told of VMs and operations, and when it is told. */
import { createHash } from "node:crypto";
import { OPERATIONS_MAX, type PageState, pageState, REFUSALS_MAX } from "../../../simulator/page/state";
import { succeeded } from "../fake-guest";
import { type Answer, type Running, run, stopAll } from "../running";
import { VirtualClock } from "../virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 26, 12, 0, 0));
let sim: Running;
/** When the test began. */
let startedAtMs: number;
beforeAll(async () => {
  sim = await run({ vm: ["vm1"], scaleSet: ["pool:mode=uniform,count=1"] }, { clock });
});
/** What earlier tests have done is over, and long ago. */
beforeEach(async () => {
  await clock.advance(3_600_000);
  await sim.admin("/vms/vm1", { method: "PUT", body: "{}" });
  startedAtMs = clock.nowMs();
});
afterAll(stopAll);

async function state(): Promise<PageState> {
  const whole = JSON.parse((await sim.admin("/page/state")).body) as PageState;
  return {
    ...whole,
    machines: [...whole.machines].sort((one, other) => other.name.localeCompare(one.name)),
    operations: whole.operations.filter(({ postedAtMs }) => postedAtMs >= startedAtMs),
    refusals: whole.refusals.filter(({ atMs }) => atMs >= startedAtMs),
  };
}

async function detail(id: string | undefined): Promise<{ result: object }> {
  return JSON.parse((await sim.admin(`/page/operations/${id}`)).body) as { result: object };
}

const runAs = (client: string): Promise<Answer> =>
  sim.arm(`${sim.machine}/runCommand`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": client },
    body: JSON.stringify({ commandId: "RunShellScript", script: ["echo planted-secret"] }),
  });

test("a VM is told with its power, its agent and its extension", async () => {
  const { machines, subscription } = await state();
  expect(subscription).toBe(sim.simulator.environment.ARM_SUBSCRIPTION_ID);
  expect(machines).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "vm1",
      resourceGroup: "rg",
      location: "westeurope",
      scaleSet: null,
      power: "running",
      changing: null,
      agent: "Ready",
      agentVersion: "2.15.0.1",
      outbound443: "open",
      extension: "not installed",
      system: "ubuntu 24.04",
      operation: null,
    },
    expect.objectContaining({ name: "pool_0", scaleSet: "pool" }),
  ]);
});

test("a run waits for its script, runs, reports and ends, each with its time", async () => {
  let end: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    end = resolve;
  });
  sim.guest.answer = async () => {
    await told;
    return succeeded("out\n", "err\n");
  };
  await runAs("AZURECLI/2.91.0");
  const [waiting] = (await state()).operations;
  expect(waiting).toEqual({
    id: expect.any(String),
    vm: "vm1",
    resourceGroup: "rg",
    action: "runCommand",
    commandId: "RunShellScript",
    client: "AZURECLI/2.91.0",
    postedAtMs: startedAtMs,
    scriptStartedAtMs: null,
    scriptEndedAtMs: null,
    endedAtMs: null,
    state: "waits",
  });
  await clock.advance(1_000);
  const running = await state();
  expect(running.operations).toMatchObject([{ state: "runs", scriptEndedAtMs: null }]);
  expect(running.machines[0]).toMatchObject({ operation: waiting?.id, extension: "installed" });
  expect(await detail(waiting?.id)).toMatchObject({ state: "runs", result: { kind: "none" } });
  end();
  await clock.advance(0);
  expect((await state()).operations).toMatchObject([
    { state: "reports", scriptEndedAtMs: startedAtMs + 1_000, endedAtMs: null },
  ]);
  await clock.advance(1_000);
  const ended = await state();
  expect(ended.operations).toMatchObject([{ state: "succeeded", endedAtMs: expect.any(Number) }]);
  expect(ended.machines[0]?.operation).toBeNull();
  expect((await detail(waiting?.id)).result).toEqual({
    kind: "streams",
    stdout: "out\n",
    stderr: "err\n",
    exact: true,
  });
});

test("scripts are told nobody: they hold secrets", async () => {
  await runAs("test");
  await clock.advance(1_000);
  const [operation] = (await state()).operations;
  const texts = [(await sim.admin("/page/state")).body, JSON.stringify(await detail(operation?.id))];
  expect(texts.join()).not.toContain("planted-secret");
});

test("what Azure says of a run that failed is told in its words", async () => {
  const body = JSON.stringify({ status: "NotReady", agentTimeoutMs: 5_000 });
  await sim.admin("/vms/vm1/agent", { method: "PUT", body });
  await sim.runCommand();
  await clock.advance(4_000);
  expect(await state()).toMatchObject({ machines: [{ agent: "NotReady" }, {}], operations: [{ state: "waits" }] });
  await clock.advance(4_000);
  const [operation] = (await state()).operations;
  expect(operation?.state).toBe("failed");
  expect((await detail(operation?.id)).result).toEqual({
    kind: "error",
    code: "VMAgentStatusCommunicationError",
    message: expect.stringMatching(/^VM 'vm1' has not reported status/),
  });
});

test("a power action runs from its POST on, and leaves no output", async () => {
  await sim.post(`${sim.machine}/deallocate`);
  expect(await state()).toMatchObject({
    machines: [{ power: "deallocating", changing: "deallocate" }, {}],
    operations: [{ action: "deallocate", commandId: null, state: "runs" }],
  });
  await clock.advance(60_000);
  const [operation] = (await state()).operations;
  expect(operation).toMatchObject({ state: "succeeded", scriptStartedAtMs: null });
  expect((await detail(operation?.id)).result).toEqual({ kind: "none" });
});

test("commands that ARM refuses are told with their VM, also those of instances", async () => {
  const instance = `${sim.subscription}/resourceGroups/RG/providers/Microsoft.Compute/virtualMachineScaleSets/pool/virtualMachines/0`;
  for (const vm of [sim.machine, instance]) {
    const body = { commandId: "RunShellScript", script: ["true"] };
    expect((await sim.post(`${vm}/runCommand`, body)).status).toBe(202);
    expect((await sim.post(`${vm}/runCommand`, body)).status).toBe(409);
  }
  expect((await state()).refusals).toEqual([
    { vm: "vm1", resourceGroup: "rg", atMs: startedAtMs, status: 409 },
    { vm: "pool_0", resourceGroup: "rg", atMs: startedAtMs, status: 409 },
  ]);
});

test("an operation that was never there: 404", async () => {
  expect(await sim.admin("/page/operations/nope")).toMatchObject({
    status: 404,
    body: '{"error":"the simulator has no such operation"}',
  });
});

test("whoever has the state already is only told the time, until something happens", async () => {
  const { headers, body } = await sim.admin("/page/state");
  expect(headers["x-simulator-time-ms"]).toBe(String(startedAtMs));
  expect(headers.etag).toBe(`"${createHash("sha256").update(body).digest("base64url")}"`);
  await clock.advance(5_000);
  const again = { headers: { "if-none-match": headers.etag ?? "" } };
  const same = await sim.admin("/page/state", again);
  expect(same).toMatchObject({ status: 304, body: "" });
  expect(same.headers["x-simulator-time-ms"]).toBe(String(startedAtMs + 5_000));
  await sim.runCommand();
  expect((await sim.admin("/page/state", again)).status).toBe(200);
});

test("of very many operations, the newest are told, and how many there are more", async () => {
  const { world } = sim.simulator;
  const [machine] = world.list();
  if (machine === undefined) {
    throw new Error("there is no VM");
  }
  const before = world.operations.size;
  const made = Array.from({ length: OPERATIONS_MAX + 3 }, () => world.startOperation(machine, "start"));
  for (const operation of made) {
    operation.client = "x".repeat(1_000);
  }
  const { operations, olderOperations } = await state();
  expect(operations).toHaveLength(OPERATIONS_MAX);
  expect(olderOperations).toBe(before + 3);
  expect(operations[0]?.client).toHaveLength(300);
});

test("of very many refusals, the newest are told", () => {
  const { world } = sim.simulator;
  const path = `${sim.machine}/runCommand`;
  const requests = Array.from({ length: REFUSALS_MAX + 3 }, (_, second) => {
    return { method: "POST", path, status: 409, time: new Date(second * 1_000).toISOString() };
  });
  const { refusals } = pageState(world, requests);
  expect(refusals.map(({ atMs }) => atMs)).toEqual(Array.from({ length: REFUSALS_MAX }, (_, at) => (at + 3) * 1_000));
});
