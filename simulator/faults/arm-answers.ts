/** The answers of ARM and Compute that a fault puts in the place of the right one. Pure. */
import type { ArmError } from "../arm/arm-error";
import { describeRefusal, type Refusal } from "../arm/errors";
import { formatUsDate } from "../arm/instant";
import { type ArmReply, refused } from "../arm/reply";
import { computeThrottled } from "../arm/too-many-requests";
import type { Substitute } from "./effect";
import type { FaultTarget } from "./names";

export interface ArmFacts {
  readonly target: FaultTarget;
  readonly subscriptionId: string;
  /** A fresh id, for the places where ARM names the request. */
  readonly trackingId: string;
  readonly nowMs: number;
  /** The `www-authenticate` of a refused token. */
  readonly challenge: (refusal: Refusal) => string;
}

export function armAnswer(answer: Substitute, facts: ArmFacts): ArmReply {
  switch (answer.kind) {
    case "server-error":
      return serverError(answer.status, facts);
    case "throttled":
      return refused(
        throttled(facts),
        answer.retryAfterSeconds === undefined ? {} : { "retry-after": String(answer.retryAfterSeconds) },
      );
    case "run-in-progress":
      return refused(describeRefusal({ kind: "RunInProgress" }));
    case "concurrent-request":
      return refused(CONCURRENT);
    case "token-expired": {
      const expiredAt = formatUsDate(facts.nowMs - EXPIRED_FOR_MS);
      const refusal: Refusal = { kind: "TokenExpired", expiredAt, now: formatUsDate(facts.nowMs) };
      return refused(describeRefusal(refusal), { "www-authenticate": facts.challenge(refusal) });
    }
  }
}

/** How long ago the token is said to have expired. Source: our choice. */
const EXPIRED_FOR_MS = 60_000;

/** Source: azure-wire.md section 6 (alan-turing-institute/data-safe-haven). */
const CONCURRENT: ArmError = {
  status: 409,
  code: "Conflict",
  message:
    "The request failed due to conflict with a concurrent request. To resolve it, please refer to https://aka.ms/activitylog to get more details on the conflicting requests.",
  speaker: "compute",
};

/** Source of the texts: 500: Azure/azure-powershell#11291; 503: MicrosoftLearning/AZ-104-MicrosoftAzureAdministrator#542; 502: assumed. */
function serverError(status: 500 | 502 | 503, facts: ArmFacts): ArmReply {
  const diagnostics = `Diagnostic information: timestamp '${compactTime(facts.nowMs)}', subscription id '${facts.subscriptionId}', tracking id '${facts.trackingId}', request correlation id '${facts.trackingId}'.`;
  switch (status) {
    case 500:
      return refused({
        status,
        code: "InternalServerError",
        message: `Encountered internal server error. ${diagnostics}`,
        speaker: "gateway",
      });
    case 502:
      return { status, body: BAD_GATEWAY_PAGE, headers: { "content-type": "text/html" }, counted: "none" };
    case 503:
      return refused({
        status,
        code: "ServerTimeout",
        message: `The request timed out. ${diagnostics}`,
        speaker: "gateway",
      });
  }
}

/** What a proxy of Azure says when nobody behind it answers. Source: assumed for ARM; the page of Azure Application Gateway. */
export const BAD_GATEWAY_PAGE =
  "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>Microsoft-Azure-Application-Gateway/v2</center>\r\n</body>\r\n</html>\r\n";

/** `20220409T155911Z` */
function compactTime(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

interface CallGroup {
  readonly name: string;
  readonly allowed: number;
}

/**
 * Which of Compute's groups says that it is exhausted.
 * Source of the names: azure-wire.md 2.1 and 2.2 (recorded until 2022); of the numbers: assumed from what was left in them.
 */
const GROUPS: Readonly<Record<FaultTarget, CallGroup>> = {
  post: { name: "UpdateVM3Min", allowed: 240 },
  poll: { name: "GetOperation3Min", allowed: 15_000 },
  vm: { name: "LowCostGet3Min", allowed: 4_000 },
  token: { name: "LowCostGet3Min", allowed: 4_000 },
};
const WINDOW_MS = 180_000;

function throttled({ target, nowMs }: ArmFacts): ArmError {
  return computeThrottled({ ...GROUPS[target], windowMs: WINDOW_MS }, nowMs);
}
