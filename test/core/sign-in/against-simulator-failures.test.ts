/** What the user reads when signing in fails: which setting asked for it, what is wrong, what to do, and never a secret. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Running, run, stopAll } from "../../simulator/running";
import { type CertificateFiles, writeCertificateFiles } from "./certificate-files";
import { createIssuer, FEDERATED, failureOf, type Issuer, openClient, put, type Values } from "./simulated-azure";

const PASSWORD = "correct horse";
const SECRETS: string[] = [PASSWORD, "wrong-secret", "wrong-password", "bearer-secret"];
const USER_ASSIGNED = "33333333-3333-3333-3333-333333333333";

/** Real requests on a machine that others use too. */
jest.setTimeout(60_000);

let sim: Running;
let folder: string;
let known: CertificateFiles;
let expired: CertificateFiles;
let elliptic: CertificateFiles;
let issuer: Issuer;
let stranger: Issuer;
let ids: Values;
let secret: string;
beforeAll(async () => {
  for (const name of Object.keys(process.env).filter((key) => /^(AZURE|ARM|IDENTITY|MSI|IMDS)_/.test(key))) {
    delete process.env[name];
  }
  folder = mkdtempSync(join(tmpdir(), "sign-in-failures-"));
  const certificates = (prefix: string, how = {}): Promise<CertificateFiles> =>
    writeCertificateFiles(mkdtempSync(join(folder, prefix)), PASSWORD, how);
  [sim, known, expired, elliptic, issuer, stranger] = await Promise.all([
    run(),
    certificates("known-"),
    certificates("expired-", { endedDaysAgo: 1 }),
    certificates("elliptic-", { elliptic: true }),
    createIssuer(),
    createIssuer(),
  ]);
  const { ARM_TENANT_ID = "", ARM_CLIENT_ID = "", ARM_CLIENT_SECRET = "" } = sim.simulator.environment;
  ids = { ARM_TENANT_ID, ARM_CLIENT_ID };
  secret = ARM_CLIENT_SECRET;
  SECRETS.push(secret);
  await put(sim, "/federated-credentials", [{ ...FEDERATED, jwks: issuer.jwks }]);
});
afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

async function sentence(environment: Values, config: Values = {}, elsewhere?: () => { status: number; body: object }) {
  const text = await failureOf(
    openClient(sim, { environment, config, ...(elsewhere === undefined ? {} : { elsewhere }) }),
  );
  for (const planted of SECRETS) {
    expect(text).not.toContain(planted);
  }
  expect(text).not.toContain("eyJ");
  return text.replaceAll(folder, "").replace(/\/(known|expired|elliptic)-[^/]+/g, "/$1");
}

const certificate = (path: string, config: Values = {}) =>
  sentence({ ...ids, ARM_CLIENT_CERTIFICATE_PATH: path }, config);

describe("a client secret", () => {
  test("that is wrong", async () => {
    expect(await sentence({ ...ids, ARM_CLIENT_SECRET: "wrong-secret" })).toBe(
      "Entra refused the credentials from ARM_CLIENT_SECRET: the client secret is wrong (AADSTS7000215); it must be the secret's value, not its id; nothing was run",
    );
  });

  test("that has expired, in the stack's configuration", async () => {
    await put(sim, "/client-secret", { expired: true });
    expect(await sentence(ids, { clientSecret: secret })).toBe(
      "Entra refused the credentials from azure-native:clientSecret: the client secret has expired (AADSTS7000222); make a new one and set it; for 'destroy' and 'refresh' a secret in the stack's configuration is the one of the last 'up': use --run-program or the environment; nothing was run",
    );
    await put(sim, "/client-secret", { expired: false });
  });

  test("of an application that is not there", async () => {
    expect(await sentence({ ...ids, ARM_CLIENT_ID: "nobody", ARM_CLIENT_SECRET: secret })).toBe(
      "Entra refused the credentials from ARM_CLIENT_SECRET: the tenant has no application with this client id (AADSTS700016); check client id and tenant id; nothing was run",
    );
  });

  test("in a tenant that is not there, also where it is an auxiliary one", async () => {
    const expected =
      /^Entra refused the credentials from ARM_CLIENT_SECRET: there is no such tenant \([^)]+\); check the tenant id; nothing was run$/;
    expect(await sentence({ ...ids, ARM_TENANT_ID: "nowhere", ARM_CLIENT_SECRET: secret })).toMatch(expected);
    expect(await sentence({ ...ids, ARM_CLIENT_SECRET: secret, ARM_AUXILIARY_TENANT_IDS: "nowhere" })).toMatch(
      expected,
    );
  });

  test("without a tenant", async () => {
    expect(await sentence({ ARM_CLIENT_SECRET: secret, ARM_CLIENT_ID: "client" })).toBe(
      "the credentials that ARM_CLIENT_SECRET asks for cannot be used: the tenant id (ARM_TENANT_ID) is not set; nothing was run",
    );
  });
});

