/** What the directory knows beside the one client secret: switched by `/_simulator`, read by Entra and by IMDS. */
import { createHash, X509Certificate } from "node:crypto";
import type { JSONWebKeySet } from "jose";
import { TOKEN_LIFETIME_SECONDS } from "./tokens";

export interface ClientCertificate {
  readonly certificate: X509Certificate;
  /** As it stands in an assertion's `x5t`: base64url of the SHA-1 of the DER. */
  readonly sha1: string;
  /** As it stands in an assertion's `x5t#S256`. */
  readonly sha256: string;
}

export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** The issuer's keys; the real Entra fetches them from the issuer. */
  readonly jwks: JSONWebKeySet;
}

export interface ManagedIdentity {
  readonly enabled: boolean;
  /** Set: the machine has this user-assigned identity and no other. Not set: it has its own, the system-assigned one. */
  readonly clientId?: string;
}

export interface Registrations {
  clientCertificates: readonly ClientCertificate[];
  federatedCredentials: readonly FederatedCredential[];
  /** Tenants in which the application is known too. */
  otherTenants: readonly string[];
  tokenLifetimeSeconds: number;
  managedIdentity: ManagedIdentity;
}

export function createRegistrations(): Registrations {
  return {
    clientCertificates: [],
    federatedCredentials: [],
    otherTenants: [],
    tokenLifetimeSeconds: TOKEN_LIFETIME_SECONDS,
    managedIdentity: { enabled: false },
  };
}

/** @returns undefined when it is not a certificate in PEM. */
export function readClientCertificate(pem: string): ClientCertificate | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return undefined;
  }
  const digest = (algorithm: string): string => createHash(algorithm).update(certificate.raw).digest("base64url");
  return { certificate, sha1: digest("sha1"), sha256: digest("sha256") };
}
