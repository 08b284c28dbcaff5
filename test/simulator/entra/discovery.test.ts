/** What Entra and ARM publish about themselves, and tokens got over HTTPS. */
import { createLocalJWKSet, jwtVerify } from "jose";
import { type Running, run, stopAll } from "../running";

let sim: Running;
beforeAll(async () => {
  sim = await run();
});
afterAll(stopAll);

const json = async (path: string): Promise<Record<string, never>> => JSON.parse((await sim.call(path)).body);

test("the OpenID configuration leads to the token endpoint and to the keys that verify its tokens", async () => {
  const {
    ARM_TENANT_ID: tenant = "",
    ARM_CLIENT_ID: client = "",
    ARM_CLIENT_SECRET: secret = "",
  } = sim.simulator.environment;
  const configuration = await json(`/${tenant}/v2.0/.well-known/openid-configuration`);
  expect(configuration).toMatchObject({
    token_endpoint: `${sim.simulator.endpoint}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${sim.simulator.endpoint}/${tenant}/oauth2/v2.0/authorize`,
    issuer: `${sim.simulator.endpoint}/${tenant}/v2.0`,
  });
  const form = {
    grant_type: "client_credentials",
    client_id: client,
    client_secret: secret,
    scope: "https://management.core.windows.net//.default",
    client_info: "1",
    claims: '{"access_token":{"xms_cc":{"values":["CP1"]}}}',
  };
  const answer = await sim.call(configuration.token_endpoint ?? "", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
  expect(answer).toMatchObject({ status: 200 });
  const token = JSON.parse(answer.body);
  expect(token).toMatchObject({ token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599 });
  const keys = createLocalJWKSet(JSON.parse((await sim.call(configuration.jwks_uri ?? "")).body));
  const { payload } = await jwtVerify(token.access_token, keys, { audience: "https://management.core.windows.net/" });
  expect(payload).toMatchObject({ tid: tenant, appid: client, idtyp: "app" });
});

test("version 1 of the token endpoint says its numbers as text", async () => {
  const {
    ARM_TENANT_ID: tenant,
    ARM_CLIENT_ID: client_id = "",
    ARM_CLIENT_SECRET: client_secret = "",
  } = sim.simulator.environment;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id,
    client_secret,
    resource: "https://management.azure.com/",
  }).toString();
  const answer = await sim.call(`/${tenant}/oauth2/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body,
  });
  expect(JSON.parse(answer.body)).toMatchObject({ expires_in: "3599", resource: "https://management.azure.com/" });
});

test.each(["v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"])(
  "%s is there for common, organizations and the tenant, not for others",
  async (path) => {
    for (const tenant of ["common", "organizations", sim.simulator.environment.ARM_TENANT_ID]) {
      expect((await sim.call(`/${tenant}/${path}`)).status).toBe(200);
    }
    const unknown = await sim.call(`/nope/${path}`);
    expect(unknown.status).toBe(400);
    expect(JSON.parse(unknown.body)).toMatchObject({ error: "invalid_request", error_codes: [90002] });
  },
);

test("instance discovery knows this authority", async () => {
  const document = await json("/common/discovery/instance?api-version=1.1&authorization_endpoint=x");
  expect(document.tenant_discovery_endpoint).toMatch(/\/v2\.0\/\.well-known\/openid-configuration$/);
});

test("metadata are one object from 2022 on, a list before, and another object before 2019", async () => {
  const { endpoint } = sim.simulator;
  const now = await json("/metadata/endpoints?api-version=2022-09-01");
  expect(now).toMatchObject({
    resourceManager: `${endpoint}/`,
    authentication: {
      loginEndpoint: endpoint,
      audiences: ["https://management.core.windows.net/", "https://management.azure.com/"],
    },
  });
  expect(await json("/metadata/endpoints?api-version=2020-06-01")).toEqual([now]);
  expect(await json("/metadata/endpoints?api-version=latest")).toEqual([now]);
  expect(await json("/metadata/endpoints?api-version=2015-01-01")).toMatchObject({
    galleryEndpoint: "https://gallery.azure.com/",
    authentication: { loginEndpoint: `${endpoint}/` },
  });
});