describe("a client certificate", () => {
  const cannot = (detail: string) =>
    `the credentials that ARM_CLIENT_CERTIFICATE_PATH asks for cannot be used: ${detail}; nothing was run`;

  test("that the application does not have", async () => {
    expect(await certificate(known.pemPath)).toMatch(
      /^Entra refused the credentials from ARM_CLIENT_CERTIFICATE_PATH.*\(AADSTS700027\).*; nothing was run$/,
    );
  });

  test("that has expired", async () => {
    await put(sim, "/client-certificates", { pem: [expired.certificatePem, known.certificatePem] });
    expect(await certificate(expired.pemPath)).toMatch(/\(AADSTS700027\)/);
  });

  test("whose file is not there", async () => {
    expect(await certificate("/nowhere/c.pem")).toBe(
      cannot("the certificate file '/nowhere/c.pem' cannot be read (ENOENT)"),
    );
  });

  test("that is a PFX file", async () => {
    expect(await certificate(known.derPath)).toBe(
      cannot(
        "'/known/certificate.pfx' is no PEM file, and only PEM is taken; turn a PFX (PKCS #12) file into one with 'openssl pkcs12 -in /known/certificate.pfx -out certificate.pem -nodes'",
      ),
    );
  });

  test("without a key", async () => {
    expect(await certificate(known.withoutKeyPath)).toBe(
      cannot("'/known/public.pem' has a certificate but no private key ('-----BEGIN PRIVATE KEY-----')"),
    );
  });

  test("with a key that Entra does not take", async () => {
    expect(await certificate(elliptic.pemPath)).toBe(
      cannot("the private key in '/elliptic/certificate.pem' is of the type 'ec', and Entra takes RSA only"),
    );
  });

  test("whose file holds something else", async () => {
    const path = join(folder, "text");
    writeFileSync(path, "hello");
    expect(await certificate(path)).toBe(cannot("'/text' has no certificate in PEM ('-----BEGIN CERTIFICATE-----')"));
  });

  test("with an encrypted key and a wrong password", async () => {
    expect(await certificate(known.encryptedPath, { clientCertificatePassword: "wrong-password" })).toBe(
      cannot(
        "the private key in '/known/encrypted.pem' cannot be decrypted: the password is wrong (ERR_OSSL_BAD_DECRYPT)",
      ),
    );
  });

  test("with an encrypted key and no password", async () => {
    expect(await certificate(known.encryptedPath)).toBe(
      cannot(
        "the private key in '/known/encrypted.pem' is encrypted, and no password is set: set azure-native:clientCertificatePassword or ARM_CLIENT_CERTIFICATE_PASSWORD",
      ),
    );
  });
});

