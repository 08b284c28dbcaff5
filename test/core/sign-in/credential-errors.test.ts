import { describeFailure } from "../../../core/failures/errors";
import { cloudByName } from "../../../core/sign-in/clouds";
import type { CredentialChoice } from "../../../core/sign-in/credential-choice";
import { classifyCredentialError } from "../../../core/sign-in/credential-errors";
import { createCredential } from "../../../core/sign-in/credentials";
import { type Evidence, freshEvidence } from "../../../core/sign-in/evidence";
import { loadCredential } from "../../../core/sign-in/identity-library";
import { networkErrorCode } from "../../../core/sign-in/network-errors";
import { virtualOutside } from "../../support/virtual-outside";

const PUBLIC = cloudByName("public") ?? fail();
const NOTHING_SEEN: Evidence = freshEvidence();
const SECRET: CredentialChoice = {
  kind: "clientSecret",
  tenantId: "tenant",
  clientId: "client",
  clientSecret: "hunter2",
  auxiliaryTenantIds: [],
  source: "ARM_CLIENT_SECRET",
};
const DEFAULT: CredentialChoice = {
  kind: "default",
  tenantId: undefined,
  clientId: undefined,
  auxiliaryTenantIds: [],
  source: "DefaultAzureCredential",
};

function fail(): never {
  throw new Error("the public cloud is not known");
}

function verdict(error: Error, choice: CredentialChoice, evidence = NOTHING_SEEN) {
  const { failure, passing } = classifyCredentialError(error, { choice, cloud: PUBLIC, evidence });
  return { sentence: describeFailure(failure), passing };
}

test.each<{ when: string; message: string; expected: string; passing?: boolean }>([
  {
    when: "has expired",
    message: "invalid_client: AADSTS7000222: The provided client secret keys for app 'client' are expired.",
    expected:
      "Entra refused the credentials from ARM_CLIENT_SECRET: the client secret has expired (AADSTS7000222); make a new one and set it; nothing was run",
  },
  {
    when: "is wrong",
    message: "invalid_client: AADSTS7000215: Invalid client secret provided.",
    expected:
      "Entra refused the credentials from ARM_CLIENT_SECRET: the client secret is wrong (AADSTS7000215); it must be the secret's value, not its id; nothing was run",
  },
  {
    when: "belongs to no application",
    message: "AADSTS700016: Application with identifier 'client' was not found in the directory 'tenant'.",
    expected:
      "Entra refused the credentials from ARM_CLIENT_SECRET: the tenant has no application with this client id (AADSTS700016); check client id and tenant id; nothing was run",
  },
  {
    when: "cannot be checked because nobody answers",
    message: "getaddrinfo ENOTFOUND login.microsoftonline.com",
    expected:
      "no answer from login.microsoftonline.com after 3 tries: ENOTFOUND; check this machine's network, proxy and name resolution, then deploy again; nothing was run",
    passing: true,
  },
  {
    when: "cannot be checked because Entra is in trouble",
    message: "temporarily_unavailable: AADSTS90033: A transient error has occurred. Please try again.",
    expected:
      "no token from login.microsoftonline.com after 3 tries: it answers with AADSTS90033, a trouble of its own or of a proxy; wait some minutes, then deploy again; nothing was run",
    passing: true,
  },
])("a secret that $when is said in one sentence", ({ message, expected, passing = false }) => {
  expect(verdict(new Error(message), SECRET)).toEqual({ sentence: expected, passing });
});

test("what the library calls network_error is said by the name that it dropped", () => {
  const evidence: Evidence = {
    ...NOTHING_SEEN,
    networkError: "RestError ECONNREFUSED connect ECONNREFUSED 1.2.3.4",
  };
  expect(verdict(new Error("network_error: Network request failed"), SECRET, evidence)).toEqual({
    sentence:
      "no answer from login.microsoftonline.com after 3 tries: ECONNREFUSED; check this machine's network, proxy and name resolution, then deploy again; nothing was run",
    passing: true,
  });
});

test.each<{ when: string; message?: string; lastAnswer: Evidence["lastAnswer"]; sentence: string }>([
  {
    when: "a proxy answers in Entra's place",
    lastAnswer: 502,
    sentence:
      "no token from login.microsoftonline.com after 3 tries: it answers with status 502, a trouble of its own or of a proxy; wait some minutes, then deploy again; nothing was run",
  },
  {
    when: "there were too many",
    message: "temporarily_unavailable: AADSTS90055: The server is too busy.",
    lastAnswer: 429,
    sentence:
      "no token from login.microsoftonline.com after 3 tries: it answers with AADSTS90055, since there were too many sign-ins; wait some minutes, or sign in less often, then deploy again; nothing was run",
  },
  {
    when: "there were too many, and nobody says so but the status",
    lastAnswer: 429,
    sentence:
      "no token from login.microsoftonline.com after 3 tries: it answers with status 429, since there were too many sign-ins; wait some minutes, or sign in less often, then deploy again; nothing was run",
  },
  {
    when: "the connection ends in the middle of the answer",
    lastAnswer: "cut off",
    sentence:
      "no whole answer from login.microsoftonline.com after 3 tries: the answer is cut off; name resolution and connection work, so see what lies between (a proxy, TLS inspection), then deploy again; nothing was run",
  },
])("no token when $when is told from a network that is down", ({ message = "network_error", lastAnswer, sentence }) => {
  expect(verdict(new Error(message), SECRET, { ...NOTHING_SEEN, lastAnswer })).toEqual({ sentence, passing: true });
});

test.each([
  ["", ""],
  ["Azure CLI could not be found. Please visit …", " (az is not installed here)"],
  ["Please run 'az login' from a command prompt to authenticate …", " (az is not signed in)"],
])("nothing to sign in with is said with the ways to do it: %s", (message, hint) => {
  const error = new Error(`EnvironmentCredential is unavailable.\nAzureCliCredential: ${message}`);
  error.name = "ChainedTokenCredential";
  expect(verdict(error, DEFAULT).sentence).toBe(
    `no credentials for Azure were found: DefaultAzureCredential had none${hint}; sign in with 'az login', or set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET; nothing was run`,
  );
});

test("nothing that an error says is repeated but its code", () => {
  const error = Object.assign(new Error("cannot use hunter2"), { code: "ERR_SOMETHING" });
  expect(verdict(error, SECRET).sentence).toBe(
    "the credentials that ARM_CLIENT_SECRET asks for cannot be used: signing in failed (ERR_SOMETHING); nothing was run",
  );
});

test("a certificate that is not trusted is told from a network that is down", () => {
  expect(networkErrorCode("request failed: SELF_SIGNED_CERT_IN_CHAIN")).toBe(
    "SELF_SIGNED_CERT_IN_CHAIN (its certificate is not trusted here: behind a company proxy, set NODE_EXTRA_CA_CERTS)",
  );
});

test("making a credential asks for nothing", () => {
  const outside = virtualOutside(() => ({ lost: "nobody" }));
  createCredential(SECRET, PUBLIC, outside, loadCredential);
  expect(outside.exchanges).toEqual([]);
});
