/** Trusts certificates in this process, for clients that make their connections themselves (as `@azure/identity` does). */
import tls from "node:tls";

/**
 * What `NODE_EXTRA_CA_CERTS` does, which is only read when a process starts: here with no other certificates beside.
 *
 * @returns undoes it.
 */
export function trust(certificatesPem: readonly string[]): () => void {
  const original = tls.createSecureContext;
  const trusting = original({ ca: [...certificatesPem] });
  tls.createSecureContext = (options) =>
    options?.ca === undefined && options?.cert === undefined ? trusting : original(options);
  return () => {
    tls.createSecureContext = original;
  };
}