describe("another issuer's token", () => {
  const oidc = (environment: Values) => sentence({ ...ids, ARM_USE_OIDC: "true", ...environment });
  const cannot = (detail: string) =>
    `the credentials that ARM_USE_OIDC asks for cannot be used: ${detail}; nothing was run`;

  test.each([
    ["of an issuer that the application does not trust", "AADSTS700211", { iss: "https://elsewhere.example" }],
    ["of another subject", "AADSTS700213", { sub: "repo:company/shop:ref:refs/heads/main" }],
    ["of a subject in other case", "AADSTS7002138", { sub: "repo:Company/shop:environment:production" }],
    ["for another audience", "AADSTS700212", { aud: "https://github.com/company" }],
    ["that has expired", "AADSTS700024", { exp: Math.floor(Date.now() / 1_000) - 3_600 }],
  ])("%s is refused with %s", async (_what, code, claims) => {
    const text = await oidc({ ARM_OIDC_TOKEN: await issuer.sign(claims) });
    expect(text).toMatch(/^Entra refused the credentials from ARM_USE_OIDC/);
    expect(text).toContain(`(${code})`);
  });

  test("that somebody else signed, or that is none, is refused", async () => {
    expect(await oidc({ ARM_OIDC_TOKEN: await stranger.sign() })).toContain("(AADSTS700027)");
    expect(await oidc({ ARM_OIDC_TOKEN: "nonsense" })).toContain("(AADSTS50027)");
  });

  test("is not exchanged for an application without federated credentials", async () => {
    await put(sim, "/federated-credentials", []);
    expect(await oidc({ ARM_OIDC_TOKEN: await issuer.sign() })).toContain("(AADSTS70025)");
    await put(sim, "/federated-credentials", [{ ...FEDERATED, jwks: issuer.jwks }]);
  });

  test("whose file is not there, or empty", async () => {
    expect(await oidc({ ARM_OIDC_TOKEN_FILE_PATH: "/nowhere/token" })).toBe(
      cannot("the token file '/nowhere/token' from ARM_OIDC_TOKEN_FILE_PATH cannot be read (ENOENT)"),
    );
    writeFileSync(join(folder, "empty"), "\n");
    expect(await oidc({ ARM_OIDC_TOKEN_FILE_PATH: join(folder, "empty") })).toBe(
      cannot("the token file '/empty' from ARM_OIDC_TOKEN_FILE_PATH is empty"),
    );
  });

  describe("from a URL", () => {
    const from = (url: string, elsewhere?: () => { status: number; body: object }) =>
      sentence(
        { ...ids, ARM_USE_OIDC: "true", ARM_OIDC_REQUEST_URL: url, ARM_OIDC_REQUEST_TOKEN: "bearer-secret" },
        {},
        elsewhere,
      );

    test("that refuses", async () => {
      expect(await from("https://pipelines.example/x", () => ({ status: 401, body: {} }))).toBe(
        cannot(
          "the token service at pipelines.example from ARM_OIDC_REQUEST_URL answered with status 401 and no token; its own token may have expired",
        ),
      );
    });

    test("that answers with something else", async () => {
      expect(await from("https://pipelines.example/x", () => ({ status: 200, body: [] }))).toBe(
        cannot(
          "the token service at pipelines.example from ARM_OIDC_REQUEST_URL answered with status 200 and no token",
        ),
      );
    });

    test("that is not encrypted, or none", async () => {
      expect(await from("http://pipelines.example/x")).toBe(
        cannot("the URL in ARM_OIDC_REQUEST_URL does not begin with https, and a token must not go there"),
      );
      expect(await from("pipelines")).toBe(cannot("the value of ARM_OIDC_REQUEST_URL is no URL"));
    });
  });
});

describe("a managed identity", () => {
  const cannot = (detail: string) =>
    `the credentials that ARM_USE_MSI asks for cannot be used: ${detail}; nothing was run`;
  afterEach(() => {
    delete process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST;
  });

  test("that this machine does not have", async () => {
    process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST = sim.simulator.endpoint;
    expect(await sentence({ ARM_USE_MSI: "true" })).toBe(
      cannot(
        "this machine has no managed identity of its own; assign one to it, or set azure-native:clientId or ARM_CLIENT_ID to the client id of the user-assigned one that it has",
      ),
    );
  });

  test("that is another one than this machine's", async () => {
    process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST = sim.simulator.endpoint;
    await put(sim, "/managed-identity", { enabled: true, clientId: USER_ASSIGNED });
    expect(await sentence({ ARM_USE_MSI: "true", AZURE_CLIENT_ID: "other" })).toBe(
      cannot(
        "this machine has no managed identity with the client id 'other' from AZURE_CLIENT_ID; assign it to the machine, or set the client id of one that is",
      ),
    );
  });

  test("outside of Azure", async () => {
    jest.resetModules();
    expect(await sentence({ ARM_USE_MSI: "true" })).toBe(
      cannot(
        "nothing gives out tokens of a managed identity here (ENETUNREACH); that is only there on a machine in Azure, so run this on one, or choose other credentials",
      ),
    );
  });
});

test("Entra that cannot be reached is asked three times", async () => {
  const faults = { fault: "connection-reset", on: "token", count: 20 };
  expect((await sim.admin("/faults", { method: "POST", body: JSON.stringify(faults) })).status).toBeLessThan(300);
  const azure = openClient(sim, { environment: { ...ids, ARM_CLIENT_SECRET: secret } });
  expect(await failureOf(azure)).toMatch(
    /^no answer from localhost:\d+ after 3 tries: (ECONNRESET|socket hang up); check this machine's network, proxy and name resolution, then deploy again; nothing was run$/,
  );
  expect(azure.tokenRequests()).toHaveLength(3);
  await sim.admin("/faults", { method: "DELETE" });
});
