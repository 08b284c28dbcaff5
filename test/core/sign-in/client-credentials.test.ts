/** Secrets and other issuers' tokens without `@azure/identity`: against the simulator's Entra over HTTPS, and what the user reads. */
import type { PipelineRequest } from "@azure/core-rest-pipeline";
import { RestError } from "@azure/core-rest-pipeline";
import { describeFailure, RunFailedError } from "../../../core/failures/errors";
import type { Outside } from "../../../core/outside";
import { loadClientCredential } from "../../../core/sign-in/client-credentials";
import { cloudByName } from "../../../core/sign-in/clouds";
import type { CredentialChoice, FederatedToken } from "../../../core/sign-in/credential-choice";
import { createCredential } from "../../../core/sign-in/credentials";
import { type Running, run, stopAll } from "../../simulator/running";
import { virtualOutside } from "../../support/virtual-outside";
import { type Client, createIssuer, FEDERATED, failureOf, type Issuer, openClient, put } from "./simulated-azure";

const OTHER_TENANT = "11111111-1111-1111-1111-111111111111";

/** Real requests on a machine that others use too. */
jest.setTimeout(60_000);

let sim: Running;
let issuer: Issuer;
let stranger: Issuer;
let application: { tenantId: string; clientId: string; auxiliaryTenantIds: readonly string[] };
let secret: string;
beforeAll(async () => {
  [sim, issuer, stranger] = await Promise.all([run(), createIssuer(), createIssuer()]);
  const { ARM_TENANT_ID = "", ARM_CLIENT_ID = "", ARM_CLIENT_SECRET = "" } = sim.simulator.environment;
  application = { tenantId: ARM_TENANT_ID, clientId: ARM_CLIENT_ID, auxiliaryTenantIds: [] };
  secret = ARM_CLIENT_SECRET;
  await put(sim, "/federated-credentials", [{ ...FEDERATED, jwks: issuer.jwks }]);
});
afterEach(async () => {
  await sim.admin("/faults", { method: "DELETE" });
});
afterAll(stopAll);

type SecretChoice = Extract<CredentialChoice, { kind: "clientSecret" }>;

function withSecret(other: Partial<SecretChoice> = {}): CredentialChoice {
  return { kind: "clientSecret", ...application, clientSecret: secret, source: "the secret in AWS", ...other };
}

function withIssuer(ask: Extract<FederatedToken, { from: "issuer" }>["ask"]): CredentialChoice {
  const source = "the role of this function";
  return { kind: "federated", ...application, token: { from: "issuer", ask, source }, source };
}

function open(credential: CredentialChoice): Client {
  return openClient(sim, { credential, loadCredential: loadClientCredential });
}

/** What the user reads; no secret and no token is in it. */
async function sentence(credential: CredentialChoice, planted: readonly string[] = []): Promise<string> {
  const text = await failureOf(open(credential));
  for (const hidden of [secret, "wrong-secret", "eyJ", ...planted]) {
    expect(text).not.toContain(hidden);
  }
  return text;
}

async function fault(body: object): Promise<void> {
  expect((await sim.admin("/faults", { method: "POST", body: JSON.stringify(body) })).status).toBe(200);
}

