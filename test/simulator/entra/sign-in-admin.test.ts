/** What `/_simulator` says about who may sign in, and what IMDS and Entra then do, over HTTPS. */
import { decodeJwt } from "jose";
import { type Running, run, stopAll } from "../running";

/** Real requests on a machine that others use too. */
jest.setTimeout(60_000);

let sim: Running;
beforeAll(async () => {
  sim = await run();
});
afterAll(stopAll);

const put = async (path: string, body: unknown) => {
  const answer = await sim.admin(path, { method: "PUT", body: JSON.stringify(body) });
  return { status: answer.status, body: JSON.parse(answer.body) };
};
const imds = async (query: string, headers: Readonly<Record<string, string>> = { metadata: "true" }) => {
  const answer = await sim.call(`/metadata/identity/oauth2/token?api-version=2018-02-01${query}`, { headers });
  return { status: answer.status, body: JSON.parse(answer.body) };
};
const refused = (description: string) => ({
  status: 400,
  body: { error: "invalid_request", error_description: description },
});
const RESOURCE = "&resource=https://management.azure.com/";

async function tokenIn(
  tenant: string,
): Promise<{ status: number; body: { access_token: string; expires_in: number } }> {
  const { ARM_CLIENT_ID: client_id = "", ARM_CLIENT_SECRET: client_secret = "" } = sim.simulator.environment;
  const scope = "https://management.azure.com/.default";
  const answer = await sim.call(`/${tenant}/oauth2/v2.0/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret, scope }).toString(),
  });
  return { status: answer.status, body: JSON.parse(answer.body) };
}

describe("IMDS", () => {
  test("has no identity until it is given one", async () => {
    expect(await imds(RESOURCE)).toEqual(refused("Identity not found"));
  });

  test("gives a token of the machine's own identity, which gets into ARM", async () => {
    expect(await put("/managed-identity", { enabled: true })).toEqual({ status: 200, body: { enabled: true } });
    const { status, body } = await imds(RESOURCE);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      resource: "https://management.azure.com/",
      token_type: "Bearer",
      expires_in: "3599",
      expires_on: expect.stringMatching(/^\d{10}$/),
    });
    expect(decodeJwt(body.access_token)).toMatchObject({ appid: body.client_id, aud: "https://management.azure.com/" });
    const headers = { authorization: `Bearer ${body.access_token}` };
    expect((await sim.call(`${sim.machine}?api-version=2024-11-01`, { headers })).status).toBe(200);
    expect(await imds(`${RESOURCE}&client_id=other`)).toEqual(refused("Identity not found"));
  });

  test("gives a token of the user-assigned identity, asked for by its client id or as the only one", async () => {
    await put("/managed-identity", { enabled: true, clientId: "Mine" });
    expect((await imds(`${RESOURCE}&client_id=mine`)).body).toMatchObject({ client_id: "mine" });
    expect((await imds(RESOURCE)).body).toMatchObject({ client_id: "mine" });
    expect(await imds(`${RESOURCE}&client_id=other`)).toEqual(refused("Identity not found"));
  });

  test("wants its header, no detour, and a resource", async () => {
    expect(await imds(RESOURCE, {})).toEqual(refused("Required metadata header not specified"));
    expect(await imds(RESOURCE, { metadata: "true", "x-forwarded-for": "1.2.3.4" })).toEqual(refused("Bad request"));
    expect(await imds("")).toEqual(refused("Required audience parameter not specified"));
  });
});

describe("Entra", () => {
  test("gives tokens that live as long as it was told", async () => {
    expect(await put("/token-lifetime", { seconds: 90 })).toEqual({ status: 200, body: { seconds: 90 } });
    const tenant = sim.simulator.environment.ARM_TENANT_ID ?? "";
    const { body } = await tokenIn(tenant);
    const { iat = 0, exp } = decodeJwt(body.access_token);
    expect([body.expires_in, exp]).toEqual([90, iat + 90]);
  });

  test("knows the application in other tenants when it was told so; ARM does not take their tokens", async () => {
    expect((await tokenIn("contoso")).status).toBe(400);
    expect(await put("/other-tenants", ["Contoso"])).toEqual({ status: 200, body: ["contoso"] });
    const { status, body } = await tokenIn("contoso");
    expect(status).toBe(200);
    expect(decodeJwt(body.access_token)).toMatchObject({ tid: "contoso", iss: `${sim.simulator.endpoint}/contoso/` });
    const headers = { authorization: `Bearer ${body.access_token}` };
    expect((await sim.call(`${sim.machine}?api-version=2024-11-01`, { headers })).status).toBe(401);
    const configuration = await sim.call("/contoso/v2.0/.well-known/openid-configuration");
    expect(JSON.parse(configuration.body)).toMatchObject({ issuer: `${sim.simulator.endpoint}/contoso/v2.0` });
  });
});

test.each<[string, unknown]>([
  ["/client-certificates", { pem: "nonsense" }],
  ["/client-certificates", {}],
  ["/federated-credentials", [{ issuer: "x" }]],
  ["/other-tenants", "contoso"],
  ["/token-lifetime", { seconds: 0 }],
  ["/token-lifetime", { seconds: 86_401 }],
  ["/managed-identity", { enabled: "yes" }],
])("PUT %s refuses %j with a sentence", async (path, body) => {
  const answer = await put(path, body);
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({ error: expect.any(String) });
});
