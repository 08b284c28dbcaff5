/** What Entra answers to a token request: a token, or one of its errors. Pure but for the token itself. */
import { ARM_AUDIENCES, OTHER_AUDIENCES } from "./tokens";

export interface TokenFacts {
  readonly tenantId: string;
  readonly clientId: string;
  /** Compares in constant time. */
  readonly secretMatches: (given: string) => boolean;
  readonly secretExpired: boolean;
  /** Why the request's `client_assertion` is refused; undefined when it is not, or when there is none. */
  readonly assertionRefusal: EntraError | undefined;
  /** Tenants beside `tenantId` in which the application is known. */
  readonly otherTenants: readonly string[];
  /** What else counts as ARM: the simulator's own address. */
  readonly endpoint: string;
}

/** - `v1`: `/oauth2/token` with `resource`; - `v2`: `/oauth2/v2.0/token` with `scope`. */
export type TokenVersion = "v1" | "v2";

export interface EntraError {
  readonly status: number;
  readonly error: string;
  readonly number: number;
  readonly message: string;
}

export type TokenDecision =
  | { readonly kind: "grant"; readonly audience: string }
  | ({ readonly kind: "refuse" } & EntraError);

type Form = Readonly<Record<string, string | undefined>>;

/** Source of codes and texts: https://learn.microsoft.com/entra/identity-platform/reference-error-codes and logs of users. */
export function decideToken(version: TokenVersion, tenant: string, form: Form, facts: TokenFacts): TokenDecision {
  if (!isTenant(tenant, facts)) {
    return { kind: "refuse", ...tenantNotFound(tenant) };
  }
  if (!form.grant_type) {
    return refuse(
      400,
      "invalid_request",
      900144,
      "The request body must contain the following parameter: 'grant_type'.",
    );
  }
  if (form.grant_type !== "client_credentials") {
    return refuse(
      400,
      "unsupported_grant_type",
      70003,
      `The app requested an unsupported grant type '${form.grant_type}'.`,
    );
  }
  if (!form.client_id) {
    return refuse(
      400,
      "invalid_request",
      900144,
      "The request body must contain the following parameter: 'client_id'.",
    );
  }
  if (form.client_id.toLowerCase() !== facts.clientId) {
    return refuse(
      400,
      "unauthorized_client",
      700016,
      `Application with identifier '${form.client_id}' was not found in the directory '${facts.tenantId}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
    );
  }
  return decideSecret(form, facts) ?? decideResource(version, form, facts);
}

function decideSecret(form: Form, facts: TokenFacts): TokenDecision | undefined {
  if (form.client_assertion) {
    return facts.assertionRefusal === undefined ? undefined : { kind: "refuse", ...facts.assertionRefusal };
  }
  if (!form.client_secret) {
    return refuse(
      401,
      "invalid_client",
      7000216,
      "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    );
  }
  if (!facts.secretMatches(form.client_secret)) {
    return refuse(
      401,
      "invalid_client",
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${facts.clientId}'.`,
    );
  }
  if (facts.secretExpired) {
    return refuse(
      401,
      "invalid_client",
      7000222,
      `The provided client secret keys for app '${facts.clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
    );
  }
  return undefined;
}

function decideResource(version: TokenVersion, form: Form, facts: TokenFacts): TokenDecision {
  switch (version) {
    case "v1": {
      const resource = form.resource;
      return resource
        ? grant(resource, facts)
        : refuse(400, "invalid_request", 900144, "The request body must contain the following parameter: 'resource'.");
    }
    case "v2": {
      const scope = form.scope?.split(" ").find((part) => !["openid", "profile", "offline_access"].includes(part));
      if (!scope) {
        return refuse(
          400,
          "invalid_request",
          900144,
          "The request body must contain the following parameter: 'scope'.",
        );
      }
      return scope.endsWith("/.default")
        ? grant(scope.slice(0, -"/.default".length), facts)
        : refuse(
            400,
            "invalid_scope",
            1002012,
            `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
          );
    }
  }
}

/** `https://management.core.windows.net//.default` is right: `/.default` after an audience that ends in a slash. Source: azure-wire.md 10.1. */
function grant(resource: string, facts: TokenFacts): TokenDecision {
  const known = [...ARM_AUDIENCES, ...OTHER_AUDIENCES, facts.endpoint];
  return known.some((audience) => withoutSlash(audience) === withoutSlash(resource))
    ? { kind: "grant", audience: resource }
    : refuse(
        400,
        "invalid_resource",
        500011,
        `The resource principal named ${resource} was not found in the tenant named ${facts.tenantId}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
      );
}

function withoutSlash(address: string): string {
  return address.toLowerCase().replace(/\/$/, "");
}

export function tenantNotFound(tenant: string): EntraError {
  return {
    status: 400,
    error: "invalid_request",
    number: 90002,
    message: `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  };
}

/** The tenant itself, or a name that Entra takes for any tenant. */
export function isTenant(
  tenant: string,
  facts: { readonly tenantId: string; readonly otherTenants: readonly string[] },
): boolean {
  return [facts.tenantId, ...facts.otherTenants, "common", "organizations"].includes(tenant.toLowerCase());
}

function refuse(status: number, error: string, number: number, message: string): TokenDecision {
  return { kind: "refuse", status, error, number, message };
}

/**
 * Source of the shape: go-azure error logs, e.g. `{"error":"invalid_client","error_description":"AADSTS7000222: … Trace ID: …
 * Correlation ID: … Timestamp: 2026-09-04 00:40:39Z","error_codes":[7000222],…,"error_uri":"https://…/error?code=7000222"}`.
 */
export function entraErrorDocument(
  error: EntraError,
  traceId: string,
  correlationId: string,
  nowMs: number,
  endpoint: string,
): object {
  const timestamp = `${new Date(nowMs).toISOString().slice(0, 19).replace("T", " ")}Z`;
  return {
    error: error.error,
    error_description: `AADSTS${error.number}: ${error.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [error.number],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `${endpoint}/error?code=${error.number}`,
  };
}
