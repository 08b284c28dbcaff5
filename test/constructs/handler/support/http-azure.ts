/** Entra and ARM behind HTTP, in virtual time: what the handler's own session sends, and what comes back. */
import { createHttpHeaders } from "@azure/core-rest-pipeline";
import { handlerIn } from "../../../../constructs/handler/handler";
import type { HandlerOutside, SecretVersion } from "../../../../constructs/handler/outside";
import { HANDLER_ENVIRONMENT } from "../../../../constructs/resource-properties";
import { vmAnswer } from "../../../support/scripted-vm";
import { type Answer, type Exchange, virtualOutside } from "../../../support/virtual-outside";
import { LAMBDA_SECONDS } from "./world";

export interface HttpAzureParts {
  readonly environment?: Readonly<Record<string, string>>;
  /** @default a token for an hour */
  readonly entra?: (form: URLSearchParams) => Answer;
  /** The answer to a command. */
  readonly post?: (exchange: Exchange, count: number) => Answer;
  readonly webIdentityToken?: (audience: string) => Promise<string>;
  readonly readSecret?: () => Promise<SecretVersion>;
  /** @default "CREATE_IN_PROGRESS" */
  readonly stackStatus?: string;
}

export const WEB_IDENTITY = {
  [HANDLER_ENVIRONMENT.credentials]: "webIdentity",
  [HANDLER_ENVIRONMENT.tenantId]: "tenant",
  [HANDLER_ENVIRONMENT.clientId]: "client",
};

export const CLIENT_SECRET = {
  ...WEB_IDENTITY,
  [HANDLER_ENVIRONMENT.credentials]: "clientSecret",
  [HANDLER_ENVIRONMENT.clientSecretId]: "arn:azure",
};

/** The answer while another client's command is out on the VM. */
export const BUSY: Answer = {
  status: 409,
  body: { error: { code: "Conflict", message: "Run command extension execution is in progress." } },
};

/** A JSON Web Token of a role, unsigned. */
export function tokenOf(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256" })}.${part(claims)}.signature`;
}

const ENTRA = /^https:\/\/login[.]microsoftonline[.]com\//;

export function httpAzure(parts: HttpAzureParts) {
  const forms: URLSearchParams[] = [];
  const userAgents = new Set<string>();
  const lines: { readonly message: string }[] = [];
  let posts = 0;
  const base = virtualOutside((exchange) => {
    if (exchange.method === "POST") {
      posts += 1;
      return parts.post?.(exchange, posts) ?? { status: 500 };
    }
    return exchange.url.includes("/operations/") ? { status: 200, body: { status: "InProgress" } } : vmAnswer();
  }, parts.environment ?? WEB_IDENTITY);
  const outside: HandlerOutside = {
    ...base,
    httpClient: async () => {
      const client = await base.httpClient();
      return {
        sendRequest: async (request) => {
          if (!ENTRA.test(request.url)) {
            userAgents.add(request.headers.get("user-agent") ?? "");
            return client.sendRequest(request);
          }
          const form = new URLSearchParams(String(request.body));
          forms.push(form);
          const answer = parts.entra?.(form) ?? { status: 200, body: { access_token: "t", expires_in: 3_600 } };
          const status = "status" in answer ? answer.status : 500;
          const bodyAsText = JSON.stringify("body" in answer ? answer.body : "");
          return { request, status, headers: createHttpHeaders(), bodyAsText };
        },
      };
    },
    readSecret: parts.readSecret ?? (async () => ({ text: "client-secret-1", versionId: "1" })),
    webIdentityToken: parts.webIdentityToken ?? (async () => tokenOf({})),
    readObject: async () => Buffer.of(),
    writeObject: async () => undefined,
    stackStatus: async () => parts.stackStatus ?? "CREATE_IN_PROGRESS",
    stackEvents: async () => [],
    writeLine: (line) => lines.push(JSON.parse(line)),
  };
  const handler = handlerIn(outside);
  const context = () => {
    const endsAtMs = outside.nowMs() + LAMBDA_SECONDS * 1_000;
    return { getRemainingTimeInMillis: () => endsAtMs - outside.nowMs() };
  };
  return { outside, exchanges: base.exchanges, forms, userAgents, lines, handler, context, posts: () => posts };
}
