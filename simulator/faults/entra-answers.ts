/** The answers of Entra's token endpoint that a fault puts in the place of the right one. Pure. */
import type { EntraError } from "../entra/token-request";
import { BAD_GATEWAY_PAGE } from "./arm-answers";
import type { Substitute } from "./effect";

export type EntraAnswer =
  | { readonly kind: "error"; readonly error: EntraError; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: "page"; readonly status: number; readonly html: string };

/** What only ARM can say never gets here: `FAULT_TRAITS` keeps it from token endpoints. */
export function entraAnswer(answer: Substitute): EntraAnswer {
  switch (answer.kind) {
    case "server-error":
      return serverError(answer.status);
    case "throttled":
      return {
        kind: "error",
        error: THROTTLED,
        headers: answer.retryAfterSeconds === undefined ? {} : { "retry-after": String(answer.retryAfterSeconds) },
      };
    case "run-in-progress":
    case "concurrent-request":
    case "token-expired":
      throw new Error(`Entra does not say ${answer.kind}`);
  }
}

/** Source of 503: Azure/azure-sdk-for-python#14241; of 500 and 502: assumed (number and text: Learn "Microsoft Entra error codes"). */
function serverError(status: 500 | 502 | 503): EntraAnswer {
  switch (status) {
    case 500: {
      const message = "There was an error issuing a token or an issue with our sign-in service.";
      return { kind: "error", error: { status, error: "server_error", number: 50000, message }, headers: {} };
    }
    case 502:
      return { kind: "page", status, html: BAD_GATEWAY_PAGE };
    case 503: {
      const message = "A transient error has occurred. Please try again.";
      return {
        kind: "error",
        error: { status, error: "temporarily_unavailable", number: 90033, message },
        headers: {},
      };
    }
  }
}

/** Source: number from Learn "Microsoft Entra error codes" (TenantThrottlingError); status, `error` and text: assumed. */
const THROTTLED: EntraError = {
  status: 429,
  error: "temporarily_unavailable",
  number: 90055,
  message: "There are too many incoming requests.",
};
