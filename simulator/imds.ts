/** The part of the Instance Metadata Service that gives tokens for the managed identity of the machine that clients run on. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { lastValues } from "./arm/query";
import type { Clock } from "./clock";
import type { Registrations } from "./entra/registrations";
import type { Tokens } from "./entra/tokens";

export interface ImdsOptions {
  readonly registrations: Registrations;
  readonly tokens: Tokens;
  readonly clock: Clock;
}

type ImdsAnswer =
  | { readonly kind: "grant"; readonly resource: string; readonly clientId: string | undefined }
  | { readonly kind: "refuse"; readonly description: string };

/**
 * Path, header and parameters: Learn, "How to use managed identities for Azure resources on an Azure VM to acquire an access
 * token". The real one is at http://169.254.169.254; clients are sent here by `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
 */
export function registerImds(app: FastifyInstance, options: ImdsOptions): void {
  const ownClientId = randomUUID();
  app.get("/metadata/identity/oauth2/token", async (request, reply) => {
    const answer = decideImds(request, options.registrations);
    switch (answer.kind) {
      case "refuse":
        return refuse(reply, answer.description);
      case "grant":
        return reply.send(await grantDocument(options, answer.resource, answer.clientId ?? ownClientId));
    }
  });
}

/**
 * Source of the texts: Azure/azure-sdk-for-net, tests of Azure.Identity (missing header); MicrosoftDocs/azure-docs#21322
 * (identity not found). That X-Forwarded-For is refused: Learn, "Azure Instance Metadata Service"; its text and that of a
 * missing resource: assumed.
 */
function decideImds(request: FastifyRequest, { managedIdentity }: Registrations): ImdsAnswer {
  if (request.headers["x-forwarded-for"] !== undefined) {
    return { kind: "refuse", description: "Bad request" };
  }
  if (request.headers.metadata !== "true") {
    return { kind: "refuse", description: "Required metadata header not specified" };
  }
  const query = lastValues(request.query);
  if (!query.resource) {
    return { kind: "refuse", description: "Required audience parameter not specified" };
  }
  const asked = query.client_id?.toLowerCase();
  const has = managedIdentity.clientId?.toLowerCase();
  // Who asks for none gets the only user-assigned identity there is. Source: Learn, "managed identities FAQ" (IMDS default).
  return managedIdentity.enabled && (asked === undefined || asked === has)
    ? { kind: "grant", resource: query.resource, clientId: has }
    : { kind: "refuse", description: "Identity not found" };
}

function refuse(reply: FastifyReply, description: string): FastifyReply {
  return reply.code(400).send({ error: "invalid_request", error_description: description });
}

/** Numbers as text. Source: Learn, the same page, "Get a token using HTTP". */
async function grantDocument(
  { tokens, registrations, clock }: ImdsOptions,
  resource: string,
  clientId: string,
): Promise<object> {
  const lifetimeSeconds = registrations.tokenLifetimeSeconds;
  const nowSeconds = Math.floor(clock.nowMs() / 1_000);
  const expiresAtSeconds = nowSeconds + lifetimeSeconds;
  return {
    access_token: await tokens.issue(resource, { appid: clientId, appidacr: "2", exp: expiresAtSeconds }),
    client_id: clientId,
    expires_in: String(lifetimeSeconds),
    expires_on: String(expiresAtSeconds),
    ext_expires_in: String(lifetimeSeconds),
    not_before: String(nowSeconds),
    resource,
    token_type: "Bearer",
  };
}