describe("a client secret", () => {
  test("signs in with one form, and its token is kept", async () => {
    const azure = open(withSecret());
    expect((await azure.ask()).status).toBe(200);
    expect((await azure.ask()).status).toBe(200);
    expect(azure.tokenRequests()).toMatchObject([
      {
        method: "POST",
        path: `/${application.tenantId}/oauth2/v2.0/token`,
        parameters: {
          grant_type: "client_credentials",
          client_id: application.clientId,
          client_secret: secret,
          scope: "https://management.core.windows.net//.default",
        },
      },
    ]);
    expect(azure.lastClaims()).toMatchObject({ tid: application.tenantId, appid: application.clientId });
  });

  test("is used again for a new token when the old one comes to its end", async () => {
    const azure = open(withSecret());
    await azure.ask();
    azure.aheadMs = 3_600_000;
    expect((await azure.ask()).status).toBe(200);
    expect(azure.tokenRequests().map(({ status }) => status)).toEqual([200, 200]);
  });

  test("signs in to auxiliary tenants too", async () => {
    await put(sim, "/other-tenants", [OTHER_TENANT]);
    const azure = open(withSecret({ auxiliaryTenantIds: [OTHER_TENANT] }));
    expect((await azure.ask()).status).toBe(200);
    // Both tokens are asked for at once: either may come first.
    const tenants = azure.tokenRequests().map(({ path }) => path.split("/")[1]);
    expect(tenants.sort()).toEqual([application.tenantId, OTHER_TENANT].sort());
  });

  test("that is wrong", async () => {
    expect(await sentence(withSecret({ clientSecret: "wrong-secret" }))).toBe(
      "Entra refused the credentials from the secret in AWS: the client secret is wrong (AADSTS7000215); it must be the secret's value, not its id; nothing was run",
    );
  });

  test("that has expired", async () => {
    await put(sim, "/client-secret", { expired: true });
    expect(await sentence(withSecret())).toBe(
      "Entra refused the credentials from the secret in AWS: the client secret has expired (AADSTS7000222); make a new one and set it; nothing was run",
    );
    await put(sim, "/client-secret", { expired: false });
  });

  test("of an application that is not there", async () => {
    expect(await sentence(withSecret({ clientId: "nobody" }))).toBe(
      "Entra refused the credentials from the secret in AWS: the tenant has no application with this client id (AADSTS700016); check client id and tenant id; nothing was run",
    );
  });

  test.each(["nowhere", "../common"])("in a tenant that is not there: %s", async (tenantId) => {
    expect(await sentence(withSecret({ tenantId }))).toBe(
      "Entra refused the credentials from the secret in AWS: there is no such tenant (AADSTS90002); check the tenant id; nothing was run",
    );
  });

  test("is asked for once where Entra says no, and not again", async () => {
    const azure = open(withSecret({ clientSecret: "wrong-secret" }));
    await failureOf(azure);
    expect(azure.tokenRequests().map(({ status }) => status)).toEqual([401]);
  });
});

