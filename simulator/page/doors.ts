/** Who may load the page and ask for its data, beside the key: the browser of this machine, and no other site in it. */
import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Nothing from elsewhere, no inline script or style, no frame around it, and no text that becomes HTML (trusted types).
 * Source: https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/trusted-types/
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};

const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];
const HTTPS_PORT = 443;

/** A hook: refuses names that only point to this machine (DNS rebinding) and requests that another site makes. */
export async function guardPage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  reply.headers(PAGE_HEADERS);
  const host = (request.headers.host ?? "").toLowerCase();
  if (!ownHosts(request.socket.localPort ?? 0).includes(host)) {
    return reply.code(421).send({ error: `the page is at localhost, not at '${host}'` });
  }
  const { origin } = request.headers;
  if (origin !== undefined && origin.toLowerCase() !== `https://${host}`) {
    return reply.code(403).send({ error: `the page answers itself alone, not '${origin}'` });
  }
  return undefined;
}

/** As a browser names them, which leaves out the port of the scheme. Source: WHATWG URL, "port state": it becomes null. */
export function ownHosts(port: number): readonly string[] {
  const named = LOOPBACK_NAMES.map((name) => `${name}:${port}`);
  return port === HTTPS_PORT ? [...named, ...LOOPBACK_NAMES] : named;
}
