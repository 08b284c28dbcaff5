/** The token of another issuer, which Entra exchanges for its own: asked for each time, since it lives for minutes. */
import { readFile } from "node:fs/promises";
import { httpGet } from "../arm/http-get";
import { parseJson, textAt } from "../json";
import type { Outside } from "../outside";
import type { FederatedToken } from "./credential-choice";
import { type Evidence, noteProblem } from "./evidence";
import { networkErrorCode, textOf } from "./network-errors";

/** How long one try may take. */
const GET_TIMEOUT_MS = 30_000;

export interface FederatedTokenRequest {
  readonly token: FederatedToken;
  /** What the token must be meant for. */
  readonly audience: string;
  readonly outside: Outside;
  readonly evidence: Evidence;
}

export async function readFederatedToken(request: FederatedTokenRequest): Promise<string> {
  const { token, evidence } = request;
  switch (token.from) {
    case "text":
      return token.text;
    case "file": {
      const text = await readFile(token.path, "utf8").catch((error: unknown) => {
        const code = textAt(error, "code") ?? "unknown";
        throw noteProblem(evidence, `the token file '${token.path}' from ${token.source} cannot be read (${code})`);
      });
      if (text.trim() === "") {
        throw noteProblem(evidence, `the token file '${token.path}' from ${token.source} is empty`);
      }
      return text.trim();
    }
    case "url":
      return askForToken(token, request);
    case "issuer":
      try {
        return await token.ask(request.audience);
      } catch (error) {
        throw noteProblem(evidence, error instanceof Error ? error.message : String(error));
      }
  }
}

/** Source: GitHub, "OpenID Connect reference", requesting the JWT with the two environment variables. */
async function askForToken(
  token: Extract<FederatedToken, { from: "url" }>,
  { audience, outside, evidence }: FederatedTokenRequest,
): Promise<string> {
  if (!URL.canParse(token.url)) {
    throw noteProblem(evidence, `the value of ${token.source} is no URL`);
  }
  const url = new URL(token.url);
  if (url.protocol !== "https:") {
    throw noteProblem(evidence, `the URL in ${token.source} does not begin with https, and a token must not go there`);
  }
  url.searchParams.set("audience", audience);
  const headers = { authorization: `Bearer ${token.bearer}`, accept: "application/json" };
  const reply = await httpGet(url.href, outside, { timeoutMs: GET_TIMEOUT_MS, headers }).catch((error: unknown) => {
    const code = networkErrorCode(textOf(error)) ?? "the connection failed";
    throw noteProblem(evidence, `the token service at ${url.host} from ${token.source} does not answer (${code})`);
  });
  const value = textAt(parseJson(reply.body), "value");
  if (value === undefined || value === "") {
    throw noteProblem(
      evidence,
      `the token service at ${url.host} from ${token.source} answered with status ${reply.status} and no token${reply.status === 401 || reply.status === 403 ? "; its own token may have expired" : ""}`,
    );
  }
  return value;
}
