/** Puts tokens on requests to ARM: the main one, those of the auxiliary tenants, and another where one has expired. */
import type { PipelinePolicy, PipelineRequest, PipelineResponse } from "@azure/core-rest-pipeline";
import { parseJson, textAt } from "../json";
import type { Outside } from "../outside";
import type { Cloud } from "./clouds";
import type { ArmCredential } from "./credentials";
import { createTokenKeeper } from "./token-keeper";

/** Source: Learn, "Authenticate requests across tenants". */
const AUXILIARY_HEADER = "x-ms-authorization-auxiliary";

export interface AuthorizationOptions {
  readonly cloud: Cloud;
  readonly credential: ArmCredential;
  readonly outside: Outside;
}

export async function armAuthorizationPolicy(options: AuthorizationOptions): Promise<PipelinePolicy> {
  const { bearerTokenAuthenticationPolicy } = await import("@azure/core-rest-pipeline");
  const { cloud, credential, outside } = options;
  const scope = `${cloud.audience}/.default`;
  const main = createTokenKeeper(credential, scope, outside);
  const auxiliary = (credential.auxiliary ?? []).map((other) => createTokenKeeper(other, scope, outside));
  return bearerTokenAuthenticationPolicy({
    credential,
    scopes: scope,
    challengeCallbacks: {
      authorizeRequest: async ({ request }) => {
        const signal = signalOf(request);
        const tokens = await Promise.all([main, ...auxiliary].map((keeper) => keeper.token(signal)));
        const [first, ...others] = tokens.map((token) => `Bearer ${token}`);
        request.headers.set("authorization", first ?? "");
        if (others.length > 0) {
          request.headers.set(AUXILIARY_HEADER, others.join(", "));
        }
      },
      // Azure refuses such a request before it does anything, so that a POST may be sent again as well.
      authorizeRequestOnChallenge: async ({ request, response }) => {
        const refused = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
        if (refused === undefined || !saysExpired(response)) {
          return false;
        }
        const token = await main.tokenInsteadOf(refused, signalOf(request));
        if (token === undefined) {
          return false;
        }
        request.headers.set("authorization", `Bearer ${token}`);
        return true;
      },
    },
  });
}

/** Source: recorded in public issues, e.g. microsoft/foundry-dev-tools#461. */
function saysExpired(response: PipelineResponse): boolean {
  return textAt(parseJson(response.bodyAsText ?? ""), "error", "code") === "ExpiredAuthenticationToken";
}

/** The library knows less of a signal than Node does; what comes here is always Node's. */
function signalOf(request: PipelineRequest): AbortSignal | undefined {
  return request.abortSignal instanceof AbortSignal ? request.abortSignal : undefined;
}
