/** What Entra answers when it gives out a token. */
import type { Clock } from "../clock";
import type { Registrations } from "./registrations";
import type { TokenVersion } from "./token-request";
import type { Identity, Tokens } from "./tokens";

export interface GrantOptions {
  readonly identity: Identity;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly endpoint: () => string;
  readonly registrations: Registrations;
}

/** `common` and `organizations` are no tenants: the application's own is meant. */
export function issuingTenant({ identity, registrations }: GrantOptions, tenant: string): string {
  return registrations.otherTenants.find((other) => other === tenant.toLowerCase()) ?? identity.tenantId;
}

/** Version 1 says its numbers as text. Source: Learn "service to service calls using client credentials (v1)". */
export async function grantDocument(
  options: GrantOptions,
  version: TokenVersion,
  tenant: string,
  audience: string,
): Promise<object> {
  const tid = issuingTenant(options, tenant);
  const lifetimeSeconds = options.registrations.tokenLifetimeSeconds;
  const nowSeconds = Math.floor(options.clock.nowMs() / 1_000);
  const iss = `${options.endpoint()}/${tid}/`;
  const access_token = await options.tokens.issue(audience, { tid, iss, idp: iss, exp: nowSeconds + lifetimeSeconds });
  switch (version) {
    case "v1":
      return {
        token_type: "Bearer",
        expires_in: String(lifetimeSeconds),
        ext_expires_in: String(lifetimeSeconds),
        expires_on: String(nowSeconds + lifetimeSeconds),
        not_before: String(nowSeconds),
        resource: audience,
        access_token,
      };
    case "v2":
      return {
        token_type: "Bearer",
        expires_in: lifetimeSeconds,
        ext_expires_in: lifetimeSeconds,
        access_token,
      };
  }
}
