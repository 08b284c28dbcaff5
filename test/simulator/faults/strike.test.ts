/** Each fault through a running simulator, over HTTPS, with a guest in memory and a clock that is moved by hand. */
import { succeeded } from "../fake-guest";
import { type Answer, type Running, run, stopAll } from "../running";
import { VirtualClock } from "../virtual-clock";

jest.setTimeout(60_000);
const clock = new VirtualClock(Date.UTC(2026, 10, 23, 12, 0, 0));
let sim: Running;

beforeAll(async () => {
  sim = await run({ vm: ["vm1", "vm2"] }, { clock });
});
afterAll(stopAll);
beforeEach(async () => {
  await sim.admin("/faults", { method: "DELETE" });
  await clock.advance(600_000);
  await sim.admin("/vms/vm1", { method: "PUT", body: "{}" });
});

const PRINT = { commandId: "RunShellScript", script: ["echo it ran"] };
const RAN = ["echo it ran\n"];

async function set(...faults: object[]): Promise<void> {
  const answer = await sim.admin("/faults", { method: "POST", body: JSON.stringify(faults) });
  expect(answer).toMatchObject({ status: 200 });
}

interface Poll {
  readonly status: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly properties?: { readonly output: { readonly value: readonly { readonly message: string }[] } };
}

async function poll(accepted: Answer): Promise<Poll> {
  return JSON.parse((await sim.arm(accepted.headers["azure-asyncoperation"] ?? "")).body);
}

async function accept(body: object = PRINT): Promise<Answer> {
  const answer = await sim.runCommand(body);
  expect(answer.status).toBe(202);
  return answer;
}

async function operations(): Promise<{ id: string; vm: string; action: string; status: string }[]> {
  return JSON.parse((await sim.admin("/operations")).body);
}

/** What the log says of the last request that is not the admin's. */
async function lastLogged(): Promise<object | undefined> {
  const all = JSON.parse((await sim.admin("/requests")).body) as { path: string }[];
  return all.filter(({ path }) => !path.startsWith("/_simulator")).at(-1);
}

