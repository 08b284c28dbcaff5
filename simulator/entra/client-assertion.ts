/** Verifies the `client_assertion` of a token request: signed by a registered certificate, or by a federated issuer. */
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import { type AssertionProblem, assertionError } from "./assertion-errors";
import type { ClientCertificate, FederatedCredential, Registrations } from "./registrations";
import type { EntraError } from "./token-request";

export interface AssertionFacts {
  readonly registrations: Registrations;
  readonly clientId: string;
  /** What a certificate's assertion may be meant for: the token endpoint, or the issuer. */
  readonly audiences: readonly string[];
  readonly nowMs: number;
}

/** How far clocks may be apart. Source: assumed; Learn, "certificate credentials" allows 5 to 10 minutes of life. */
const SKEW_MS = 300_000;

/** @returns why Entra refuses it, or undefined when it does not. */
export async function checkAssertion(assertion: string, facts: AssertionFacts): Promise<EntraError | undefined> {
  const problem = await findProblem(assertion, facts);
  return problem === undefined ? undefined : assertionError(problem);
}

/** An assertion that the client made itself names the client as its issuer; any other comes from a federated issuer. */
async function findProblem(assertion: string, facts: AssertionFacts): Promise<AssertionProblem | undefined> {
  const read = readAssertion(assertion);
  if (read === undefined) {
    return { kind: "Malformed" };
  }
  const { claims, thumbprint } = read;
  return claims.iss === facts.clientId || thumbprint !== undefined
    ? ofCertificate(assertion, claims, thumbprint ?? "", facts)
    : ofFederation(assertion, claims, facts);
}

interface ReadAssertion {
  readonly claims: JWTPayload;
  /** `x5t#S256`, or `x5t` of older clients. */
  readonly thumbprint: string | undefined;
}

function readAssertion(assertion: string): ReadAssertion | undefined {
  try {
    const header = decodeProtectedHeader(assertion);
    const sha256 = header["x5t#S256"];
    return {
      claims: decodeJwt(assertion),
      thumbprint: typeof sha256 === "string" ? sha256 : header.x5t,
    };
  } catch {
    return undefined;
  }
}

/** Source: Learn, "application authentication certificate credentials" (claims and header). Order of complaints: assumed. */
async function ofCertificate(
  assertion: string,
  claims: JWTPayload,
  thumbprint: string,
  { registrations, clientId, audiences, nowMs }: AssertionFacts,
): Promise<AssertionProblem | undefined> {
  const shown = Buffer.from(thumbprint, "base64url").toString("hex").toUpperCase();
  const known = registrations.clientCertificates.find(({ sha1, sha256 }) => [sha1, sha256].includes(thumbprint));
  if (known === undefined) {
    return { kind: "CertificateUnknown", thumbprint: shown, clientId };
  }
  const { certificate } = known;
  if (Date.parse(certificate.validTo) < nowMs) {
    return { kind: "CertificateExpired", thumbprint: shown, start: certificate.validFrom, end: certificate.validTo };
  }
  if (!(await isSignedBy(assertion, known))) {
    return { kind: "SignatureWrong", thumbprint: shown };
  }
  if (claims.iss !== clientId || claims.sub !== clientId) {
    return { kind: "ForOtherClient" };
  }
  if (typeof claims.aud !== "string" || !audiences.includes(claims.aud)) {
    return { kind: "ForOtherAudience" };
  }
  return outOfTime(claims, nowMs);
}

/** PS256 and RS256 are what Entra takes. Source: Learn, "application authentication certificate credentials". */
async function isSignedBy(assertion: string, { certificate }: ClientCertificate): Promise<boolean> {
  return isVerified(
    jwtVerify(assertion, certificate.publicKey, { algorithms: ["PS256", "RS256"], currentDate: new Date(0) }),
  );
}

async function ofFederation(
  assertion: string,
  claims: JWTPayload,
  { registrations, clientId, nowMs }: AssertionFacts,
): Promise<AssertionProblem | undefined> {
  const credentials = registrations.federatedCredentials;
  if (credentials.length === 0) {
    return { kind: "NoFederation", clientId };
  }
  const issuer = claims.iss ?? "";
  const ofIssuer = credentials.filter((credential) => credential.issuer === issuer);
  if (ofIssuer.length === 0) {
    return { kind: "IssuerUnknown", issuer };
  }
  const subject = claims.sub ?? "";
  const ofSubject = ofIssuer.filter((credential) => credential.subject === subject);
  if (ofSubject.length === 0) {
    const inOtherCase = ofIssuer.some((credential) => credential.subject.toLowerCase() === subject.toLowerCase());
    return { kind: inOtherCase ? "SubjectInOtherCase" : "SubjectUnknown", subject };
  }
  const audience = [claims.aud ?? ""].flat()[0] ?? "";
  const matching = ofSubject.find((credential) => credential.audience === audience);
  if (matching === undefined) {
    return { kind: "AudienceUnknown", audience };
  }
  return (await isSignedByIssuer(assertion, matching))
    ? outOfTime(claims, nowMs)
    : { kind: "SignatureWrong", thumbprint: decodeProtectedHeader(assertion).kid ?? "" };
}

function isSignedByIssuer(assertion: string, { jwks }: FederatedCredential): Promise<boolean> {
  return isVerified(jwtVerify(assertion, createLocalJWKSet(jwks), { algorithms: ["RS256"], currentDate: new Date(0) }));
}

/** Whether the signature is right; the library looks at the time too, which has an answer of its own here. */
async function isVerified(verification: Promise<unknown>): Promise<boolean> {
  try {
    await verification;
    return true;
  } catch (error) {
    const claim = typeof error === "object" && error !== null && "claim" in error ? error.claim : undefined;
    return claim === "nbf" || claim === "exp";
  }
}

function outOfTime(claims: JWTPayload, nowMs: number): AssertionProblem | undefined {
  const notBeforeMs = (claims.nbf ?? 0) * 1_000;
  const expiresAtMs = (claims.exp ?? 0) * 1_000;
  return nowMs > expiresAtMs + SKEW_MS || nowMs < notBeforeMs - SKEW_MS
    ? { kind: "OutOfTime", nowMs, notBeforeMs, expiresAtMs }
    : undefined;
}
