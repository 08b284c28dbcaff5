/** The session with Azure that a Lambda container keeps between its invocations. */
import { RunFailedError } from "../../core/failures/errors";
import { openSession, type Session } from "../../core/run/session";
import { loadClientCredential } from "../../core/sign-in/client-credentials";
import type { CredentialChoice } from "../../core/sign-in/credential-choice";
import type { LoadCredential } from "../../core/sign-in/identity-library";
import { readSettings } from "../../core/sign-in/settings";
import { VERSION } from "../../core/version";
import { HANDLER_ENVIRONMENT } from "../resource-properties";
import { AwsFailure } from "./aws-errors";
import { describeClaims } from "./claims";
import type { HandlerOutside } from "./outside";
import { DeploymentFailure } from "./reason";
import { fieldOf } from "./secrets";

export interface Sessions {
  /** @throws DeploymentFailure when the function's environment is not that of the construct. */
  current(): Session;
  /** The session is not good for another invocation: it was told to start nothing, or something in it is still waited for. */
  discard(): void;
  /** The same failure; of one in which Entra refuses the role's token, with what the token says. */
  explained(error: RunFailedError): RunFailedError;
}

export function keepSessions(outside: HandlerOutside): Sessions {
  let open: { readonly session: Session; readonly ended: AbortController } | undefined;
  let claims: string | undefined;
  const ask = async (audience: string) => {
    const token = await outside.webIdentityToken(audience);
    claims = describeClaims(token);
    return token;
  };
  return {
    current: () => {
      if (open === undefined) {
        const ended = new AbortController();
        open = { session: connect(outside, ask, ended.signal), ended };
      }
      return open.session;
    },
    discard: () => {
      // A container that is thawed for another request must not go on with what this one has left.
      open?.ended.abort(new Error("the invocation is over"));
      open = undefined;
    },
    explained: (error) =>
      error.failure.kind === "CredentialsRefused" && claims !== undefined ? error.withEvidence([claims]) : error,
  };
}

function connect(outside: HandlerOutside, ask: (audience: string) => Promise<string>, signal: AbortSignal): Session {
  const settings = readSettings(() => undefined, outside.environment);
  const { waitSliceSeconds } = settings;
  if (waitSliceSeconds.kind === "problem") {
    throw new DeploymentFailure(`${waitSliceSeconds.problem}; nothing was run`);
  }
  return openSession({
    settings: { ...settings, credential: readCredential(outside, ask) },
    outside,
    userAgent: `azure-run-command/${VERSION} cdk`,
    waitSliceSeconds: waitSliceSeconds.value,
    isAlone: true,
    loadCredential: withSecret(outside),
    signal,
  });
}

const SOURCES = {
  webIdentity: "AzureCredentials.webIdentity",
  clientSecret: "AzureCredentials.clientSecret",
} as const;

function readCredential(outside: HandlerOutside, ask: (audience: string) => Promise<string>): CredentialChoice {
  const kind = required(HANDLER_ENVIRONMENT.credentials, outside);
  const application = {
    tenantId: required(HANDLER_ENVIRONMENT.tenantId, outside),
    clientId: required(HANDLER_ENVIRONMENT.clientId, outside),
    auxiliaryTenantIds: [],
  };
  switch (kind) {
    case "webIdentity": {
      const token = { from: "issuer", ask, source: "AWS STS" } as const;
      return { kind: "federated", ...application, token, source: SOURCES.webIdentity };
    }
    case "clientSecret":
      // Read anew whenever it is exchanged for a token (`withSecret`).
      return { kind: "clientSecret", ...application, clientSecret: "", source: SOURCES.clientSecret };
    default:
      throw new DeploymentFailure(
        `the function's environment variable ${HANDLER_ENVIRONMENT.credentials} is '${kind}', expected 'webIdentity' or 'clientSecret'; nothing was run`,
      );
  }
}

/** A secret that is rotated counts from the next token on. */
function withSecret(outside: HandlerOutside): LoadCredential {
  return async (request) => {
    const { choice } = request;
    return loadClientCredential(
      choice.kind === "clientSecret"
        ? { ...request, choice: { ...choice, clientSecret: await readClientSecret(outside, choice.source) } }
        : request,
    );
  };
}

/** @throws RunFailedError */
async function readClientSecret(outside: HandlerOutside, source: string): Promise<string> {
  const id = required(HANDLER_ENVIRONMENT.clientSecretId, outside);
  const jsonField = outside.environment(HANDLER_ENVIRONMENT.clientSecretJsonField);
  try {
    return fieldOf(await outside.readSecret({ id, versionId: undefined }), { id, jsonField });
  } catch (error) {
    throw error instanceof AwsFailure
      ? new RunFailedError({ kind: "CredentialsUnusable", source, detail: error.message })
      : error;
  }
}

function required(variable: string, outside: HandlerOutside): string {
  const value = outside.environment(variable) ?? "";
  if (value === "") {
    throw new DeploymentFailure(`the function's environment variable ${variable} is not set; nothing was run`);
  }
  return value;
}
