/** The simulator's own interface below /_simulator. */
import { ASSUMED } from "../../simulator/assumed";
import { FakeGuest } from "./fake-guest";
import { type Running, run, stopAll } from "./running";
import { VirtualClock } from "./virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
let sim: Running;
beforeAll(async () => {
  sim = await run({ vm: ["vm1", "vm2"] }, { clock });
});
afterAll(stopAll);

const key = (): string => sim.simulator.environment.AZURE_RUN_COMMAND_SIMULATOR_KEY ?? "";

test.each([{}, { "x-simulator-key": "wrong" }, { authorization: "Bearer wrong" }, { "x-simulator-key": "" }])(
  "%j does not open it",
  async (headers) => {
    expect(await sim.call("/_simulator/operations", { headers })).toMatchObject({ status: 401 });
  },
);

test("a token of ARM does not open it, and its key does not open ARM", async () => {
  const token = await sim.simulator.tokens.issue("https://management.azure.com/");
  expect(await sim.call("/_simulator/operations", { headers: { authorization: `Bearer ${token}` } })).toMatchObject({
    status: 401,
  });
  expect(
    await sim.call(`${sim.machine}?api-version=2024-11-01`, { headers: { authorization: `Bearer ${key()}` } }),
  ).toMatchObject({ status: 401 });
});

test("the key opens it in either header", async () => {
  expect(await sim.call("/_simulator/operations", { headers: { "x-simulator-key": key() } })).toMatchObject({
    status: 200,
    body: "[]",
  });
  expect(await sim.call("/_simulator/operations", { headers: { authorization: `Bearer ${key()}` } })).toMatchObject({
    status: 200,
  });
});

test("operations are listed with the time of their POST", async () => {
  const accepted = await sim.runCommand();
  expect(accepted.status).toBe(202);
  const [running] = JSON.parse((await sim.admin("/operations")).body);
  expect(running).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    vm: "vm1",
    action: "runCommand",
    commandId: "RunShellScript",
    postedAt: "2026-11-23T12:00:00.000Z",
    start: expect.stringMatching(/^2026-11-23T12:00:00/),
    end: null,
    status: "InProgress",
  });
  await clock.advance(1_000);
  expect(JSON.parse((await sim.admin("/operations")).body)).toMatchObject([
    { status: "Succeeded", end: expect.stringMatching(/^2026-11-23T12:00:00\.01/) },
  ]);
});

test("requests are listed without queries, so without signatures and tokens", async () => {
  const before = (JSON.parse((await sim.admin("/requests")).body) as object[]).length + 1;
  const time = new Date(clock.nowMs()).toISOString();
  const accepted = await sim.runCommand({ commandId: "RunShellScript", script: ["echo planted-secret"] });
  await sim.arm(accepted.headers["azure-asyncoperation"] ?? "");
  await sim.call(sim.machine);
  const { body } = await sim.admin("/requests");
  const listed = JSON.parse(body).slice(before);
  expect(listed.map(({ method, status }: { method: string; status: number }) => `${method} ${status}`)).toEqual([
    "POST 202",
    "GET 200",
    "GET 401",
  ]);
  expect(listed[0]).toEqual({ method: "POST", path: `${sim.machine}/runCommand`, status: 202, time });
  await clock.advance(1_000);
  expect(body).not.toContain("planted-secret");
  expect(body).not.toContain("s=");
  expect(body).not.toContain("Bearer");
});

test("a command can be run in a guest, with stdin", async () => {
  const answer = await sim.admin("/vms/VM2/exec", {
    method: "POST",
    body: JSON.stringify({ argv: ["tee", "/x"], stdin: Buffer.from("hello").toString("base64") }),
  });
  expect(JSON.parse(answer.body)).toEqual({
    exitCode: 0,
    signal: null,
    stdout: Buffer.from("hello").toString("base64"),
    stderr: "",
  });
  expect(sim.guests.get("vm2")?.calls).toContain("exec tee /x");
});

test.each([
  { path: "/vms/nope/exec", body: { argv: ["true"] }, status: 404 },
  { path: "/vms/vm1/exec", body: { argv: [] }, status: 400 },
  { path: "/vms/vm1/exec", body: {}, status: 400 },
])("$path with $body: $status", async ({ path, body, status }) => {
  expect((await sim.admin(path, { method: "POST", body: JSON.stringify(body) })).status).toBe(status);
});

test("a guest that is off says so", async () => {
  await sim.post(`${sim.machine}/powerOff`);
  await clock.advance(1_000);
  expect(await sim.admin("/vms/vm1/exec", { method: "POST", body: '{"argv":["true"]}' })).toMatchObject({
    status: 409,
    body: '{"error":"the guest of \'vm1\' is powered off"}',
  });
});

test("the client secret can expire, and be good again", async () => {
  const {
    ARM_TENANT_ID: tenant,
    ARM_CLIENT_ID: client_id = "",
    ARM_CLIENT_SECRET: client_secret = "",
  } = sim.simulator.environment;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id,
    client_secret,
    scope: "https://management.azure.com/.default",
  }).toString();
  const ask = async (): Promise<number> =>
    (
      await sim.call(`/${tenant}/oauth2/v2.0/token`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body,
      })
    ).status;
  expect(await ask()).toBe(200);
  await sim.admin("/client-secret", { method: "PUT", body: '{"expired":true}' });
  expect(await ask()).toBe(401);
  await sim.admin("/client-secret", { method: "PUT", body: '{"expired":false}' });
  expect(await ask()).toBe(200);
});

test("a VM can be replaced by a new one of the same name", async () => {
  const before = JSON.parse((await sim.arm(sim.machine)).body).properties.vmId;
  const old = sim.guest;
  expect((await sim.admin("/vms/vm1", { method: "PUT", body: "{}" })).status).toBe(200);
  expect(JSON.parse((await sim.arm(sim.machine)).body).properties.vmId).not.toBe(before);
  expect(old.calls).toContain("destroy");
});

/** As a real guest is, so that the next request comes meanwhile. */
class SlowToEnd extends FakeGuest {
  override async destroy(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await super.destroy();
  }
}

test("four that make the same VM at once leave one, and destroy what the others made", async () => {
  const made: FakeGuest[] = [];
  const other = await run(
    {},
    {
      createGuest: (options) => {
        const guest = new SlowToEnd(options);
        made.push(guest);
        return guest;
      },
    },
  );
  const answers = await Promise.all([1, 2, 3, 4].map(() => other.admin("/vms/x", { method: "PUT", body: "{}" })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const ofX = made.filter(({ options }) => options.vmName === "x");
  expect(ofX.map(({ on }) => on)).toEqual([false, false, false, true]);
  expect(ofX.slice(0, 3).every(({ calls }) => calls.includes("destroy"))).toBe(true);
  expect(
    JSON.parse((await other.admin("/vms")).body).filter(({ name }: { name: string }) => name === "x"),
  ).toHaveLength(1);
});

test("a new VM needs a name that Azure takes", async () => {
  expect((await sim.admin("/vms/-x", { method: "PUT", body: "{}" })).status).toBe(400);
});

test("what is assumed is listed", async () => {
  expect(JSON.parse((await sim.admin("/assumed")).body)).toEqual(ASSUMED);
  expect(ASSUMED.length).toBeGreaterThan(20);
});
