/** Access tokens: signed when Entra gives them out, checked when ARM gets them. */
import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK, jwtVerify, type KeyLike, SignJWT } from "jose";
import { JOSEError, JWTExpired } from "jose/errors";
import type { Refusal } from "../arm/errors";
import { formatUsDate } from "../arm/instant";
import type { Clock } from "../clock";

/** Source: JetBrains/azure-tools-for-intellij#16, the list in ARM's own error text. */
export const ARM_AUDIENCES: readonly string[] = [
  "https://management.core.windows.net/",
  "https://management.core.windows.net",
  "https://management.azure.com/",
  "https://management.azure.com",
];

/** Resources for which Entra gives a token that ARM then refuses. */
export const OTHER_AUDIENCES: readonly string[] = [
  "https://graph.microsoft.com",
  "https://graph.windows.net",
  "https://vault.azure.net",
];

/** Life of a token of a service principal. Source: Entra answers `expires_in: 3599`, Learn "client credentials flow". */
export const TOKEN_LIFETIME_SECONDS = 3_599;

export interface Identity {
  readonly tenantId: string;
  readonly clientId: string;
  /** Of the service principal. */
  readonly objectId: string;
}

export interface TokenOptions extends Identity {
  /** `https://localhost:43210`, without a slash at the end. */
  readonly endpoint: () => string;
  readonly clock: Clock;
}

export interface Tokens {
  readonly publicKey: JWK;
  /** Signs a token; `changes` replace claims (for tests of what ARM refuses). */
  issue(audience: string, changes?: Readonly<Record<string, unknown>>): Promise<string>;
  /** @returns why ARM refuses the header, or undefined when it does not. */
  check(authorization: string | undefined): Promise<Refusal | undefined>;
}

export async function createTokens(options: TokenOptions): Promise<Tokens> {
  const keys = await generateKeyPair("RS256", { extractable: true });
  const keyId = randomUUID().replace(/-/g, "");
  const publicKey: JWK = { ...(await exportJWK(keys.publicKey)), use: "sig", kid: keyId, alg: "RS256" };
  return {
    publicKey,
    issue: (audience, changes = {}) => issue(options, keys.privateKey, keyId, audience, changes),
    check: (authorization) => check(options, keys.publicKey, authorization),
  };
}

/** The issuer as ARM compares it. Source: tokens for ARM are of version 1.0, `iss` is the security token service plus the tenant (Learn, "access token claims"). */
function issuerOf(options: TokenOptions, tenantId: string): string {
  return `${options.endpoint()}/${tenantId}/`;
}

function issue(
  options: TokenOptions,
  key: KeyLike,
  keyId: string,
  audience: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<string> {
  const nowSeconds = Math.floor(options.clock.nowMs() / 1_000);
  const claims = {
    aud: audience,
    iss: issuerOf(options, options.tenantId),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + TOKEN_LIFETIME_SECONDS,
    appid: options.clientId,
    appidacr: "1",
    idp: issuerOf(options, options.tenantId),
    idtyp: "app",
    oid: options.objectId,
    sub: options.objectId,
    tid: options.tenantId,
    uti: randomUUID(),
    ver: "1.0",
    ...changes,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT", kid: keyId }).sign(key);
}

/** In the order in which ARM complains: form, signature, expiry, audience, tenant. Source of the order: assumed. */
async function check(
  options: TokenOptions,
  key: KeyLike,
  authorization: string | undefined,
): Promise<Refusal | undefined> {
  if (authorization === undefined || authorization.trim() === "") {
    return { kind: "NoAuthorization" };
  }
  const token = /^bearer\s+(\S+)\s*$/i.exec(authorization)?.[1];
  if (token === undefined) {
    return { kind: "AuthorizationUnreadable" };
  }
  const nowMs = options.clock.nowMs();
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: ["RS256"], currentDate: new Date(nowMs) });
    return checkClaims(options, payload.aud, payload.iss, payload.tid);
  } catch (error) {
    if (error instanceof JWTExpired) {
      const expiredAt = formatUsDate(Number(error.payload.exp) * 1_000);
      return { kind: "TokenExpired", expiredAt, now: formatUsDate(nowMs) };
    }
    if (error instanceof JOSEError || error instanceof TypeError) {
      return { kind: "TokenInvalid" };
    }
    throw error;
  }
}

function checkClaims(options: TokenOptions, audience: unknown, issuer: unknown, tenant: unknown): Refusal | undefined {
  const allowed = [...ARM_AUDIENCES, `${options.endpoint()}/`, options.endpoint()];
  if (typeof audience !== "string" || !allowed.includes(audience)) {
    return { kind: "TokenForOtherAudience", audience: String(audience), allowed: ARM_AUDIENCES };
  }
  const wanted = issuerOf(options, options.tenantId);
  if (issuer !== wanted || tenant !== options.tenantId) {
    return {
      kind: "TokenOfOtherTenant",
      issuer: String(issuer),
      wanted,
      authority: `${options.endpoint()}/${options.tenantId}`,
    };
  }
  return undefined;
}
