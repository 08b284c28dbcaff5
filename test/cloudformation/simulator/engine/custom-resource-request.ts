/** What CloudFormation sends to a custom resource. Pure but for the random part of an address. */
import { randomUUID } from "node:crypto";
import type { Account } from "../account";
import { RESPONSE_HOST_SUFFIX } from "../lambda/process/protocol";
import { isRecord } from "../template/template";
import { NotBegun, type Properties } from "./kind";

/** What CloudFormation sends. Source: AWS CloudFormation User Guide, "Custom resource request objects". */
export interface CustomResourceRequest {
  readonly RequestType: "Create" | "Update" | "Delete";
  readonly ServiceToken: string;
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly ResourceProperties: Properties;
  readonly OldResourceProperties?: Properties;
}

/** One request, and all that came to its ResponseURL. */
export interface RequestRecord {
  readonly sentMs: number;
  readonly event: CustomResourceRequest;
  /** The bodies as they were sent, first to last; CloudFormation takes the first that comes in time. */
  readonly responses: string[];
}

/** Source: AWS::CloudFormation::CustomResource, ServiceTimeout. Unit: seconds. */
const SERVICE_TIMEOUT = { min: 1, max: 3_600, default: 3_600 } as const;

/** @throws {NotBegun} when it is out of range. The text: assumed. */
export function serviceTimeoutSeconds({ ServiceTimeout: value }: Properties): number {
  const seconds = value === undefined ? SERVICE_TIMEOUT.default : Number(value);
  if (!Number.isInteger(seconds) || seconds < SERVICE_TIMEOUT.min || seconds > SERVICE_TIMEOUT.max) {
    throw new NotBegun(
      `Invalid ServiceTimeout: ${String(value)}. It must be ${SERVICE_TIMEOUT.min} to ${SERVICE_TIMEOUT.max} seconds.`,
    );
  }
  return seconds;
}

/**
 * All numbers and booleans become strings, at any depth.
 *
 * Source: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1037
 */
export function stringify(properties: Properties): Properties {
  return stringifyValue(properties) as Properties;
}

function stringifyValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(stringifyValue);
  }
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, stringifyValue(inner)]));
  }
  return String(value);
}

/**
 * As long as a real presigned URL, which counts in the sizes of events. Its form: as logs of real handlers show it, such as in
 * https://github.com/anomalyco/sst/pull/3539. That it is signed when the request is sent: assumed.
 *
 * @param object the name of the object in S3: `<stack id>|<logical id>|<request id>`.
 */
export function responseUrl({ region }: Account, object: string, now: Date): string {
  const bucket = `cloudformation-custom-resource-response-${region.replaceAll("-", "")}`;
  const at = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const query = new URLSearchParams({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Date": at,
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Expires": "7200",
    "X-Amz-Credential": `AKIASIMULATEDCLOUD00/${at.slice(0, 8)}/${region}/s3/aws4_request`,
    "X-Amz-Signature": randomUUID().replaceAll("-", "").repeat(2),
  });
  return `https://${bucket}.s3.${region}${RESPONSE_HOST_SUFFIX}/${encodeURIComponent(object)}?${query}`;
}
