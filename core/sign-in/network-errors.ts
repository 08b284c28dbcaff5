/** Names of network and certificate errors in texts that libraries made of them. Pure. */

/** The name of a network or certificate error in a text, with what it means where the name does not say it. */
export function networkErrorCode(text: string): string | undefined {
  const certificate =
    /SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID|self-signed certificate|unable to (verify|get)/.exec(
      text,
    )?.[0];
  if (certificate !== undefined) {
    return `${certificate} (its certificate is not trusted here: behind a company proxy, set NODE_EXTRA_CA_CERTS)`;
  }
  return /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|EPROTO|socket hang up|network_error|timed out|timeout/.exec(
    text,
  )?.[0];
}

export const CUT_OFF_DETAIL = "the answer is cut off";

/** Whether the connection ended in the middle of an answer. Source: @typespec/ts-http-runtime, nodeHttpClient.js, streamToText. */
export function isCutOff(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "PARSE_ERROR";
}

/** All that an error and its causes say, for looking names up in; never for showing, since it can quote secrets. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const code = "code" in error && typeof error.code === "string" ? `${error.code} ` : "";
  const cause = error.cause === undefined ? "" : ` ${textOf(error.cause)}`;
  return `${error.name} ${code}${error.message}${cause}`;
}
