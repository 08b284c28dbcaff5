/** Each kind of credentials signs in to the simulator's Entra over HTTPS, and ARM takes the token. */
import childProcess from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt, importJWK, jwtVerify } from "jose";
import { type Running, run, stopAll } from "../../simulator/running";
import { type CertificateFiles, writeCertificateFiles } from "./certificate-files";
import { createIssuer, FEDERATED, type Issuer, lastQuestion, openClient, put, type Values } from "./simulated-azure";

const PASSWORD = "correct horse";
const OTHER_TENANTS = ["11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"];
const USER_ASSIGNED = "33333333-3333-3333-3333-333333333333";

/** Real requests on a machine that others use too. */
jest.setTimeout(60_000);

let sim: Running;
let folder: string;
let files: CertificateFiles;
let issuer: Issuer;
let tenant: string;
let client: string;
let secret: string;
beforeAll(async () => {
  // What this machine has set for itself would be found by DefaultAzureCredential.
  for (const name of Object.keys(process.env).filter((key) => /^(AZURE|ARM|IDENTITY|MSI|IMDS)_/.test(key))) {
    delete process.env[name];
  }
  folder = mkdtempSync(join(tmpdir(), "sign-in-"));
  [sim, files, issuer] = await Promise.all([run(), writeCertificateFiles(folder, PASSWORD), createIssuer()]);
  ({
    ARM_TENANT_ID: tenant = "",
    ARM_CLIENT_ID: client = "",
    ARM_CLIENT_SECRET: secret = "",
  } = sim.simulator.environment);
  await put(sim, "/client-certificates", { pem: files.certificatePem });
  await put(sim, "/federated-credentials", [{ ...FEDERATED, jwks: issuer.jwks }]);
});
afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

const ids = () => ({ ARM_TENANT_ID: tenant, ARM_CLIENT_ID: client });
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test.each<{ what: string; environment: () => Values; config?: () => Values }>([
  { what: "a client secret in ARM_*", environment: () => ({ ...ids(), ARM_CLIENT_SECRET: secret }) },
  {
    what: "a client secret in AZURE_*",
    environment: () => ({ AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret }),
  },
  {
    what: "a client secret in the stack's configuration, beside a wrong one in the environment",
    environment: () => ({ ...ids(), ARM_CLIENT_SECRET: "wrong" }),
    config: () => ({ tenantId: tenant, clientId: client, clientSecret: secret }),
  },
  {
    what: "a client certificate",
    environment: () => ({ ...ids(), ARM_CLIENT_CERTIFICATE_PATH: files.pemPath }),
  },
  {
    what: "a client certificate with a password and Windows line ends",
    environment: ids,
    config: () => ({ clientCertificatePath: files.encryptedPath, clientCertificatePassword: PASSWORD }),
  },
])("$what signs in", async ({ environment, config }) => {
  const azure = openClient(sim, { environment: environment(), config: config?.() ?? {} });
  expect((await azure.ask()).status).toBe(200);
  expect(azure.lastClaims()).toMatchObject({ tid: tenant, appid: client, aud: "https://management.core.windows.net/" });
  expect(azure.tokenRequests()).toHaveLength(1);
});

test("the token of another issuer signs in as text", async () => {
  const environment = { ...ids(), ARM_USE_OIDC: "true", ARM_OIDC_TOKEN: await issuer.sign() };
  expect((await openClient(sim, { environment }).ask()).status).toBe(200);
});

test("the token of another issuer is read from its file each time that it is needed", async () => {
  const first = await issuer.sign({ jti: "first" });
  const second = await issuer.sign({ jti: "second" });
  const path = write("token", `${first}\n`);
  const azure = openClient(sim, { environment: { ...ids(), ARM_USE_OIDC: "1", ARM_OIDC_TOKEN_FILE_PATH: path } });
  await azure.ask();
  write("token", second);
  await azure.ask();
  azure.aheadMs = 3_600_000;
  await azure.ask();
  expect(azure.tokenRequests().map(({ parameters }) => parameters.client_assertion)).toEqual([first, second]);
});

test.each(["ARM_OIDC_REQUEST", "ACTIONS_ID_TOKEN_REQUEST"])(
  "GitHub Actions' token is asked for at %s_URL, for Entra's audience and with the bearer that goes with it",
  async (prefix) => {
    const value = await issuer.sign();
    const azure = openClient(sim, {
      environment: {
        ...ids(),
        ARM_USE_OIDC: "true",
        [`${prefix}_URL`]: "https://pipelines.example/token?api-version=2.0",
        [`${prefix}_TOKEN`]: "bearer",
      },
      elsewhere: () => ({ status: 200, body: { count: 1, value } }),
    });
    expect((await azure.ask()).status).toBe(200);
    const asked = azure.seen.filter(({ host }) => host === "pipelines.example");
    expect(asked).toMatchObject([
      { path: "/token", parameters: { "api-version": "2.0", audience: "api://AzureADTokenExchange" } },
    ]);
    expect(asked[0]?.header("authorization")).toBe("Bearer bearer");
  },
);

