/**
 * Credentials of an application, without `@azure/identity`: for where that library (360 kB) has no room. A secret or the token
 * of another issuer is exchanged for Entra's token with one form.
 *
 * Source: RFC 6749 4.4 and RFC 7521 4.2; Learn, "OAuth 2.0 client credentials flow on the Microsoft identity platform".
 */
import type { AccessToken, TokenCredential } from "@azure/core-auth";
import { RunFailedError } from "../failures/errors";
import { isObject, parseJson, textAt } from "../json";
import type { Outside } from "../outside";
import { type Evidence, noteAnswer } from "./evidence";
import { type FederatedTokenRequest, readFederatedToken } from "./federated-token";
import type { CredentialRequest } from "./identity-library";
import { CUT_OFF_DETAIL, isCutOff, networkErrorCode, textOf } from "./network-errors";

/** How long one request for a token may take. Source: our own choice, the same as with the library. */
const TOKEN_TIMEOUT_MS = 30_000;

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** @throws RunFailedError when the choice is none of an application's own secrets or tokens. */
export async function loadClientCredential(request: CredentialRequest): Promise<TokenCredential> {
  const { choice } = request;
  const { source } = choice;
  switch (choice.kind) {
    case "clientSecret":
      return exchanging(request, choice, async () => ({ client_secret: choice.clientSecret }));
    case "federated":
      return exchanging(request, choice, async () => ({
        client_assertion_type: JWT_BEARER,
        client_assertion: await readFederatedToken(tokenRequest(request, choice.token)),
      }));
    case "incomplete":
      throw new RunFailedError({ kind: "CredentialsUnusable", source, detail: choice.missing });
    case "clientCertificate":
    case "managedIdentity":
    case "default": {
      const detail = "here only a client secret or the token of another issuer can be used";
      throw new RunFailedError({ kind: "CredentialsUnusable", source, detail });
    }
  }
}

function tokenRequest(
  { cloud, outside, evidence }: CredentialRequest,
  token: FederatedTokenRequest["token"],
): FederatedTokenRequest {
  return { token, audience: cloud.tokenExchangeAudience, outside, evidence };
}

interface Application {
  readonly tenantId: string;
  readonly clientId: string;
}

function exchanging(
  { tenantId, cloud, outside, evidence }: CredentialRequest,
  application: Application,
  proof: () => Promise<Readonly<Record<string, string>>>,
): TokenCredential {
  const tenant = encodeURIComponent(tenantId ?? application.tenantId);
  const url = `${cloud.authorityHost}/${tenant}/oauth2/v2.0/token`;
  return {
    getToken: async (scopes) => {
      const form = new URLSearchParams({
        grant_type: "client_credentials",
        client_id: application.clientId,
        scope: [scopes].flat().join(" "),
        ...(await proof()),
      });
      const askedAtMs = outside.nowMs();
      const answer = await post(url, form, outside).catch((error: unknown) => {
        evidence.passing = whyNoAnswer(error);
        evidence.lastAnswer = isCutOff(error) ? "cut off" : undefined;
        throw error;
      });
      noteAnswer(evidence, answer.status, answer.body);
      return readToken(answer, askedAtMs, evidence);
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function post(url: string, form: URLSearchParams, outside: Outside): Promise<Answer> {
  const [client, { createHttpHeaders, createPipelineRequest }] = await Promise.all([
    outside.httpClient(),
    import("@azure/core-rest-pipeline"),
  ]);
  const headers = createHttpHeaders({
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
  });
  const reply = await client.sendRequest(
    createPipelineRequest({ url, method: "POST", headers, body: form.toString(), timeout: TOKEN_TIMEOUT_MS }),
  );
  return { status: reply.status, body: reply.bodyAsText ?? "" };
}

/** The library ends a request that takes too long as if somebody had aborted it, which nobody does here. */
function whyNoAnswer(error: unknown): string {
  if (isCutOff(error)) {
    return CUT_OFF_DETAIL;
  }
  return error instanceof Error && error.name === "AbortError"
    ? `none within ${TOKEN_TIMEOUT_MS / 1_000} s`
    : (networkErrorCode(textOf(error)) ?? "the connection failed");
}

/** Its errors are told apart by Entra's code in their text, as those of the library are (`credential-errors.ts`). */
function readToken({ status, body }: Answer, askedAtMs: number, evidence: Evidence): AccessToken {
  const answer = parseJson(body);
  const token = textAt(answer, "access_token");
  const lifeSeconds = isObject(answer) ? Number(answer.expires_in) : Number.NaN;
  if (status === 200 && token !== undefined && lifeSeconds > 0) {
    return { token, expiresOnTimestamp: askedAtMs + lifeSeconds * 1_000 };
  }
  if (evidence.lastAnswer === "cut off") {
    evidence.passing = CUT_OFF_DETAIL;
  } else if (status === 200 || status === 408 || status === 429 || status >= 500) {
    evidence.passing = `status ${status}${status === 200 ? " without a token" : ""}`;
  }
  const said = textAt(answer, "error_description") ?? textAt(answer, "error") ?? "";
  throw Object.assign(new Error(said), { code: `status ${status}` });
}
