/** Where a token for ARM comes from: `@azure/identity`, loaded when the first token is needed. */
import { readFile } from "node:fs/promises";
import type { GetTokenOptions, TokenCredential } from "@azure/core-auth";
import { httpGet } from "../arm/http-get";
import { RunFailedError, type RunFailure } from "../failures/errors";
import { textAt } from "../json";
import type { Outside } from "../outside";
import { type Cloud, cloudByName, cloudFromMetadata, METADATA_PATH } from "./clouds";
import type { CloudChoice, CredentialChoice, FederatedToken } from "./settings";

/** Tries of one request for a token or for a cloud's endpoints, the first one included. */
const TRIES = 3;
const TOKEN_RETRY_DELAY_MS = 1_000;

/**
 * Entra's own troubles, which pass: issuing tokens failed, a service behind it is not there, too many requests.
 * Source: Learn, "Microsoft Entra authentication and authorization error codes".
 */
const PASSING_ENTRA_CODES: readonly string[] = ["AADSTS50000", "AADSTS90033", "AADSTS90055"];

/** How long one try may take. */
const GET_TIMEOUT_MS = 30_000;

/**
 * Finds out what the chosen cloud consists of, asking its metadata endpoint when only a host is known.
 *
 * @throws RunFailedError `CloudUnknown` or `Unreachable`.
 */
