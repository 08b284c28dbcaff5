/** What Entra says of client assertions: each refusal by its full text. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { type AssertionFacts, checkAssertion } from "../../../simulator/entra/client-assertion";
import {
  type ClientCertificate,
  createRegistrations,
  type Registrations,
  readClientCertificate,
} from "../../../simulator/entra/registrations";

/** Making keys takes a while on a machine that others use too. */
jest.setTimeout(60_000);

const CLIENT = "22222222-2222-2222-2222-222222222222";
const ENDPOINT = "https://localhost:1/tenant/oauth2/v2.0/token";
const NOW_MS = Date.UTC(2026, 5, 15, 8, 22, 51, 7);
const NOW_SECONDS = Math.floor(NOW_MS / 1_000);
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;
const ISSUER = { issuer: "https://issuer.example", subject: "repo:a/b:ref:refs/heads/main", audience: "api://x" };

let keys: webcrypto.CryptoKeyPair;
let strangers: Awaited<ReturnType<typeof generateKeyPair>>;
let current: ClientCertificate;
let old: ClientCertificate;
let registrations: Registrations;
beforeAll(async () => {
  keys = (await webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  strangers = await generateKeyPair("RS256", { extractable: true });
  [current, old] = await Promise.all([certificate(2026), certificate(2025)]);
  const jwks = { keys: [{ ...(await exportJWK(strangers.publicKey)), alg: "RS256" }] };
  registrations = {
    ...createRegistrations(),
    clientCertificates: [old, current],
    federatedCredentials: [{ ...ISSUER, jwks }],
  };
});

/** Valid in that year's first half. */
async function certificate(year: number): Promise<ClientCertificate> {
  const made = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: `CN=${year}`,
    notBefore: new Date(Date.UTC(year, 0, 1)),
    notAfter: new Date(Date.UTC(year, 6, 1)),
    keys,
    signingAlgorithm: RSA,
  });
  const read = readClientCertificate(made.toString("pem"));
  if (read === undefined) {
    throw new Error("no certificate");
  }
  return read;
}

async function ofClient(claims: JWTPayload = {}, thumbprint: object = { "x5t#S256": current.sha256 }): Promise<string> {
  const payload = { iss: CLIENT, sub: CLIENT, aud: ENDPOINT, nbf: NOW_SECONDS, exp: NOW_SECONDS + 600, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: "RS256", ...thumbprint }).sign(keys.privateKey as never);
}

async function ofIssuer(claims: JWTPayload = {}): Promise<string> {
  const { issuer: iss, subject: sub, audience: aud } = ISSUER;
  const payload = { iss, sub, aud, exp: NOW_SECONDS + 600, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: "RS256" }).sign(strangers.privateKey);
}

const check = (assertion: string, changes: Partial<AssertionFacts> = {}) =>
  checkAssertion(assertion, { registrations, clientId: CLIENT, audiences: [ENDPOINT], nowMs: NOW_MS, ...changes });

const refusal = (number: number, message: string) => ({ status: 401, error: "invalid_client", number, message });

test("an assertion signed by a registered certificate is taken, by either thumbprint", async () => {
  expect(await check(await ofClient())).toBeUndefined();
  expect(await check(await ofClient({}, { x5t: current.sha1 }))).toBeUndefined();
});

test("a certificate that the application does not have", async () => {
  const changes = { registrations: { ...registrations, clientCertificates: [old] } };
  const thumbprint = Buffer.from(current.sha1, "base64url").toString("hex").toUpperCase();
  expect(await check(await ofClient({}, { x5t: current.sha1 }), changes)).toEqual(
    refusal(
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${thumbprint}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '${CLIENT}'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/${CLIENT}'].`,
    ),
  );
});

