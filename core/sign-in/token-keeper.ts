/** Keeps one token and renews it in time: asked for once however many wait for it, and not lost while Entra is down. */
import type { AccessToken } from "@azure/core-auth";
import type { Outside } from "../outside";
import type { ArmCredential } from "./credentials";

/** How long before its end a token is renewed. Source: our own choice, the same as MSAL's (msal-common, tokenRenewalOffsetSeconds). */
const RENEW_BEFORE_MS = 300_000;

/** How long before its end a token is not sent any more. Source: our own choice: time for a request to get to Azure. */
const LAST_MOMENT_MS = 10_000;

/** How often a renewal that failed is tried again while the old token is good. Source: our own choice. */
const RENEWAL_PAUSE_MS = 30_000;

/** Of a token that lives shorter than all that, the parts of its life. */
const RENEW_BEFORE_PART = 1 / 2;
const LAST_MOMENT_PART = 1 / 10;

export interface TokenKeeper {
  /** A token that is good at this moment; waits only where there is none. */
  token(signal?: AbortSignal): Promise<string>;
  /**
   * A token in the place of one that Azure says has expired.
   *
   * @returns undefined when no other is to be had.
   */
  tokenInsteadOf(refused: string, signal?: AbortSignal): Promise<string | undefined>;
}

interface Kept {
  readonly token: string;
  readonly renewAtMs: number;
  readonly uselessAtMs: number;
}

/**
 * The library's own token cycler is not used: when a renewal in the background fails after the end of the old token, nobody
 * waits for it, and Node ends the process (@azure/core-rest-pipeline 1.24.0, util/tokenCycler).
 */
export function createTokenKeeper(credential: ArmCredential, scope: string, outside: Outside): TokenKeeper {
  let kept: Kept | undefined;
  let asking: Promise<Kept> | undefined;
  let nextRenewalAtMs = 0;
  const ask = (): Promise<Kept> => {
    if (asking === undefined) {
      if (kept !== undefined) {
        credential.forget?.();
      }
      asking = askFor(credential, scope, outside)
        .then((answer) => {
          kept = answer;
          return answer;
        })
        .finally(() => {
          asking = undefined;
        });
    }
    return asking;
  };
  const renewInBackground = (nowMs: number): void => {
    if (asking === undefined && nowMs >= nextRenewalAtMs) {
      nextRenewalAtMs = nowMs + RENEWAL_PAUSE_MS;
      // The old token is good for a while: who needs a new one then gets the failure.
      ask().catch(() => undefined);
    }
  };
  return {
    token: async (signal) => {
      const nowMs = outside.nowMs();
      if (kept === undefined || nowMs >= kept.uselessAtMs) {
        return (await unlessAborted(ask(), signal)).token;
      }
      if (nowMs >= kept.renewAtMs) {
        renewInBackground(nowMs);
      }
      return kept.token;
    },
    tokenInsteadOf: async (refused, signal) => {
      if (kept?.token === refused) {
        kept = undefined;
        credential.forget?.();
      }
      const { token } = kept ?? (await unlessAborted(ask(), signal));
      return token === refused ? undefined : token;
    },
  };
}

async function askFor(credential: ArmCredential, scope: string, outside: Outside): Promise<Kept> {
  const askedAtMs = outside.nowMs();
  const answer = await credential.getToken(scope);
  if (answer === null) {
    throw new Error("the credential gave no token");
  }
  return keep(answer, askedAtMs);
}

function keep({ token, expiresOnTimestamp, refreshAfterTimestamp }: AccessToken, askedAtMs: number): Kept {
  const lifeMs = Math.max(0, expiresOnTimestamp - askedAtMs);
  const renewAtMs = expiresOnTimestamp - Math.min(RENEW_BEFORE_MS, lifeMs * RENEW_BEFORE_PART);
  return {
    token,
    renewAtMs: Math.min(renewAtMs, refreshAfterTimestamp ?? renewAtMs),
    uselessAtMs: expiresOnTimestamp - Math.min(LAST_MOMENT_MS, lifeMs * LAST_MOMENT_PART),
  };
}

/** Others wait for the same token, so one that gives up leaves the request alone. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
