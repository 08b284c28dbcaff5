/** The one place that makes credentials of `@azure/identity`, which is loaded when the first token is needed. */
import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import { RunFailedError } from "../failures/errors";
import type { Outside } from "../outside";
import { readCertificateFile } from "./certificate-file";
import type { Cloud } from "./clouds";
import type { CredentialChoice } from "./credential-choice";
import { type Evidence, noteAnswer } from "./evidence";
import { readFederatedToken } from "./federated-token";
import { isCutOff, textOf } from "./network-errors";

/** How long one request for a token may take. Source: our own choice; the library itself waits without end. */
const TOKEN_TIMEOUT_MS = 30_000;

/** How long `az account get-access-token` may take. Source: our own choice; Python alone can take some seconds to start. */
const CLI_TIMEOUT_MS = 60_000;

export interface CredentialRequest {
  readonly choice: CredentialChoice;
  readonly cloud: Cloud;
  /** In the place of the choice's own tenant. */
  readonly tenantId: string | undefined;
  readonly outside: Outside;
  readonly evidence: Evidence;
}

/** Makes the credential of a choice. Errors of it are what `classifyCredentialError` knows. */
export type LoadCredential = (request: CredentialRequest) => Promise<TokenCredential>;

export async function loadCredential(request: CredentialRequest): Promise<TokenCredential> {
  const { choice, cloud, outside, evidence } = request;
  const identity = await import("@azure/identity");
  const options = {
    authorityHost: cloud.authorityHost,
    disableInstanceDiscovery: !cloud.knownAuthority,
    retryOptions: { maxRetries: 0 },
    httpClient: observedClient(outside, evidence),
  };
  switch (choice.kind) {
    case "clientSecret":
      return new identity.ClientSecretCredential(
        tenantOf(request, choice),
        choice.clientId,
        choice.clientSecret,
        options,
      );
    case "clientCertificate": {
      const certificate = await readCertificateFile(choice.certificatePath, choice.certificatePassword, evidence);
      return new identity.ClientCertificateCredential(
        tenantOf(request, choice),
        choice.clientId,
        { certificate },
        options,
      );
    }
    case "federated":
      return new identity.ClientAssertionCredential(
        tenantOf(request, choice),
        choice.clientId,
        () => {
          const audience = cloud.tokenExchangeAudience;
          evidence.assertion ??= readFederatedToken({ token: choice.token, audience, outside, evidence });
          return evidence.assertion;
        },
        options,
      );
    case "managedIdentity":
      return new identity.ManagedIdentityCredential(
        choice.clientId === undefined ? options : { ...options, clientId: choice.clientId.value },
      );
    case "incomplete":
      throw new RunFailedError({ kind: "CredentialsUnusable", source: choice.source, detail: choice.missing });
    case "default": {
      const tenantId = request.tenantId ?? choice.tenantId;
      return new identity.DefaultAzureCredential({
        ...options,
        processTimeoutInMs: CLI_TIMEOUT_MS,
        ...(tenantId === undefined ? {} : { tenantId }),
        ...(choice.clientId === undefined ? {} : { managedIdentityClientId: choice.clientId }),
      });
    }
  }
}

function tenantOf({ tenantId }: CredentialRequest, choice: { readonly tenantId: string }): string {
  return tenantId ?? choice.tenantId;
}

/** Sends as everything here does, with an end to each wait, and keeps what the library drops: a network error, and the status of what is no answer of Entra's. */
function observedClient(outside: Outside, evidence: Evidence): HttpClient {
  return {
    sendRequest: async (request) => {
      request.timeout ||= TOKEN_TIMEOUT_MS;
      evidence.lastAnswer = undefined;
      const client = await outside.httpClient();
      try {
        const reply = await client.sendRequest(request);
        noteAnswer(evidence, reply.status, reply.bodyAsText ?? "");
        return reply;
      } catch (error) {
        evidence.lastAnswer = isCutOff(error) ? "cut off" : undefined;
        evidence.networkError = textOf(error);
        throw error;
      }
    },
  };
}