function token(): Promise<Answer> {
  const { ARM_TENANT_ID, ARM_CLIENT_ID = "", ARM_CLIENT_SECRET = "" } = sim.simulator.environment;
  return sim.call(`/${ARM_TENANT_ID}/oauth2/v2.0/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: ARM_CLIENT_ID,
      client_secret: ARM_CLIENT_SECRET,
      scope: "https://management.azure.com/.default",
    }).toString(),
  });
}

/** What a client sees of a connection that ends too early. */
async function closed(call: Promise<Answer>): Promise<{ code?: string; syscall?: string; message: string }> {
  return call.then(
    (answer) => Promise.reject(new Error(`it answered ${answer.status}`)),
    (error) => error,
  );
}

describe("a reply that is lost", () => {
  test("before: the service has done nothing", async () => {
    const before = (await operations()).length;
    await set({ fault: "reply-lost-before" });
    expect(await closed(sim.runCommand(PRINT))).toMatchObject({ code: "ECONNRESET", message: "socket hang up" });
    await clock.advance(1_000);
    expect(sim.guest.scripts).toEqual([]);
    expect(await operations()).toHaveLength(before);
    expect(await lastLogged()).toEqual({
      method: "POST",
      path: `${sim.machine}/runCommand`,
      status: null,
      time: expect.any(String),
      fault: "reply-lost-before",
    });
    expect((await sim.runCommand(PRINT)).status).toBe(202);
  });

  test("after: the service has acted", async () => {
    const before = (await operations()).length;
    await set({ fault: "reply-lost-after" });
    expect(await closed(sim.runCommand(PRINT))).toMatchObject({ code: "ECONNRESET", message: "socket hang up" });
    await clock.advance(1_000);
    expect(sim.guest.scripts).toEqual(RAN);
    expect((await operations()).slice(before)).toMatchObject([{ vm: "vm1", status: "Succeeded" }]);
    expect(await lastLogged()).toMatchObject({ status: null, fault: "reply-lost-after" });
  });

  test("after: only of a POST that starts something, whatever came before", async () => {
    await set({ fault: "reply-lost-after" });
    expect((await sim.runCommand({ commandId: "nope" })).status).toBe(404);
    expect((await sim.runCommand({ script: 1 })).status).toBe(400);
    expect((await sim.runCommand({ ...PRINT, script: "no list" })).status).toBe(400);
    expect((await sim.call(`${sim.machine}/runCommand`, { method: "POST" })).status).toBe(401);
    expect((await closed(sim.runCommand(PRINT))).code).toBe("ECONNRESET");
  });

  test("after a while, when it is asked for", async () => {
    await set({ fault: "reply-lost-before", ms: 5_000 });
    let over = false;
    const end = closed(sim.runCommand(PRINT)).finally(() => {
      over = true;
    });
    for (let reported = 0; reported === 0; ) {
      reported = (JSON.parse((await sim.admin("/faults")).body) as { struck: number }[])[0]?.struck ?? 0;
    }
    await clock.advance(4_999);
    expect(over).toBe(false);
    await clock.advance(1);
    expect((await end).code).toBe("ECONNRESET");
  });

  test.each(["poll", "vm", "token"])("on %s", async (on) => {
    const accepted = await accept();
    await set({ fault: "reply-lost-after", on });
    const calls = {
      poll: () => sim.arm(accepted.headers["azure-asyncoperation"] ?? ""),
      vm: () => sim.arm(`${sim.machine}/instanceView`),
      token,
    };
    const call = calls[on as keyof typeof calls];
    expect((await closed(call())).code).toBe("ECONNRESET");
    expect((await call()).status).toBe(200);
  });
});

test("connection-reset resets the TCP connection, and the service has done nothing", async () => {
  await set({ fault: "connection-reset" });
  // A connection that is closed in order says "socket hang up"; a reset breaks the reading itself.
  expect(await closed(sim.runCommand(PRINT))).toMatchObject({ code: "ECONNRESET", syscall: "read" });
  await clock.advance(1_000);
  expect(sim.guest.scripts).toEqual([]);
  expect(await lastLogged()).toMatchObject({ status: null, fault: "connection-reset" });
});

describe("an answer in the place of the right one", () => {
  const SUBSCRIPTION = (): string => sim.simulator.environment.ARM_SUBSCRIPTION_ID ?? "";
  const DIAGNOSTICS = (): string =>
    `Diagnostic information: timestamp '20261123T\\d{6}Z', subscription id '${SUBSCRIPTION()}', tracking id '[0-9a-f-]{36}', request correlation id '[0-9a-f-]{36}'\\.`;

  test.each<{ fault: string; status: number; body: () => RegExp; header?: Record<string, unknown> }>([
    {
      fault: "status-500",
      status: 500,
      body: () =>
        new RegExp(
          `^{"error":{"code":"InternalServerError","message":"Encountered internal server error. ${DIAGNOSTICS()}"}}$`,
        ),
      header: { "x-ms-failure-cause": "gateway" },
    },
    {
      fault: "status-502",
      status: 502,
      body: () => /^<html>[\s\S]*502 Bad Gateway[\s\S]*Microsoft-Azure-Application-Gateway/,
      header: { "content-type": "text/html" },
    },
    {
      fault: "status-503",
      status: 503,
      body: () =>
        new RegExp(`^{"error":{"code":"ServerTimeout","message":"The request timed out. ${DIAGNOSTICS()}"}}$`),
      header: { "x-ms-failure-cause": "gateway" },
    },
    {
      fault: "conflict-running",
      status: 409,
      body: () =>
        /^{\r\n {2}"error": {\r\n {4}"code": "Conflict",\r\n {4}"message": "Run command extension execution is in progress\. Please wait for completion before invoking a run command\."\r\n {2}}\r\n}$/,
    },
    {
      fault: "conflict-concurrent",
      status: 409,
      body: () =>
        /^{\r\n {2}"error": {\r\n {4}"code": "Conflict",\r\n {4}"message": "The request failed due to conflict with a concurrent request\. To resolve it, please refer to https:\/\/aka\.ms\/activitylog to get more details on the conflicting requests\."\r\n {2}}\r\n}$/,
    },
    {
      fault: "token-expired",
      status: 401,
      body: () =>
        /^{"error":{"code":"ExpiredAuthenticationToken","message":"The access token expiry UTC time '11\/23\/2026 [^']+' is earlier than current UTC time '11\/23\/2026 [^']+'\."}}$/,
      header: { "www-authenticate": expect.stringContaining('error="invalid_token"') },
    },
  ])("$fault: $status, nothing is done, and the next one is taken", async ({ fault, status, body, header }) => {
    const before = (await operations()).length;
    await set({ fault });
    const answer = await sim.runCommand(PRINT);
    expect(answer).toMatchObject({ status, body: expect.stringMatching(body()), headers: header ?? {} });
    expect(answer.headers["x-ms-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(await lastLogged()).toMatchObject({ status, fault });
    await clock.advance(1_000);
    expect(sim.guest.scripts).toEqual([]);
    expect(await operations()).toHaveLength(before);
    await accept();
    expect(await lastLogged()).not.toHaveProperty("fault");
  });

  test.each<{ fault: object; retryAfter: string | undefined }>([
    { fault: { fault: "throttled" }, retryAfter: undefined },
    { fault: { fault: "throttled-retry-after" }, retryAfter: "1" },
    { fault: { fault: "throttled-retry-after", ms: 2_001 }, retryAfter: "3" },
  ])("$fault: 429 of Compute, Retry-After $retryAfter", async ({ fault, retryAfter }) => {
    await set(fault);
    const answer = await sim.runCommand(PRINT);
    expect(answer.status).toBe(429);
    expect(answer.headers["retry-after"]).toBe(retryAfter);
    const { error } = JSON.parse(answer.body);
    expect(error).toEqual({
      code: "OperationNotAllowed",
      message: "The server rejected the request because too many requests have been received for this subscription.",
      details: [{ code: "TooManyRequests", target: "UpdateVM3Min", message: expect.any(String) }],
    });
    expect(JSON.parse(error.details[0].message)).toEqual({
      operationGroup: "UpdateVM3Min",
      startTime: expect.stringMatching(/^2026-11-23T/),
      endTime: expect.stringMatching(/^2026-11-23T/),
      allowedRequestCount: 240,
      measuredRequestCount: 241,
    });
    await clock.advance(1_000);
    expect(sim.guest.scripts).toEqual([]);
  });

  test("a front end answers before the token is looked at, Compute only after", async () => {
    await set({ fault: "throttled" }, { fault: "status-503", count: 1 });
    const call = { method: "POST", body: JSON.stringify(PRINT) };
    expect((await sim.call(`${sim.machine}/runCommand`, call)).status).toBe(503);
    expect((await sim.call(`${sim.machine}/runCommand`, call)).status).toBe(401);
    expect((await sim.arm(`${sim.machine}/runCommand?api-version=x`, call)).status).toBe(400);
    expect((await sim.runCommand(PRINT)).status).toBe(429);
  });

  test("on polls and on VMs", async () => {
    const accepted = await accept();
    await set({ fault: "status-500", on: "poll" }, { fault: "throttled", on: "vm", vm: "vm2" });
    expect((await sim.arm(accepted.headers["azure-asyncoperation"] ?? "")).status).toBe(500);
    expect(await poll(accepted)).toMatchObject({ status: "InProgress" });
    expect((await sim.arm(sim.machine)).status).toBe(200);
    expect((await sim.arm(sim.machine.replace("vm1", "vm2"))).status).toBe(429);
  });

  test.each([
    { fault: "status-500", status: 500, body: /"error":"server_error".*AADSTS50000/ },
    { fault: "status-502", status: 502, body: /502 Bad Gateway/ },
    { fault: "status-503", status: 503, body: /"error":"temporarily_unavailable".*AADSTS90033: A transient error/ },
    { fault: "throttled", status: 429, body: /"error":"temporarily_unavailable".*AADSTS90055/ },
    { fault: "throttled-retry-after", status: 429, body: /AADSTS90055/, retryAfter: "1" },
  ])("$fault of Entra, in Entra's words", async ({ fault, status, body, retryAfter }) => {
    await set({ fault, on: "token" });
    const answer = await token();
    expect(answer).toMatchObject({ status, body: expect.stringMatching(body) });
    expect(answer.headers["retry-after"]).toBe(retryAfter);
    expect((await token()).status).toBe(200);
  });
});

describe("an answer that is not whole", () => {
  test("poll-truncated: half of the bytes of a longer body, then the connection ends", async () => {
    const accepted = await accept();
    const whole = await sim.arm(accepted.headers["azure-asyncoperation"] ?? "");
    await set({ fault: "poll-truncated" });
    const call = sim.arm(accepted.headers["azure-asyncoperation"] ?? "");
    expect(await closed(call)).toMatchObject({ code: "ECONNRESET", message: "aborted" });
    expect(await lastLogged()).toMatchObject({ method: "GET", status: 200, fault: "poll-truncated" });
    expect(await sim.arm(accepted.headers["azure-asyncoperation"] ?? "")).toMatchObject({ body: whole.body });
  });

  test("poll-cut-json: a whole answer whose text is the first half", async () => {
    const accepted = await accept();
    const whole = await sim.arm(accepted.headers["azure-asyncoperation"] ?? "");
    await set({ fault: "poll-cut-json" });
    const cut = await sim.arm(accepted.headers["azure-asyncoperation"] ?? "");
    expect(cut).toMatchObject({ status: 200, body: whole.body.slice(0, Math.floor(whole.body.length / 2)) });
    expect(cut.headers["content-length"]).toBe(String(cut.body.length));
    expect(() => JSON.parse(cut.body)).toThrow(SyntaxError);
  });

  test("poll-truncated: of an empty answer nothing comes", async () => {
    const accepted = await accept();
    await set({ fault: "poll-truncated" });
    expect((await closed(sim.arm(accepted.headers.location ?? ""))).message).toBe("socket hang up");
  });

  test("both on token and on vm", async () => {
    await set({ fault: "poll-cut-json", on: "token" }, { fault: "poll-truncated", on: "vm" });
    const cut = await token();
    expect(cut.status).toBe(200);
    expect(() => JSON.parse(cut.body)).toThrow(SyntaxError);
    expect((await closed(sim.arm(sim.machine))).message).toBe("aborted");
    await set({ fault: "poll-truncated", on: "token" });
    expect((await closed(token())).message).toBe("aborted");
  });
});

describe("operation-stuck", () => {
  test("the script runs, and the operation never ends and keeps the VM", async () => {
    await set({ fault: "operation-stuck" });
    const accepted = await accept();
    await clock.advance(86_400_000);
    expect(sim.guest.scripts).toEqual(RAN);
    expect(await poll(accepted)).toMatchObject({ status: "InProgress" });
    expect((await sim.runCommand(PRINT)).status).toBe(409);
  });

  test("it ends so much later, as it would have", async () => {
    await set({ fault: "operation-stuck", ms: 60_000 });
    sim.guest.answer = () => succeeded("out");
    const accepted = await accept();
    await clock.advance(60_000);
    expect(await poll(accepted)).toMatchObject({ status: "InProgress" });
    await clock.advance(1_000);
    expect((await poll(accepted)).properties?.output.value[0]?.message).toContain("out");
    await accept();
  });

  test("removing the extension frees the VM from it", async () => {
    await set({ fault: "operation-stuck" });
    await accept();
    await clock.advance(1_000);
    await accept({ commandId: "RemoveRunCommandLinuxExtension" });
    await clock.advance(1_000);
    await accept();
  });

  test("only of the command that it is for", async () => {
    await set({ fault: "operation-stuck", commandId: "RemoveRunCommandLinuxExtension" });
    const script = await accept();
    await clock.advance(1_000);
    expect(await poll(script)).toMatchObject({ status: "Succeeded" });
    const removal = await accept({ commandId: "RemoveRunCommandLinuxExtension" });
    await clock.advance(1_000);
    expect(await poll(removal)).toMatchObject({ status: "InProgress" });
    expect(sim.guest.calls).toContain("uninstall");
  });
});

describe("operation-preempted", () => {
  test("the operation is canceled at once, the script runs, and keeps the VM until its end", async () => {
    let release: () => void = () => undefined;
    sim.guest.answer = () => new Promise((resolve) => (release = () => resolve(succeeded(""))));
    await set({ fault: "operation-preempted" });
    const accepted = await accept();
    const canceled = {
      status: "Canceled",
      error: {
        code: "OperationPreempted",
        message: "Operation execution has been preempted by a more recent operation.",
      },
    };
    expect(await poll(accepted)).toMatchObject(canceled);
    await clock.advance(1_000);
    expect(sim.guest.scripts).toEqual(RAN);
    expect((await sim.runCommand(PRINT)).status).toBe(409);
    release();
    await clock.advance(1_000);
    expect(await poll(accepted)).toMatchObject(canceled);
    await accept();
  });

  test.each(["restart", "powerOff"])("%s in mid-script frees the VM", async (action) => {
    sim.guest.answer = () => new Promise(() => undefined);
    await set({ fault: "operation-preempted" });
    await accept();
    await clock.advance(1_000);
    await sim.post(`${sim.machine}/${action}`);
    await clock.advance(1_000);
    await sim.post(`${sim.machine}/start`);
    await clock.advance(1_000);
    await accept();
  });

  test("a guest that goes off by itself frees the VM", async () => {
    sim.guest.answer = () => new Promise(() => undefined);
    await set({ fault: "operation-preempted" });
    await accept();
    await clock.advance(1_000);
    sim.guest.powerCut();
    await clock.advance(1_000);
    await sim.post(`${sim.machine}/start`);
    await clock.advance(1_000);
    await accept();
  });
});

test("agent-not-ready: the script does not reach the guest, and the platform misses its agent", async () => {
  await set({ fault: "agent-not-ready" });
  const accepted = await accept();
  expect(await poll(accepted)).toMatchObject({ status: "InProgress" });
  await clock.advance(600_000);
  expect(await poll(accepted)).toMatchObject({
    status: "Failed",
    error: { code: "VMAgentStatusCommunicationError", message: expect.stringMatching(/^VM 'vm1' has not reported/) },
  });
  expect(sim.guest.scripts).toEqual([]);
  await accept();
});

describe("reboot", () => {
  test("restarts the guest in mid-script, and the operation ends as at a restart", async () => {
    sim.guest.answer = () => new Promise(() => undefined);
    await set({ fault: "reboot" });
    const accepted = await accept();
    sim.guest.calls.splice(0);
    const before = (await operations()).length;
    await clock.advance(504);
    expect(sim.guest.calls).toEqual([]);
    await clock.advance(1);
    expect(sim.guest.calls).toEqual(["stop", "start"]);
    const [entry] = (await poll(accepted)).properties?.output.value ?? [];
    expect(entry?.message).toBe("Enable succeeded: Last script execution didn't finish.");
    expect(await operations()).toHaveLength(before);
    sim.guest.answer = () => succeeded("");
    await accept();
    expect(sim.guest.scripts).toEqual(RAN);
  });

  test("leaves a VM alone that was replaced, or powered off, meanwhile", async () => {
    await set({ fault: "reboot", ms: 5_000, count: 2 });
    await accept();
    await clock.advance(1_000);
    const old = sim.guest;
    await sim.admin("/vms/vm1", { method: "PUT", body: "{}" });
    await accept();
    await clock.advance(1_000);
    await sim.post(`${sim.machine}/powerOff`);
    await clock.advance(10_000);
    expect(old.calls.at(-1)).toBe("destroy");
    expect(sim.guest.calls.at(-1)).toBe("stop");
  });
});

describe("/_simulator/faults", () => {
  test("says what is set and what became of it, exhausted ones included, and forgets all", async () => {
    await set({ fault: "throttled", vm: "vm1" });
    await sim.runCommand(PRINT);
    const answer = await sim.admin("/faults", {
      method: "POST",
      body: '{"fault":"reply-lost-after","on":"any","share":0.2,"skip":3,"ms":500}',
    });
    const wanted = [
      { fault: "throttled", on: "post", count: 1, skip: 0, vm: "vm1", matched: 1, struck: 1 },
      { fault: "reply-lost-after", on: "any", skip: 3, share: 0.2, ms: 500, matched: 0, struck: 0 },
    ];
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual(wanted);
    expect(JSON.parse((await sim.admin("/faults")).body)).toEqual(wanted);
    expect(await sim.admin("/faults", { method: "DELETE" })).toMatchObject({ status: 200, body: "[]" });
    expect((await sim.admin("/faults")).body).toBe("[]");
  });

  test.each([
    { body: '{"fault":"throttled","count":0}', error: "count is 0, expected a whole number from 1" },
    {
      body: '[{"fault":"throttled"},{"fault":"throttled","skip":-1}]',
      error: "fault 2: skip is -1, expected a whole number from 0",
    },
    { body: "{", error: expect.stringMatching(/^cannot read the body: /) },
    { body: "", error: expect.stringMatching(/, found nothing; the faults are reply-lost-before, /) },
  ])("$body: 400 with a sentence, and nothing is set", async ({ body, error }) => {
    const answer = await sim.admin("/faults", { method: "POST", body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ error });
    expect((await sim.admin("/faults")).body).toBe("[]");
  });

  test("an unknown name is answered with the known ones", async () => {
    const { body } = await sim.admin("/faults", { method: "POST", body: '{"fault":"fire"}' });
    expect(JSON.parse(body).error).toMatch(/^fault is 'fire', expected one of reply-lost-before, .*, token-expired$/);
  });

  test("needs the key", async () => {
    expect((await sim.call("/_simulator/faults", { method: "DELETE" })).status).toBe(401);
  });
});

test("faults of the command line are set from the start, and a seed gives the same sequence twice", async () => {
  const sequence = async (seed: string): Promise<string> => {
    const other = await run({ fault: ["status-503:share=0.5,on=vm"], seed });
    const statuses: number[] = [];
    for (let request = 0; request < 24; request += 1) {
      statuses.push((await other.arm(other.machine)).status);
    }
    await other.simulator.stop({ hurry: true });
    return statuses.join(" ");
  };
  const first = await sequence("5");
  expect(await sequence("5")).toBe(first);
  expect(await sequence("6")).not.toBe(first);
  expect(first).toContain("503");
  expect(first).toContain("200");
});
