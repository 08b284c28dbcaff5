/** Tokens that come to their end in mid-run, against the simulator; its clock and the client's are moved together. */
import { describeFailure, RunFailedError } from "../../../core/failures/errors";
import { type Running, run, stopAll } from "../../simulator/running";
import { VirtualClock } from "../../simulator/virtual-clock";
import { type Client, openClient, put, type Values } from "./simulated-azure";

/** Begins at a whole second: tokens know no parts of one. */
const clock = new VirtualClock(Math.floor(Date.now() / 1_000) * 1_000);
const MINUTE_MS = 60_000;
const TIMERS = [
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "setTimeout",
  "clearTimeout",
] as const;

/** Real requests on a machine that others use too. */
jest.setTimeout(60_000);

let sim: Running;
beforeAll(async () => {
  // The library looks at the date too; timers stay real.
  jest.useFakeTimers({ now: clock.nowMs(), doNotFake: [...TIMERS] });
  sim = await run({}, { clock });
});
afterAll(async () => {
  jest.useRealTimers();
  await stopAll();
});
afterEach(async () => {
  await sim.admin("/faults", { method: "DELETE" });
  await put(sim, "/token-lifetime", { seconds: 3_599 });
});

function open(environment: Values = {}): Client {
  const { ARM_TENANT_ID = "", ARM_CLIENT_ID = "", ARM_CLIENT_SECRET = "" } = sim.simulator.environment;
  jest.setSystemTime(clock.nowMs());
  return openClient(sim, {
    environment: { ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, ...environment },
  });
}

async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  jest.setSystemTime(clock.nowMs());
}

async function fault(body: object): Promise<void> {
  const answer = await sim.admin("/faults", { method: "POST", body: JSON.stringify(body) });
  if (answer.status !== 200) {
    throw new Error(answer.body);
  }
}

const statuses = (azure: Client) =>
  azure.seen.filter(({ path }) => path.startsWith("/subscriptions/")).map(({ status }) => status);

/** A renewal goes on in the background: waits for as many requests as are expected, and shows those that came. */
async function expectTokenRequests(azure: Client, count: number): Promise<void> {
  for (let tries = 0; tries < 2_000 && azure.tokenRequests().length < count; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(azure.tokenRequests()).toHaveLength(count);
}

test("two runs at the same time ask for one token, and later ones for none", async () => {
  const azure = open();
  await Promise.all([azure.ask(), azure.ask()]);
  await azure.ask();
  expect(azure.tokenRequests()).toHaveLength(1);
});

test("a token of ten minutes is renewed before its end: Azure never sees an expired one", async () => {
  await put(sim, "/token-lifetime", { seconds: 600 });
  const azure = open();
  for (let minute = 0; minute <= 20; minute += 1) {
    expect((await azure.ask()).status).toBe(200);
    // At 5, 10, 15 and 20 minutes the token is half as old as it can get.
    await expectTokenRequests(azure, 1 + Math.floor(minute / 5));
    await pass(MINUTE_MS);
  }
  expect(new Set(statuses(azure))).toEqual(new Set([200]));
});

test("the old token is used on while Entra is down, until its end; then the failure is told, and later all goes on", async () => {
  await put(sim, "/token-lifetime", { seconds: 600 });
  const azure = open();
  await azure.ask();
  await fault({ fault: "status-503", on: "token", count: 1_000 });
  for (let minute = 1; minute < 10; minute += 1) {
    await pass(MINUTE_MS);
    expect((await azure.ask()).status).toBe(200);
    // From the fifth minute on each question tries a renewal, three times.
    await expectTokenRequests(azure, 1 + 3 * Math.max(0, minute - 4));
  }
  await pass(MINUTE_MS);
  const failure = await azure.ask().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(RunFailedError);
  expect(failure instanceof RunFailedError ? describeFailure(failure.failure) : "").toMatch(
    /^no token from localhost:\d+ after 3 tries: it answers with AADSTS90033, /,
  );
  await sim.admin("/faults", { method: "DELETE" });
  expect((await azure.ask()).status).toBe(200);
});

test("a poll that is refused because the token has expired gets a new token once, and goes on", async () => {
  const azure = open();
  await azure.ask();
  // Only Azure's clock goes on, as where a machine was asleep: the client takes its token for good.
  await clock.advance(3_610_000);
  const client = await azure.session.client();
  expect((await client.get(`${sim.machine}?api-version=2024-11-01`)).status).toBe(200);
  expect(statuses(azure)).toEqual([200, 401, 200]);
  expect(azure.tokenRequests()).toHaveLength(2);
});

test("a command that is refused because the token has expired is sent again, and runs once", async () => {
  const azure = open();
  await azure.ask();
  await clock.advance(3_610_000);
  const client = await azure.session.client();
  const before = sim.guest.scripts.length;
  const answer = await client.post(`${sim.machine}/runCommand?api-version=2024-11-01`, {
    commandId: "RunShellScript",
    script: ["echo once"],
  });
  expect(answer).toMatchObject({ kind: "reply", status: 202 });
  await clock.advance(MINUTE_MS);
  expect(sim.guest.scripts.length - before).toBe(1);
});

test("a token that Azure refuses again and again is answered with its refusal, after one more try", async () => {
  const azure = open();
  await azure.ask();
  await fault({ fault: "token-expired", on: "vm", count: 10 });
  expect((await azure.ask()).status).toBe(401);
  expect(statuses(azure)).toEqual([200, 401, 401]);
  expect(azure.tokenRequests()).toHaveLength(2);
});

test("another refusal of the token is not met with another token", async () => {
  await put(sim, "/other-tenants", ["contoso"]);
  const azure = open({ ARM_TENANT_ID: "contoso" });
  expect((await azure.ask()).body).toContain('"InvalidAuthenticationTokenTenant"');
  expect(statuses(azure)).toEqual([401]);
  expect(azure.tokenRequests()).toHaveLength(1);
});
