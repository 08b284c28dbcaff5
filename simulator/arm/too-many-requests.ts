/** The words in which ARM and Compute say that a bucket is empty. Pure. */
import type { ArmError } from "./arm-error";
import { formatInstant } from "./instant";

export interface Exhausted {
  /** Compute's operation group. */
  readonly name: string;
  readonly allowed: number;
  readonly windowMs: number;
}

/** Source: azure-wire.md section 6; Learn "Troubleshoot API throttling errors" (`details[0].message` is JSON text). */
export function computeThrottled({ name, allowed, windowMs }: Exhausted, nowMs: number): ArmError {
  const measured = {
    operationGroup: name,
    startTime: formatInstant({ atMs: nowMs - windowMs, ticks: 0 }),
    endTime: formatInstant({ atMs: nowMs, ticks: 0 }),
    allowedRequestCount: allowed,
    measuredRequestCount: allowed + 1,
  };
  return {
    status: 429,
    code: "OperationNotAllowed",
    message: "The server rejected the request because too many requests have been received for this subscription.",
    details: [{ code: "TooManyRequests", target: name, message: JSON.stringify(measured) }],
    speaker: "compute",
  };
}

export interface ArmThrottled {
  readonly kind: "read" | "write";
  readonly subscriptionId: string;
  readonly objectId: string;
  readonly waitSeconds: number;
}

/** Source: velero-io/velero#9171 (2025-08). */
export function armThrottled({ kind, subscriptionId, objectId, waitSeconds }: ArmThrottled): ArmError {
  return {
    status: 429,
    code: "SubscriptionRequestsThrottled",
    message: `Number of '${kind}' requests for subscription '${subscriptionId}' actor '${objectId}' exceeded. Please try again after '${waitSeconds}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.`,
    speaker: "gateway",
  };
}