export async function resolveCloud(choice: CloudChoice, outside: Outside): Promise<Cloud> {
  switch (choice.kind) {
    case "named": {
      const cloud = cloudByName(choice.name.value);
      if (cloud === undefined) {
        throw new RunFailedError({
          kind: "CloudUnknown",
          setting: choice.name.source,
          detail: `its value is '${choice.name.value}', expected 'public', 'usgovernment' or 'china'; for another cloud set azure-native:metadataHost or ARM_METADATA_HOSTNAME`,
        });
      }
      return cloud;
    }
    case "metadata": {
      const host = choice.host.value.replace(/^https:\/\//, "").replace(/\/+$/, "");
      const cloud = cloudFromMetadata(host, await fetchMetadata(host, outside));
      if (cloud === undefined) {
        throw new RunFailedError({
          kind: "CloudUnknown",
          setting: choice.host.source,
          detail: `https://${host}${METADATA_PATH} does not answer with the endpoints of an Azure cloud`,
        });
      }
      return cloud;
    }
  }
}

async function fetchMetadata(host: string, outside: Outside): Promise<string> {
  try {
    return (
      await httpGet(`https://${host}${METADATA_PATH}`, outside, { timeoutMs: GET_TIMEOUT_MS, maxRetries: TRIES - 1 })
    ).body;
  } catch (error) {
    throw unreachable(host, error);
  }
}

/**
 * A credential for the chosen settings whose errors are `RunFailedError`s without secrets in them.
 * Nothing is loaded and nothing is asked before the first token is needed.
 */
export function createCredential(choice: CredentialChoice, cloud: Cloud, outside: Outside): TokenCredential {
  let credential: Promise<TokenCredential> | undefined;
  return {
    getToken: async (scopes: string | string[], options?: GetTokenOptions) => {
      for (let tries = 1; ; tries += 1) {
        try {
          credential ??= loadCredential(choice, cloud, outside);
          return await (await credential).getToken(scopes, options);
        } catch (error) {
          // The library keeps a 429 and a 5xx for a minute; a new credential asks again.
          credential = undefined;
          const failed =
            error instanceof RunFailedError ? error : new RunFailedError(classifyCredentialError(error, choice, cloud));
          if (failed.failure.kind !== "Unreachable" || tries === TRIES) {
            throw failed;
          }
          await outside.sleep(TOKEN_RETRY_DELAY_MS * tries);
        }
      }
    },
  };
}

async function loadCredential(choice: CredentialChoice, cloud: Cloud, outside: Outside): Promise<TokenCredential> {
  const identity = await import("@azure/identity");
  const options = {
    authorityHost: cloud.authorityHost,
    disableInstanceDiscovery: !cloud.knownAuthority,
    retryOptions: { maxRetries: 0 },
  };
  switch (choice.kind) {
    case "clientSecret":
      return new identity.ClientSecretCredential(choice.tenantId, choice.clientId, choice.clientSecret, options);
    case "clientCertificate": {
      const password = choice.certificatePassword;
      const certificate = { certificatePath: choice.certificatePath };
      return new identity.ClientCertificateCredential(
        choice.tenantId,
        choice.clientId,
        password === undefined ? certificate : { ...certificate, certificatePassword: password },
        options,
      );
    }
    case "federated":
      return new identity.ClientAssertionCredential(
        choice.tenantId,
        choice.clientId,
        () => readFederatedToken(choice.token, outside),
        options,
      );
    case "incomplete":
      throw new RunFailedError({ kind: "CredentialsUnusable", source: choice.source, detail: choice.missing });
    case "default":
      return new identity.DefaultAzureCredential(options);
  }
}

/** The audience is Entra's own for token exchange. Source: Learn, "Workload identity federation". */
async function readFederatedToken(token: FederatedToken, outside: Outside): Promise<string> {
  switch (token.from) {
    case "text":
      return token.text;
    case "file":
      return (await readFile(token.path, "utf8")).trim();
    case "url": {
      const url = new URL(token.url);
      url.searchParams.set("audience", "api://AzureADTokenExchange");
      const headers = { authorization: `Bearer ${token.bearer}`, accept: "application/json" };
      const reply = await httpGet(url.href, outside, { timeoutMs: GET_TIMEOUT_MS, headers });
      const answer: unknown = JSON.parse(reply.body);
      const value = typeof answer === "object" && answer !== null && "value" in answer ? answer.value : undefined;
      if (typeof value !== "string") {
        throw new Error(`the token service at ${url.host} answered with status ${reply.status} and no token`);
      }
      return value;
    }
  }
}

/** What an exception of `@azure/identity` means. Its texts can hold ids, never secrets; only codes are taken over. */
export function classifyCredentialError(error: unknown, choice: CredentialChoice, cloud: Cloud): RunFailure {
  const text = textOf(error);
  const entraCode = /AADSTS\d+/.exec(text)?.[0];
  if (entraCode !== undefined && PASSING_ENTRA_CODES.includes(entraCode)) {
    return { kind: "Unreachable", host: new URL(cloud.authorityHost).host, detail: entraCode, afterTries: TRIES };
  }
  if (entraCode !== undefined) {
    return { kind: "CredentialsRefused", code: entraCode, source: choice.source };
  }
  if (choice.kind === "default" && /CredentialUnavailable|ChainedTokenCredential/.test(text)) {
    return { kind: "CredentialsMissing", detail: `${choice.source} had none` };
  }
  const networkCode = networkErrorCode(text);
  if (networkCode !== undefined) {
    const host = new URL(cloud.authorityHost).host;
    return { kind: "Unreachable", host, detail: networkCode, afterTries: TRIES };
  }
  if (/endpoints_resolution_error|openid_config_error/.test(text)) {
    return { kind: "CredentialsRefused", code: "endpoints_resolution_error", source: choice.source };
  }
  // The library's own text may quote a file or a token: only its code is taken over.
  const code = textAt(error, "code") ?? (error instanceof Error ? error.name : "unknown error");
  return { kind: "CredentialsUnusable", source: choice.source, detail: detailOf(choice, code) };
}

function detailOf(choice: CredentialChoice, code: string): string {
  switch (choice.kind) {
    case "clientCertificate":
      return `the certificate '${choice.certificatePath}' could not be used (${code})`;
    case "federated":
      return choice.token.from === "file"
        ? `the token file '${choice.token.path}' could not be used (${code})`
        : `the token of the other issuer could not be had (${code})`;
    case "clientSecret":
    case "default":
    case "incomplete":
      return `signing in failed (${code})`;
  }
}

function unreachable(host: string, error: unknown): RunFailedError {
  const text = textOf(error);
  return new RunFailedError({
    kind: "Unreachable",
    host,
    detail: networkErrorCode(text) ?? text.split("\n", 1)[0] ?? "",
    afterTries: TRIES,
  });
}

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

function textOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const code = "code" in error && typeof error.code === "string" ? `${error.code} ` : "";
  const cause = error.cause === undefined ? "" : ` ${textOf(error.cause)}`;
  return `${error.name} ${code}${error.message}${cause}`;
}