describe("another issuer's token", () => {
  test("is asked for with Entra's audience, and exchanged", async () => {
    const audiences: string[] = [];
    const token = await issuer.sign();
    const azure = open(
      withIssuer(async (audience) => {
        audiences.push(audience);
        return token;
      }),
    );
    expect((await azure.ask()).status).toBe(200);
    expect(azure.tokenRequests()).toMatchObject([
      {
        parameters: {
          client_id: application.clientId,
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          client_assertion: token,
        },
      },
    ]);
    expect(azure.tokenRequests()[0]?.parameters).not.toHaveProperty("client_secret");
    expect(audiences).toEqual(["api://AzureADTokenExchange"]);
  });

  test("is asked for anew with each new token, since it lives for minutes", async () => {
    const tokens: string[] = [];
    const azure = open(
      withIssuer(async () => {
        tokens.push(await issuer.sign({ jti: String(tokens.length) }));
        return tokens.at(-1) ?? "";
      }),
    );
    await azure.ask();
    azure.aheadMs = 3_600_000;
    await azure.ask();
    expect(azure.tokenRequests().map(({ parameters }) => parameters.client_assertion)).toEqual(tokens);
    expect(tokens).toHaveLength(2);
  });

  const refused = (what: string) =>
    `Entra refused the credentials from the role of this function: ${what}; nothing was run`;

  test.each([
    {
      what: "of an issuer that the application does not trust",
      claims: { iss: "https://elsewhere.example" },
      says: "no federated credential of the application has this token's issuer (AADSTS700211); compare both, also a slash at the end",
    },
    {
      what: "of another subject",
      claims: { sub: "arn:aws:iam::111122223333:role/other" },
      says: "no federated credential of the application has this token's subject (AADSTS700213); in GitHub Actions it names the branch, tag, environment or pull request, of an AWS role its ARN: make a credential for the one that runs",
    },
    {
      what: "for another audience",
      claims: { aud: "sts.amazonaws.com" },
      says: "no federated credential of the application has this token's audience (AADSTS700212); it must be api://AzureADTokenExchange on both sides (in Government api://AzureADTokenExchangeUSGov, in China api://AzureADTokenExchangeChina)",
    },
    {
      what: "that has expired",
      claims: { exp: 1_700_000_000 },
      says: "the token of the other issuer is out of time, by this machine's clock or by its own (AADSTS700024); a pipeline's token lives for minutes: give a request URL or a token file in place of the token itself",
    },
  ])("$what is refused", async ({ claims, says }) => {
    expect(await sentence(withIssuer(() => issuer.sign(claims)))).toBe(refused(says));
  });

  test("that somebody else signed, or that is none, is refused", async () => {
    expect(await sentence(withIssuer(() => stranger.sign()))).toBe(
      refused(
        "the certificate is not one of the application's, or has expired (AADSTS700027); upload its public part to the application, or use the one that is there",
      ),
    );
    expect(await sentence(withIssuer(async () => "nonsense"))).toBe(
      refused(
        "the token of the other issuer is none (AADSTS50027); check what was given as the token, or what is in its file",
      ),
    );
  });

  test("is not exchanged for an application without federated credentials", async () => {
    await put(sim, "/federated-credentials", []);
    expect(await sentence(withIssuer(() => issuer.sign()))).toBe(
      refused("the application has no federated credential (AADSTS70025); add one for what runs here"),
    );
    await put(sim, "/federated-credentials", [{ ...FEDERATED, jwks: issuer.jwks }]);
  });

  test.each<{ how: string; ask: () => Promise<string> }>([
    {
      how: "rejects",
      ask: async () => {
        throw new Error("the role 'r' may not call sts:GetWebIdentityToken");
      },
    },
    {
      how: "throws",
      ask: () => {
        throw new Error("the role 'r' may not call sts:GetWebIdentityToken");
      },
    },
  ])(
    "that the issuer does not give is told in the issuer's own phrase, and Entra is not asked: it $how",
    async ({ ask }) => {
      const azure = open(withIssuer(ask));
      expect(await failureOf(azure)).toBe(
        "the credentials that the role of this function asks for cannot be used: the role 'r' may not call sts:GetWebIdentityToken; nothing was run",
      );
      expect(azure.tokenRequests()).toEqual([]);
    },
  );
});

describe("Entra's own troubles", () => {
  test.each([
    { fault: "throttled", statuses: [429, 429, 200] },
    { fault: "status-500", statuses: [500, 500, 200] },
    { fault: "status-502", statuses: [502, 502, 200] },
    { fault: "status-503", statuses: [503, 503, 200] },
    { fault: "poll-cut-json", statuses: [200, 200, 200] },
  ])("that pass are waited for: $fault", async ({ fault: name, statuses }) => {
    await fault({ fault: name, on: "token", count: 2 });
    const azure = open(withSecret());
    expect((await azure.ask()).status).toBe(200);
    expect(azure.tokenRequests().map(({ status }) => status)).toEqual(statuses);
  });

  test.each([
    { fault: "connection-reset", detail: /(ECONNRESET|socket hang up)/ },
    { fault: "reply-lost-after", detail: /(ECONNRESET|socket hang up)/ },
  ])("that stay are told after three tries: $fault", async ({ fault: name, detail }) => {
    await fault({ fault: name, on: "token", count: 20 });
    const azure = open(withSecret());
    expect((await failureOf(azure)).replace(/localhost:\d+/, "localhost")).toMatch(
      new RegExp(
        `^no answer from localhost after 3 tries: ${detail.source}; check this machine's network, proxy and name resolution, then deploy again; nothing was run$`,
      ),
    );
    expect(azure.tokenRequests()).toHaveLength(3);
  });

  const TROUBLE = "a trouble of its own or of a proxy; wait some minutes";
  const BETWEEN = "name resolution and connection work, so see what lies between (a proxy, TLS inspection)";

  test.each([
    {
      fault: "poll-truncated",
      told: `no whole answer from localhost after 3 tries: the answer is cut off; ${BETWEEN}`,
    },
    { fault: "poll-cut-json", told: `no whole answer from localhost after 3 tries: the answer is cut off; ${BETWEEN}` },
    {
      fault: "throttled",
      told: "no token from localhost after 3 tries: it answers with AADSTS90055, since there were too many sign-ins; wait some minutes, or sign in less often",
    },
    { fault: "status-500", told: `no token from localhost after 3 tries: it answers with AADSTS50000, ${TROUBLE}` },
    { fault: "status-502", told: `no token from localhost after 3 tries: it answers with status 502, ${TROUBLE}` },
    { fault: "status-503", told: `no token from localhost after 3 tries: it answers with AADSTS90033, ${TROUBLE}` },
  ])("that stay, and are no silence, are told by what came: $fault", async ({ fault: name, told }) => {
    await fault({ fault: name, on: "token", count: 20 });
    const azure = open(withSecret());
    expect((await failureOf(azure)).replace(/localhost:\d+/, "localhost")).toBe(
      `${told}, then deploy again; nothing was run`,
    );
    expect(azure.tokenRequests()).toHaveLength(3);
  });
});

