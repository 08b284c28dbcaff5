/** What an exception of `@azure/identity` means. Its texts can quote ids, files and tokens: only codes are taken over. Pure. */
import type { RunFailure } from "../failures/errors";
import type { InPlaceOfAnswer } from "../failures/run-failure";
import { textAt } from "../json";
import type { Cloud } from "./clouds";
import type { CredentialChoice } from "./credential-choice";
import type { Evidence } from "./evidence";
import { CUT_OFF_DETAIL, networkErrorCode, textOf } from "./network-errors";

/** Tries of one request for a token, the first one included. */
export const TOKEN_TRIES = 3;

export interface CredentialVerdict {
  readonly failure: RunFailure;
  /** Whether asking again a moment later can help. */
  readonly passing: boolean;
}

/**
 * Entra's own troubles, which pass: issuing tokens failed, a service behind it is not there, too many requests.
 * Source: Learn, "Microsoft Entra authentication and authorization error codes".
 */
const PASSING_ENTRA_CODES: readonly string[] = ["AADSTS50000", "AADSTS90033", "AADSTS90055"];
const TOO_MANY_ENTRA_CODE = "AADSTS90055";

export interface CredentialErrorFacts {
  readonly choice: CredentialChoice;
  readonly cloud: Cloud;
  readonly evidence: Evidence;
}

export function classifyCredentialError(error: unknown, facts: CredentialErrorFacts): CredentialVerdict {
  const { choice, cloud, evidence } = facts;
  const { source } = choice;
  if (evidence.problem !== undefined) {
    return lasting({ kind: "CredentialsUnusable", source, detail: evidence.problem });
  }
  const text = textOf(error);
  const host = new URL(cloud.authorityHost).host;
  const entraCode = /AADSTS\d+/.exec(text)?.[0];
  const came = cameInPlace(evidence, entraCode);
  if (evidence.passing !== undefined) {
    return passing({ kind: "Unreachable", host, detail: entraCode ?? evidence.passing, afterTries: TOKEN_TRIES, came });
  }
  if (entraCode !== undefined) {
    return PASSING_ENTRA_CODES.includes(entraCode)
      ? passing({ kind: "Unreachable", host, detail: entraCode, afterTries: TOKEN_TRIES, came })
      : lasting({ kind: "CredentialsRefused", code: entraCode, source });
  }
  if (choice.kind === "managedIdentity") {
    return withoutManagedIdentity(text, choice, evidence);
  }
  if (choice.kind === "default" && /CredentialUnavailable|ChainedTokenCredential/.test(text)) {
    return lasting({ kind: "CredentialsMissing", detail: `${source} had none${cliHint(text)}` });
  }
  const networkCode = networkCodeOf(text, evidence);
  if (networkCode !== undefined) {
    return passing({ kind: "Unreachable", host, detail: networkCode, afterTries: TOKEN_TRIES, came });
  }
  if (/endpoints_resolution_error|openid_config_error/.test(text)) {
    return lasting({ kind: "CredentialsRefused", code: "endpoints_resolution_error", source });
  }
  return lasting({ kind: "CredentialsUnusable", source, detail: detailOf(choice, codeOf(error)) });
}

function passing(failure: RunFailure): CredentialVerdict {
  return { failure, passing: true };
}

function lasting(failure: RunFailure): CredentialVerdict {
  return { failure, passing: false };
}

/** Source of what IMDS says: MicrosoftDocs/azure-docs#21322 ("Identity not found"). */
function withoutManagedIdentity(
  text: string,
  { source, clientId }: Extract<CredentialChoice, { kind: "managedIdentity" }>,
  evidence: Evidence,
): CredentialVerdict {
  if (/identity not found/i.test(text)) {
    const detail =
      clientId === undefined
        ? "this machine has no managed identity of its own; assign one to it, or set azure-native:clientId or ARM_CLIENT_ID to the client id of the user-assigned one that it has"
        : `this machine has no managed identity with the client id '${clientId.value}' from ${clientId.source}; assign it to the machine, or set the client id of one that is`;
    return lasting({ kind: "CredentialsUnusable", source, detail });
  }
  const code = networkCodeOf(text, evidence) ?? "no token in the answer";
  const detail = `nothing gives out tokens of a managed identity here (${code}); that is only there on a machine in Azure, so run this on one, or choose other credentials`;
  return passing({ kind: "CredentialsUnusable", source, detail });
}

/** The library turns most network errors into `network_error`; what they were is in the evidence. */
function networkCodeOf(text: string, evidence: Evidence): string | undefined {
  const said = networkErrorCode(text);
  const seen = evidence.networkError === undefined ? undefined : networkErrorCode(evidence.networkError);
  return said === undefined || said === "network_error" ? (seen ?? wordsOf(said, evidence)) : said;
}

/** An answer that is none of Entra's, or half of one, is `network_error` to the library, too. */
function wordsOf(said: string | undefined, { lastAnswer }: Evidence): string | undefined {
  if (said === undefined || lastAnswer === undefined) {
    return said;
  }
  return lastAnswer === "cut off" ? CUT_OFF_DETAIL : `status ${lastAnswer}`;
}

/** @param entraCode of a trouble that passes */
function cameInPlace({ lastAnswer }: Evidence, entraCode: string | undefined): InPlaceOfAnswer | undefined {
  if (lastAnswer === TOO_MANY_REQUESTS || entraCode === TOO_MANY_ENTRA_CODE) {
    return "tooMany";
  }
  if (lastAnswer === "cut off") {
    return "half";
  }
  return lastAnswer === undefined && entraCode === undefined ? undefined : "serverError";
}

const TOO_MANY_REQUESTS = 429;

/** What `AzureCliCredential` says of the ways in which az is of no use. Source: @azure/identity 4.13.1. */
function cliHint(text: string): string {
  if (/Azure CLI could not be found/.test(text)) {
    return " (az is not installed here)";
  }
  return /Please run 'az login'/.test(text) ? " (az is not signed in)" : "";
}

function codeOf(error: unknown): string {
  return textAt(error, "code") ?? (error instanceof Error ? error.name : "unknown error");
}

function detailOf(choice: CredentialChoice, code: string): string {
  switch (choice.kind) {
    case "clientCertificate":
      return `the certificate '${choice.certificatePath}' could not be used (${code})`;
    case "federated":
      return `the token of the other issuer from ${choice.token.source} could not be used (${code})`;
    case "clientSecret":
    case "managedIdentity":
    case "default":
    case "incomplete":
      return `signing in failed (${code})`;
  }
}
