/** Reads what the CDK's Provider framework hands to `onEvent` and `isComplete`. Pure. */
import { isObject, type JsonObject, textAt } from "../../core/json";
import { WAIT_RESOURCE_TYPE } from "../resource-properties";
import { DeploymentFailure } from "./reason";

/** One request of CloudFormation's. Source: AWS CloudFormation, "Custom resource request objects". */
export interface StackRequest {
  readonly type: RequestType;
  /** Whether it is of the resource that follows a run which another one has begun. */
  readonly isWait: boolean;
  readonly stackId: string;
  /** The same in every delivery of one request, and in no other request. */
  readonly requestId: string;
  /** When CloudFormation sent it, to the second. Milliseconds since 1970; `undefined` when nothing tells. */
  readonly sentAtMs: number | undefined;
  readonly logicalResourceId: string;
  /** `undefined` in `onEvent` of a Create; in `isComplete` what `onEvent` answered. */
  readonly physicalResourceId: string | undefined;
  readonly properties: JsonObject;
  /** Of an Update; else empty. */
  readonly oldProperties: JsonObject;
}

const REQUEST_TYPES = ["Create", "Update", "Delete"] as const;

type RequestType = (typeof REQUEST_TYPES)[number];

/** @throws DeploymentFailure when it is none. */
export function readRequest(event: unknown): StackRequest {
  const type = REQUEST_TYPES.find((known) => known === textAt(event, "RequestType"));
  const [stackId, requestId, logicalResourceId] = ["StackId", "RequestId", "LogicalResourceId"].map((name) =>
    textAt(event, name),
  );
  if (type === undefined || stackId === undefined || requestId === undefined || logicalResourceId === undefined) {
    throw new DeploymentFailure(
      "this is no request of CloudFormation's: RequestType, StackId, RequestId and LogicalResourceId are expected; only the CDK's Provider framework calls this function",
    );
  }
  return {
    type,
    isWait: textAt(event, "ResourceType") === WAIT_RESOURCE_TYPE,
    stackId,
    requestId,
    sentAtMs: signedAtMs(textAt(event, "ResponseURL") ?? ""),
    logicalResourceId,
    physicalResourceId: textAt(event, "PhysicalResourceId"),
    properties: objectAt(event, "ResourceProperties"),
    oldProperties: objectAt(event, "OldResourceProperties"),
  };
}

/**
 * The date of a presigned URL. CloudFormation signs one for each request; the framework hands it on to its functions.
 *
 * Source: Amazon S3, "Authenticating requests: using query parameters", X-Amz-Date; that the URL is signed when the request is
 * sent: assumed, from events that were logged.
 */
function signedAtMs(url: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /[?&]X-Amz-Date=(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z(?:&|$)/.exec(url) ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function objectAt(event: unknown, name: string): JsonObject {
  const value = isObject(event) ? event[name] : undefined;
  return isObject(value) ? value : {};
}