test("a certificate that has expired", async () => {
  const refused = await check(await ofClient({}, { "x5t#S256": old.sha256 }));
  expect(refused?.number).toBe(700027);
  expect(refused?.message).toMatch(
    /^The certificate with identifier used to sign the client assertion is expired on application\. \[Reason - The key used is expired\., Thumbprint of key used by client: '[0-9A-F]{64}', Found key 'Start=Jan +1 00:00:00 2025 GMT, End=Jul +1 00:00:00 2025 GMT'\]\.$/,
  );
});

test("a signature of another key", async () => {
  const [head, body] = (await ofClient()).split(".");
  const foreign = (await ofIssuer()).split(".")[2];
  expect((await check(`${head}.${body}.${foreign}`))?.message).toMatch(
    /^Client assertion contains an invalid signature\. \[Reason - The provided signature value did not match/,
  );
  const [issued, claims] = (await ofIssuer()).split(".");
  expect((await check(`${issued}.${claims}.${foreign?.replace(/^./, "_")}x`))?.number).toBe(700027);
});

test("an assertion for another application, or for another audience", async () => {
  expect(await check(await ofClient({ sub: "other" }))).toEqual(
    refusal(
      700021,
      "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials.",
    ),
  );
  expect(await check(await ofClient({ aud: "https://elsewhere.example" }))).toEqual(
    refusal(
      700023,
      "Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials.",
    ),
  );
});

test("an assertion that has expired, or is not valid yet", async () => {
  expect(await check(await ofClient({ nbf: NOW_SECONDS - 1_200, exp: NOW_SECONDS - 600 }))).toEqual(
    refusal(
      700024,
      "Client assertion is not within its valid time range. Current time: 2026-06-15T08:22:51.0070000Z, assertion valid from 2026-06-15T08:02:51.0000000Z, expiry time of assertion 2026-06-15T08:12:51.0000000Z. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
    ),
  );
  expect((await check(await ofClient({ nbf: NOW_SECONDS + 3_600, exp: NOW_SECONDS + 7_200 })))?.number).toBe(700024);
  expect((await check(await ofIssuer({ exp: NOW_SECONDS - 600 })))?.number).toBe(700024);
});

test("what is no assertion", async () => {
  expect(await check("nonsense")).toEqual(refusal(50027, "JWT token is invalid or malformed."));
});

test("the token of a trusted issuer is taken", async () => {
  expect(await check(await ofIssuer())).toBeUndefined();
});

const HINT =
  "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation";

test.each<{ what: string; claims: JWTPayload; number: number; message: string }>([
  {
    what: "another issuer",
    claims: { iss: "https://issuer.example/" },
    number: 700211,
    message: `No matching federated identity record found for presented assertion issuer 'https://issuer.example/'. ${HINT}`,
  },
  {
    what: "another subject",
    claims: { sub: "repo:a/b:pull_request" },
    number: 700213,
    message: `No matching federated identity record found for presented assertion subject 'repo:a/b:pull_request'. ${HINT}`,
  },
  {
    what: "a subject in other case",
    claims: { sub: "repo:A/b:ref:refs/heads/main" },
    number: 7002138,
    message:
      "No matching federated identity record found for presented assertion subject 'repo:A/b:ref:refs/heads/main'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. See documentation at: https://learn.microsoft.com/entra/workload-id/workload-identity-federation. See breaking change notification and remediation at: https://learn.microsoft.com/en-us/entra/identity-platform/reference-breaking-changes#august-2024.",
  },
  {
    what: "another audience",
    claims: { aud: ["https://gitlab.com"] },
    number: 700212,
    message: `No matching federated identity record found for presented assertion audience 'https://gitlab.com'. ${HINT}`,
  },
])("the token of a trusted issuer with $what", async ({ claims, number, message }) => {
  expect(await check(await ofIssuer(claims))).toEqual(refusal(number, message));
});

test("an application without federated credentials", async () => {
  const changes = { registrations: { ...registrations, federatedCredentials: [] } };
  expect(await check(await ofIssuer(), changes)).toEqual(
    refusal(70025, `The client '${CLIENT}'(simulator) has no configured federated identity credentials.`),
  );
});