describe("without a simulator", () => {
  const PUBLIC = cloudByName("public");
  const SECRET = {
    kind: "clientSecret",
    tenantId: "my tenant",
    clientId: "client",
    clientSecret: "hunter2&scope=x",
    auxiliaryTenantIds: [],
    source: "the secret in AWS",
  } as const;

  type Reply = { readonly status: number; readonly body: string } | Error;

  /** What comes of asking for a token, what was sent, and how long it was waited between the tries. */
  async function asking(choice: CredentialChoice, ...replies: readonly Reply[]) {
    const sent: PipelineRequest[] = [];
    const clock = virtualOutside(() => ({ lost: "nobody" }));
    const outside: Outside = {
      ...clock,
      httpClient: async () => ({
        sendRequest: async (request) => {
          const reply = replies[sent.length];
          sent.push(request);
          if (reply === undefined || reply instanceof Error) {
            throw reply ?? new Error("nobody answers");
          }
          return { request, status: reply.status, headers: request.headers, bodyAsText: reply.body };
        },
      }),
    };
    if (PUBLIC === undefined) {
      throw new Error("the public cloud is not known");
    }
    const token = createCredential(choice, PUBLIC, outside, loadClientCredential).getToken(["a/.default", "b"]);
    const outcome = await token.catch((error: unknown) =>
      error instanceof RunFailedError ? describeFailure(error.failure) : error,
    );
    return { outcome, sent, sleptMs: clock.sleptMs, nowMs: clock.nowMs() };
  }

  const granted = (more: object) => ({ status: 200, body: JSON.stringify({ access_token: "t", ...more }) });
  const timedOut = () => Object.assign(new Error("The operation was aborted."), { name: "AbortError" });
  const lost = (code: string) => new RestError(`getaddrinfo ${code} login.microsoftonline.com`, { code });

  test("the form says everything, the time has an end, and the token lives as long as Entra says", async () => {
    const { outcome, sent, nowMs } = await asking(SECRET, granted({ expires_in: 600 }));
    expect(outcome).toEqual({ token: "t", expiresOnTimestamp: nowMs + 600_000 });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: "POST",
      url: "https://login.microsoftonline.com/my%20tenant/oauth2/v2.0/token",
      timeout: 30_000,
      body: "grant_type=client_credentials&client_id=client&scope=a%2F.default+b&client_secret=hunter2%26scope%3Dx",
    });
    expect(sent[0]?.headers.get("content-type")).toBe("application/x-www-form-urlencoded");
  });

  const NETWORK = "check this machine's network, proxy and name resolution";

  test.each<{ what: string; replies: readonly Reply[]; expected: string; sleptMs: readonly number[] }>([
    {
      what: "a host that has no address",
      replies: [lost("ENOTFOUND"), lost("EAI_AGAIN"), lost("ENOTFOUND")],
      expected: `no answer from login.microsoftonline.com after 3 tries: ENOTFOUND; ${NETWORK}`,
      sleptMs: [1_000, 2_000],
    },
    {
      what: "an answer that takes too long",
      replies: [timedOut(), timedOut(), timedOut()],
      expected: `no answer from login.microsoftonline.com after 3 tries: none within 30 s; ${NETWORK}`,
      sleptMs: [1_000, 2_000],
    },
    {
      what: "a certificate that is not trusted",
      replies: [lost("SELF_SIGNED_CERT_IN_CHAIN"), lost("x"), lost("SELF_SIGNED_CERT_IN_CHAIN")],
      expected: `no answer from login.microsoftonline.com after 3 tries: SELF_SIGNED_CERT_IN_CHAIN (its certificate is not trusted here: behind a company proxy, set NODE_EXTRA_CA_CERTS); ${NETWORK}`,
      sleptMs: [1_000, 2_000],
    },
    {
      what: "a token that does not live",
      replies: [granted({}), granted({ expires_in: 0 }), granted({ expires_in: "soon" })],
      expected:
        "no token from login.microsoftonline.com after 3 tries: it answers with status 200 without a token, a trouble of its own or of a proxy; wait some minutes",
      sleptMs: [1_000, 2_000],
    },
  ])("$what is told after three tries, with growing pauses", async ({ replies, expected, sleptMs }) => {
    const { outcome, sleptMs: slept } = await asking(SECRET, ...replies);
    expect(outcome).toBe(`${expected}, then deploy again; nothing was run`);
    expect(slept).toEqual(sleptMs);
  });

  test("a trouble that passes leaves no trace", async () => {
    const busy = { status: 429, body: '{"error":"x","error_description":"AADSTS50196: loop detected"}' };
    const { outcome } = await asking(SECRET, timedOut(), busy, granted({ expires_in: "600" }));
    expect(outcome).toMatchObject({ token: "t" });
  });

  test.each([
    {
      status: 400,
      body: '{"error":"invalid_scope","error_description":"AADSTS1002012: hunter2&scope=x"}',
      expected:
        "Entra refused the credentials from the secret in AWS: AADSTS1002012; check tenant id, client id and what the secret in AWS names; nothing was run",
    },
    {
      status: 403,
      body: "<html>hunter2&scope=x</html>",
      expected:
        "the credentials that the secret in AWS asks for cannot be used: signing in failed (status 403); nothing was run",
    },
    {
      status: 302,
      body: "",
      expected:
        "the credentials that the secret in AWS asks for cannot be used: signing in failed (status 302); nothing was run",
    },
  ])("an answer with status $status is told at once, by its code alone", async ({ expected, ...reply }) => {
    const { outcome, sent } = await asking(SECRET, reply);
    expect([outcome, sent.length]).toEqual([expected, 1]);
  });

  test.each<CredentialChoice>([
    { kind: "default", tenantId: undefined, clientId: undefined, auxiliaryTenantIds: [], source: "nothing" },
    { kind: "managedIdentity", clientId: undefined, source: "ARM_USE_MSI" },
    {
      ...SECRET,
      kind: "clientCertificate",
      certificatePath: "/c.pem",
      certificatePassword: undefined,
      source: "ARM_CLIENT_CERTIFICATE_PATH",
    },
  ])("$kind is none of these credentials", async (choice) => {
    const { outcome, sent } = await asking(choice);
    expect([outcome, sent]).toEqual([
      `the credentials that ${choice.source} asks for cannot be used: here only a client secret or the token of another issuer can be used; nothing was run`,
      [],
    ]);
  });

  test("what the settings leave out is told in their words", async () => {
    const { outcome } = await asking({ kind: "incomplete", source: "AZURE_CLIENT_ID", missing: "it is not set" });
    expect(outcome).toBe(
      "the credentials that AZURE_CLIENT_ID asks for cannot be used: it is not set; nothing was run",
    );
  });
});
