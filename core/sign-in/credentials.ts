/** Where a token for ARM comes from: the chosen credentials, asked again while their trouble is one that passes. */
import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/core-auth";
import { RunFailedError } from "../failures/errors";
import type { Outside } from "../outside";
import type { Cloud } from "./clouds";
import type { CredentialChoice } from "./credential-choice";
import { classifyCredentialError, TOKEN_TRIES } from "./credential-errors";
import { freshEvidence } from "./evidence";
import type { LoadCredential } from "./identity-library";

/** How long to wait before the second try; before the third, twice as long. */
const TOKEN_RETRY_DELAY_MS = 1_000;

/** Credentials for ARM, with those for the tenants whose tokens go along. */
export interface ArmCredential extends TokenCredential {
  /** Asks anew from the beginning next time: what the library has kept is not good any more. */
  forget?(): void;
  readonly auxiliary?: readonly ArmCredential[];
}

/**
 * A credential for the chosen settings whose errors are `RunFailedError`s without secrets in them.
 * Nothing is loaded and nothing is asked before the first token is needed.
 */
export function createCredential(
  choice: CredentialChoice,
  cloud: Cloud,
  outside: Outside,
  loadCredential: LoadCredential,
): ArmCredential {
  const shared = { choice, cloud, outside, loadCredential };
  const tenantIds = "auxiliaryTenantIds" in choice ? choice.auxiliaryTenantIds : [];
  return {
    ...credentialIn(undefined, shared),
    auxiliary: tenantIds.map((tenantId) => credentialIn(tenantId, shared)),
  };
}

interface Sources {
  readonly choice: CredentialChoice;
  readonly cloud: Cloud;
  readonly outside: Outside;
  readonly loadCredential: LoadCredential;
}

/** @param tenantId in the place of the choice's own. */
function credentialIn(
  tenantId: string | undefined,
  { choice, cloud, outside, loadCredential }: Sources,
): ArmCredential {
  const evidence = freshEvidence();
  let credential: Promise<TokenCredential> | undefined;
  const tryOnce = async (scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> => {
    Object.assign(evidence, freshEvidence());
    credential ??= loadCredential({ choice, cloud, tenantId, outside, evidence });
    const token = await (await credential).getToken(scopes, options);
    if (token === null) {
      throw new RunFailedError({ kind: "CredentialsMissing", detail: `${choice.source} had none` });
    }
    return token;
  };
  return {
    forget: () => {
      credential = undefined;
    },
    getToken: async (scopes, options) => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await tryOnce(scopes, options);
        } catch (error) {
          // The library keeps a 429 and a 5xx for a minute; a new credential asks again.
          credential = undefined;
          if (error instanceof RunFailedError) {
            throw error;
          }
          const { failure, passing } = classifyCredentialError(error, { choice, cloud, evidence });
          if (!passing || tries === TOKEN_TRIES) {
            throw new RunFailedError(failure);
          }
          await outside.sleep(TOKEN_RETRY_DELAY_MS * tries);
        }
      }
    },
  };
}
