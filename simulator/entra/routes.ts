/** Entra's addresses: discovery, keys, and the two token endpoints. */
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../clock";
import type { Substitute } from "../faults/effect";
import { entraAnswer } from "../faults/entra-answers";
import { firstHalf, type Striker } from "../faults/strike";
import { checkAssertion } from "./client-assertion";
import { instanceDiscovery, openIdConfiguration } from "./documents";
import { grantDocument, issuingTenant } from "./grant";
import type { Registrations } from "./registrations";
import {
  decideToken,
  type EntraError,
  entraErrorDocument,
  isTenant,
  type TokenVersion,
  tenantNotFound,
} from "./token-request";
import type { Identity, Tokens } from "./tokens";

export interface EntraOptions {
  readonly identity: Identity;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly endpoint: () => string;
  /** The one secret of the one application; `expired` can be switched by the admin interface. */
  readonly secret: { readonly value: string; expired: boolean };
  readonly striker: Striker;
}

export interface EntraContext extends EntraOptions {
  readonly registrations: Registrations;
}

interface TenantRoute {
  Params: { tenant: string };
}

export function registerEntra(app: FastifyInstance, options: EntraContext): void {
  const { identity, endpoint } = options;
  const tenants = () => ({ tenantId: identity.tenantId, otherTenants: options.registrations.otherTenants });
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  const preHandler = async (
    request: FastifyRequest<TenantRoute>,
    reply: FastifyReply,
  ): Promise<FastifyReply | undefined> =>
    isTenant(request.params.tenant, tenants())
      ? undefined
      : sendError(options, request, reply, tenantNotFound(request.params.tenant));
  app.get<TenantRoute>("/:tenant/discovery/instance", async () => instanceDiscovery(endpoint(), identity.tenantId));
  for (const version of ["v1", "v2"] as const) {
    const prefix = version === "v2" ? "/v2.0" : "";
    app.get<TenantRoute>(`/:tenant${prefix}/.well-known/openid-configuration`, { preHandler }, async (request) =>
      openIdConfiguration(endpoint(), request.params.tenant, issuingTenant(options, request.params.tenant), version),
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
  options: EntraContext,
  version: TokenVersion,
  request: FastifyRequest<TenantRoute>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { tenant } = request.params;
  const form = formOf(request.body);
  const assertion = form.client_assertion;
  const assertionRefusal =
    assertion === undefined
      ? undefined
      : await checkAssertion(assertion, {
          registrations: options.registrations,
          clientId: options.identity.clientId,
          audiences: assertionAudiences(options, tenant),
          nowMs: options.clock.nowMs(),
        });
  const decision = decideToken(version, tenant, form, tokenFacts(options, assertionRefusal));
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
      const text = JSON.stringify(await grantDocument(options, version, tenant, decision.audience));
      entraHeaders(options, request, reply).type("application/json; charset=utf-8");
      return effect?.kind === "truncated"
        ? striker.sendHalf(reply, text)
        : reply.send(effect?.kind === "cut-json" ? firstHalf(text) : text);
    }
  }
}

/** The token endpoint of either version, or the issuer. Source: Learn, "certificate credentials"; the issuer: MSAL's older releases. */
function assertionAudiences({ endpoint }: EntraContext, tenant: string): readonly string[] {
  const at = `${endpoint()}/${tenant}`;
  return [`${at}/oauth2/v2.0/token`, `${at}/oauth2/token`, `${at}/v2.0`, `${at}/`];
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

function tokenFacts(
  { identity, secret, endpoint, registrations }: EntraContext,
  assertionRefusal: EntraError | undefined,
): Parameters<typeof decideToken>[3] {
  return {
    tenantId: identity.tenantId,
    clientId: identity.clientId,
    secretMatches: (given) => sameSecret(given, secret.value),
    secretExpired: secret.expired,
    assertionRefusal,
    otherTenants: registrations.otherTenants,
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