describe("a managed identity", () => {
  beforeAll(async () => {
    // Shorter than what the library keeps: it keeps tokens of managed identities for the whole process.
    await put(sim, "/token-lifetime", { seconds: 200 });
    process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST = sim.simulator.endpoint;
  });
  afterAll(async () => {
    delete process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST;
    await put(sim, "/token-lifetime", { seconds: 3_599 });
  });

  test("of the machine itself signs in, also beside a secret", async () => {
    await put(sim, "/managed-identity", { enabled: true });
    const azure = openClient(sim, { environment: { ARM_USE_MSI: "true", AZURE_CLIENT_SECRET: secret } });
    expect((await azure.ask()).status).toBe(200);
    expect(azure.tokenRequests()).toMatchObject([
      {
        method: "GET",
        path: "/metadata/identity/oauth2/token",
        parameters: { resource: "https://management.core.windows.net/", "api-version": "2018-02-01" },
      },
    ]);
    expect(azure.lastClaims().appid).not.toBe(client);
  });

  test("that is assigned by a user signs in by its client id", async () => {
    await put(sim, "/managed-identity", { enabled: true, clientId: USER_ASSIGNED });
    const azure = openClient(sim, { config: { useMsi: "true", clientId: USER_ASSIGNED } });
    expect((await azure.ask()).status).toBe(200);
    expect(azure.lastClaims()).toMatchObject({ appid: USER_ASSIGNED, tid: tenant });
  });

  test("is found by DefaultAzureCredential, when nothing is set", async () => {
    await put(sim, "/managed-identity", { enabled: true });
    const azure = openClient(sim, {});
    expect((await azure.ask()).status).toBe(200);
    expect(azure.lastClaims()).toMatchObject({ tid: tenant, appidacr: "2" });
  });
});

test("az signs in, when nothing is set: it is asked for the cloud's audience, in the tenant that is meant", async () => {
  const token = await sim.simulator.tokens.issue("https://management.core.windows.net/");
  const answer = { accessToken: token, expires_on: Math.floor(Date.now() / 1_000) + 3_600 };
  const asked = join(folder, "az-arguments");
  chmodSync(write("az", `#!/bin/sh\necho "$*" >'${asked}'\necho '${JSON.stringify(answer)}'\n`), 0o755);
  // Node's own `exec` does not see the environment that jest gives to a test.
  const exec = childProcess.exec;
  const spy = jest
    .spyOn(childProcess, "exec")
    .mockImplementation(((command: string, options: object, done: never) =>
      exec(command, { ...options, env: { PATH: `${folder}:${process.env.PATH}` } }, done)) as never);
  const azure = openClient(sim, { environment: { ARM_TENANT_ID: tenant } });
  expect((await azure.ask()).status).toBe(200);
  spy.mockRestore();
  expect(readFileSync(asked, "utf8")).toBe(
    `account get-access-token --output json --resource https://management.core.windows.net/ --tenant ${tenant}\n`,
  );
  expect(azure.lastClaims()).toEqual(decodeJwt(token));
});

test("auxiliary tenants' tokens go along with each request, each of its own tenant, and are kept", async () => {
  await put(sim, "/other-tenants", OTHER_TENANTS);
  const azure = openClient(sim, {
    environment: { ...ids(), ARM_CLIENT_SECRET: secret },
    config: { auxiliaryTenantIds: JSON.stringify(OTHER_TENANTS) },
  });
  await azure.ask();
  expect((await azure.ask()).status).toBe(200);
  const header = lastQuestion(azure.seen)?.header("x-ms-authorization-auxiliary") ?? "";
  const tokens = header.split(", ").map((part) => /^Bearer (.+)$/.exec(part)?.[1] ?? "");
  const key = await importJWK(sim.simulator.tokens.publicKey);
  const verified = await Promise.all(tokens.map((token) => jwtVerify(token, key)));
  expect(verified.map(({ payload }) => payload.tid)).toEqual(OTHER_TENANTS);
  expect(azure.lastClaims().tid).toBe(tenant);
  expect(azure.tokenRequests()).toHaveLength(3);
});

test("without auxiliary tenants there is no such header", async () => {
  const azure = openClient(sim, { environment: { ...ids(), ARM_CLIENT_SECRET: secret } });
  await azure.ask();
  expect(lastQuestion(azure.seen)?.header("x-ms-authorization-auxiliary")).toBeUndefined();
});
