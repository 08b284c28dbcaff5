/** How many resources follow a run, and how long CloudFormation waits for each. Pure. */
import { HAND_OVER_AFTER_SECONDS, START_WITHIN_SECONDS } from "./resource-properties";

/** What one resource follows to its end, with room for a late start. Source: our own choice, below 55 - 13 minutes. */
export const TIMEOUT_DEFAULT_SECONDS = 40 * 60;

/** Longest that a script may run. Source: our own choice: 14 resources. */
export const TIMEOUT_MAX_SECONDS = 12 * 60 * 60;

/** Longest that the start of a run waits for its VM, and what it waits unless told otherwise. Source: our own choice, below 13 minutes. */
export const READY_TIMEOUT_MAX_SECONDS = 10 * 60;

/** Source: AWS::CloudFormation::CustomResource, ServiceTimeout: 1 to 3,600 s. */
const SERVICE_TIMEOUT_MAX_SECONDS = 3_600;

/** The start, what the report takes, and the waiting between two looks. Source: our own choice, above 13 minutes. */
const SERVICE_TIMEOUT_MARGIN_SECONDS = 20 * 60;

/** The resource that begins the run, and those that follow it when its hour is over. */
export function resourceCount(timeoutSeconds: number): number {
  return timeoutSeconds <= TIMEOUT_DEFAULT_SECONDS
    ? 1
    : Math.max(2, Math.ceil((timeoutSeconds + START_WITHIN_SECONDS) / HAND_OVER_AFTER_SECONDS));
}

/** How long CloudFormation waits for the answer of one resource, in seconds. */
export function serviceTimeoutSeconds(timeoutSeconds: number): number {
  return resourceCount(timeoutSeconds) > 1
    ? SERVICE_TIMEOUT_MAX_SECONDS
    : Math.min(timeoutSeconds + SERVICE_TIMEOUT_MARGIN_SECONDS, SERVICE_TIMEOUT_MAX_SECONDS);
}
