/** What CloudFormation makes of the answer of a custom resource. Pure. */
import { isRecord } from "../template/template";
import type { CustomResourceRequest } from "./custom-resource-request";
import { type Provisioned, ResourceFailure } from "./kind";

/** Source: AWS CloudFormation User Guide, "Custom resource response objects"; 4,096 itself is allowed (awsdocs/aws-cloudformation-user-guide#262). */
const RESPONSE_MAX_BYTES = 4_096;
/** Source: as above. */
const PHYSICAL_ID_MAX_BYTES = 1_024;

/** @throws {ResourceFailure} when CloudFormation does not accept it, or it says FAILED. */
export function readResponse(body: string, event: CustomResourceRequest): Provisioned {
  if (Buffer.byteLength(body) > RESPONSE_MAX_BYTES) {
    throw new ResourceFailure("Response object is too long.");
  }
  const response = parse(body);
  const { Status, Reason, PhysicalResourceId, Data, NoEcho } = response;
  if (Status !== "SUCCESS" && Status !== "FAILED") {
    throw new ResourceFailure("Invalid response object: Value of property Status must be SUCCESS or FAILED");
  }
  // Source: https://github.com/remind101/empire/issues/918
  if (
    typeof PhysicalResourceId !== "string" ||
    PhysicalResourceId === "" ||
    Buffer.byteLength(PhysicalResourceId) > PHYSICAL_ID_MAX_BYTES
  ) {
    throw new ResourceFailure("Invalid PhysicalResourceId");
  }
  if (Status === "FAILED") {
    throw new ResourceFailure(
      `Received response status [FAILED] from custom resource. Message returned: ${String(Reason)} (RequestId: ${event.RequestId})`,
      PhysicalResourceId,
    );
  }
  if (Data !== undefined && Data !== null && !isRecord(Data)) {
    throw new ResourceFailure("Invalid response object: Value of property Data must be an object");
  }
  return {
    physicalId: PhysicalResourceId,
    attributes: isRecord(Data) ? Data : {},
    noEcho: NoEcho === true,
    attributesFrom: `${event.StackId}|${event.LogicalResourceId}|${event.RequestId}`,
  };
}

/** The text: assumed. */
function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const response: unknown = JSON.parse(body);
    if (isRecord(response)) {
      return response;
    }
  } catch {
    // Said below.
  }
  throw new ResourceFailure("Invalid response object: it is no JSON object");
}
