/** Entra's addresses: discovery, keys, and the two token endpoints. */
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../clock";
import type { Substitute } from "../faults/effect";
import { entraAnswer } from "../faults/entra-answers";
import { firstHalf, type Striker } from "../faults/strike";
import { instanceDiscovery, openIdConfiguration } from "./documents";
import {
  decideToken,
  type EntraError,
  entraErrorDocument,
  isTenant,
  type TokenVersion,
  tenantNotFound,
} from "./token-request";
import { type Identity, TOKEN_LIFETIME_SECONDS, type Tokens } from "./tokens";

export interface EntraOptions {
  readonly identity: Identity;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly endpoint: () => string;
  /** The one secret of the one application; `expired` can be switched by the admin interface. */
  readonly secret: { readonly value: string; expired: boolean };
  readonly striker: Striker;
}

interface TenantRoute {
  Params: { tenant: string };
}

export function registerEntra(app: FastifyInstance, options: EntraOptions): void {
  const { identity, endpoint } = options;
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  const preHandler = async (
    request: FastifyRequest<TenantRoute>,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> =>
    isTenant(request.params.tenant, identity)
      ? undefined
      : sendError(options, request, reply, tenantNotFound(request.params.tenant));
  app.get<TenantRoute>("/:tenant/discovery/instance", async () => instanceDiscovery(endpoint(), identity.tenantId));
  for (const version of ["v1", "v2"] as const) {
    const prefix = version === "v2" ? "/v2.0" : "";
    app.get<TenantRoute>(`/:tenant${prefix}/.well-known/openid-configuration`, { preHandler }, async (request) =>
      openIdConfiguration(endpoint(), request.params.tenant, identity.tenantId, version),
    );
    app.get<TenantRoute>(`/:tenant/discovery${prefix}/keys`, { preHandler }, async () => ({
      keys: [options.tokens.publicKey],
    }));
    app.post<TenantRoute>(`/:tenant/oauth2${prefix}/token`, (request, reply) =>
      answerToken(options, version, request, reply),
    );
  }
}

async function answerToken(
  options: EntraOptions,
  version: TokenVersion,
  request: FastifyRequest<TenantRoute>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const decision = decideToken(version, request.params.tenant, formOf(request.body), tokenFacts(options));
  const { striker } = options;
  const reach = decision.kind === "grant" ? "acts" : "front";
  const effect = striker.choose(request, { target: "token", reach, commandId: undefined, vm: undefined });
  if (effect?.kind === "no-answer") {
    return striker.hangUp(reply, effect.end, effect.afterMs);
  }
  if (effect?.kind === "other-answer") {
    return sendSubstitute(options, request, reply, effect.answer);
  }
  switch (decision.kind) {
    case "refuse":
      return sendError(options, request, reply, decision);
    case "grant": {
      const text = JSON.stringify(await grantDocument(options, version, decision.audience));
      entraHeaders(options, request, reply).type("application/json; charset=utf-8");
      return effect?.kind === "truncated"
        ? striker.sendHalf(reply, text)
        : reply.send(effect?.kind === "cut-json" ? firstHalf(text) : text);
    }
  }
}

/** Source of what is said: see `entraAnswer`. */
function sendSubstitute(
  options: EntraOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  substitute: Substitute,
): FastifyReply {
  const answer = entraAnswer(substitute);
  switch (answer.kind) {
    case "error":
      return sendError(options, request, reply.headers(answer.headers), answer.error);
    case "page":
      return entraHeaders(options, request, reply).code(answer.status).type("text/html").send(answer.html);
  }
}

/** Version 1 says its numbers as text. Source: Learn "service to service calls using client credentials (v1)". */
async function grantDocument(options: EntraOptions, version: TokenVersion, audience: string): Promise<object> {
  const access_token = await options.tokens.issue(audience);
  const nowSeconds = Math.floor(options.clock.nowMs() / 1_000);
  switch (version) {
    case "v1":
      return {
        token_type: "Bearer",
        expires_in: String(TOKEN_LIFETIME_SECONDS),
        ext_expires_in: String(TOKEN_LIFETIME_SECONDS),
        expires_on: String(nowSeconds + TOKEN_LIFETIME_SECONDS),
        not_before: String(nowSeconds),
        resource: audience,
        access_token,
      };
    case "v2":
      return {
        token_type: "Bearer",
        expires_in: TOKEN_LIFETIME_SECONDS,
        ext_expires_in: TOKEN_LIFETIME_SECONDS,
        access_token,
      };
  }
}

function tokenFacts({ identity, secret, endpoint }: EntraOptions): Parameters<typeof decideToken>[3] {
  return {
    tenantId: identity.tenantId,
    clientId: identity.clientId,
    secretMatches: (given) => sameSecret(given, secret.value),
    secretExpired: secret.expired,
    endpoint: endpoint(),
  };
}

/** Compares two secrets in constant time, whatever their lengths. */
export function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function formOf(body: unknown): Readonly<Record<string, string>> {
  const fields = typeof body === "object" && body !== null ? Object.entries(body) : [];
  return Object.fromEntries(fields.filter((field): field is [string, string] => typeof field[1] === "string"));
}

function sendError(
  options: EntraOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  error: EntraError,
): FastifyReply {
  const document = entraErrorDocument(
    error,
    randomUUID(),
    correlationOf(request),
    options.clock.nowMs(),
    options.endpoint(),
  );
  return entraHeaders(options, request, reply).code(error.status).send(document);
}

function correlationOf(request: FastifyRequest): string {
  const sent = request.headers["client-request-id"];
  return typeof sent === "string" ? sent : randomUUID();
}

/** Source of names: debug logs of clients, e.g. Azure/azure-sdk-for-js#24764. */
function entraHeaders(options: EntraOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.headers({
    "cache-control": "no-store, no-cache",
    pragma: "no-cache",
    expires: "-1",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-ms-request-id": randomUUID(),
    "client-request-id": correlationOf(request),
    date: new Date(options.clock.nowMs()).toUTCString(),
  });
}
