/** Who gets the page and its data: the browser of this machine, with the key, and no other site in it. */
import { request } from "node:https";
import { ownHosts } from "../../../simulator/page/doors";
import { type Answer, type Running, run, stopAll } from "../running";

jest.setTimeout(60_000);
let sim: Running;
beforeAll(async () => {
  sim = await run();
});
afterAll(stopAll);

const FILES = [
  { path: "/_simulator/", type: "text/html; charset=utf-8" },
  { path: "/_simulator", type: "text/html; charset=utf-8" },
  { path: "/_simulator/page/main.mjs", type: "text/javascript; charset=utf-8" },
  { path: "/_simulator/page/page.css", type: "text/css; charset=utf-8" },
  { path: "/_simulator/page/icon.svg", type: "image/svg+xml" },
];

test.each(FILES)("$path is there without a key, as $type, and nothing from elsewhere may join it", async (file) => {
  const answer = await sim.call(file.path);
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    "content-type": file.type,
    "content-security-policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
  });
  expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
});

test("the page names nothing from elsewhere, and has no script or style of its own in the HTML", async () => {
  const { body } = await sim.call("/_simulator/");
  const addresses = [...body.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
  expect(addresses.every((address) => address?.startsWith("/_simulator/page/"))).toBe(true);
  expect(body).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=/);
});

test.each(["/_simulator/page/..%2f..%2fstart.ts", "/_simulator/page/../../start.ts", "/_simulator/page/nothing"])(
  "%s leads to no file",
  async (path) => {
    const { status } = await sim.call(path);
    expect([401, 404]).toContain(status);
  },
);

const DATA = ["state", "operations/x", "vms/x/folder", "vms/x/text"];

test.each(DATA)("%s needs the key", async (what) => {
  expect(await sim.call(`/_simulator/page/${what}`)).toMatchObject({
    status: 401,
    body: '{"error":"this needs the simulator\'s key: x-simulator-key, or Authorization: Bearer"}',
  });
  expect(await sim.call(`/_simulator/page/${what}`, { headers: { "x-simulator-key": "wrong" } })).toMatchObject({
    status: 401,
  });
});

const asked = (headers: Readonly<Record<string, string>>): Promise<Answer> => sim.admin("/page/state", { headers });

test.each(["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])("with the key, the data is at %s", async (name) => {
  expect((await asked({ host: `${name}:${sim.simulator.port}` })).status).toBe(200);
});

test("at the port of HTTPS itself, which a browser does not name, the page is at each name without it as well", () => {
  const names = ["localhost", "127.0.0.1", "[::1]"];
  expect(ownHosts(443)).toEqual([...names.map((name) => `${name}:443`), ...names]);
  expect(ownHosts(8443)).toEqual(names.map((name) => `${name}:8443`));
});

/** As a browser does whose user has waved the warning of the certificate through. */
function askedAs(host: string, path: string): Promise<Pick<Answer, "status" | "body">> {
  const { port, rootCertificate, environment } = sim.simulator;
  const headers = { host, "x-simulator-key": environment.AZURE_RUN_COMMAND_SIMULATOR_KEY ?? "" };
  const options = { ca: rootCertificate, servername: "localhost", agent: false, port, path, headers };
  return new Promise((resolve, reject) => {
    request(options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        body += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on("error", reject)
      .end();
  });
}

test("a name that only points to this machine gets nothing, though it has the key", async () => {
  const host = `attacker.example:${sim.simulator.port}`;
  for (const path of ["/_simulator/page/state", "/_simulator/", "/_simulator/page/main.mjs"]) {
    expect(await askedAs(host, path)).toEqual({
      status: 421,
      body: JSON.stringify({ error: `the page is at localhost, not at '${host}'` }),
    });
  }
  expect((await askedAs("localhost:1", "/_simulator/page/state")).status).toBe(421);
  expect((await askedAs(`localhost:${sim.simulator.port}`, "/_simulator/page/state")).status).toBe(200);
});

test("a request that another site makes gets nothing, and is not let in by CORS", async () => {
  const origin = "https://attacker.example";
  expect((await asked({ origin: `http://localhost:${sim.simulator.port}` })).status).toBe(403);
  const answer = await asked({ origin });
  expect(answer).toMatchObject({
    status: 403,
    body: `{"error":"the page answers itself alone, not '${origin}'"}`,
  });
  const preflight = await sim.call("/_simulator/page/state", {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "x-simulator-key" },
  });
  for (const { headers } of [answer, preflight]) {
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
  expect((await asked({ origin: `https://localhost:${sim.simulator.port}` })).status).toBe(200);
});

describe("the address of the page", () => {
  const pageKey = () => new URLSearchParams(new URL(sim.simulator.page).hash.slice(1)).get("key") ?? "";
  const withKey = (key: string) => ({ headers: { "x-simulator-key": key } });

  test("has a key of its own as its fragment, which is sent to nobody: a browser's history keeps it", () => {
    expect(sim.simulator.page).toBe(`https://localhost:${sim.simulator.port}/_simulator/#key=${pageKey()}`);
    expect(pageKey()).toMatch(/^[\w-]{32}$/);
    expect(pageKey()).not.toBe(sim.simulator.environment.AZURE_RUN_COMMAND_SIMULATOR_KEY);
  });

  test("opens what the page shows", async () => {
    expect((await sim.call("/_simulator/page/state", withKey(pageKey()))).status).toBe(200);
    expect((await sim.call("/_simulator/page/operations/x", withKey(pageKey()))).status).toBe(404);
  });

  test.each([
    ["GET", "/_simulator/requests"],
    ["GET", "/_simulator/operations"],
    ["GET", "/_simulator/faults"],
    ["POST", "/_simulator/vms/vm1/exec"],
    ["PUT", "/_simulator/vms/vm1"],
    ["PUT", "/_simulator/client-secret"],
    ["POST", "/_simulator/page/state"],
    ["GET", "/_simulator/page/../requests"],
    ["GET", "/_simulator/page/..%2frequests"],
    ["GET", "/_simulator/page/nothing"],
  ])("does not open %s %s", async (method, path) => {
    const { headers } = withKey(pageKey());
    const body = method === "GET" ? {} : { body: "{}" };
    const answer = await sim.call(path, {
      method,
      headers: { ...headers, "content-type": "application/json" },
      ...body,
    });
    expect(answer).toMatchObject({ status: 401, body: expect.stringContaining("this needs the simulator's key") });
  });
});

test("what the page asks all the time is not in the list of requests", async () => {
  const paths = async (): Promise<string[]> =>
    (JSON.parse((await sim.admin("/requests")).body) as { path: string }[]).map(({ path }) => path);
  const before = await paths();
  await sim.admin("/page/state");
  await sim.call("/_simulator/page/state");
  await sim.call("/_simulator/");
  await sim.call("/_simulator/page/main.mjs");
  expect((await paths()).slice(before.length)).toEqual(["/_simulator/requests"]);
});
