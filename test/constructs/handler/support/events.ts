/** Requests of CloudFormation's, as the framework hands them on. */
import type { StackRequest } from "../../../../constructs/handler/event";
import { readRequest } from "../../../../constructs/handler/event";
import { RUN_RESOURCE_TYPE, WAIT_RESOURCE_TYPE } from "../../../../constructs/resource-properties";

export const VM_ID =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1";
export const OTHER_VM_ID = VM_ID.replace(/web1$/, "web2");
export const STACK_ID =
  "arn:aws:cloudformation:eu-central-1:123456789012:stack/Fleet/5b5b5b5b-0000-11f0-8000-0a0a0a0a0a0a";

export type Event = Readonly<Record<string, unknown>>;

export const PROPERTIES = {
  ServiceToken: "arn:aws:lambda:eu-central-1:123456789012:function:framework",
  VirtualMachineId: VM_ID,
  Script: { Text: "./install.sh" },
  TimeoutInSeconds: "600",
};

export interface EventParts {
  readonly type?: "Create" | "Update" | "Delete";
  readonly requestId?: string;
  readonly physicalId?: string;
  readonly properties?: Event;
  readonly oldProperties?: Event;
  readonly isWait?: boolean;
  /** By the signature of the ResponseURL: `20231114T221320Z`. @default there is none */
  readonly sentAt?: string;
}

/** What is not said is that of a Create. */
export function eventOf({
  type = "Create",
  requestId = "request-1",
  isWait = false,
  ...parts
}: EventParts = {}): Event {
  return {
    RequestType: type,
    RequestId: requestId,
    StackId: STACK_ID,
    LogicalResourceId: "Install",
    ResourceType: isWait ? WAIT_RESOURCE_TYPE : RUN_RESOURCE_TYPE,
    ResponseURL: `https://cloudformation-custom-resource-response.example/?${parts.sentAt === undefined ? "" : `X-Amz-Date=${parts.sentAt}&`}signature`,
    ResourceProperties: { ...PROPERTIES, ...parts.properties },
    ...(parts.oldProperties === undefined ? {} : { OldResourceProperties: { ...PROPERTIES, ...parts.oldProperties } }),
    ...(parts.physicalId === undefined ? {} : { PhysicalResourceId: parts.physicalId }),
  };
}

export function requestOf(parts: EventParts = {}): StackRequest {
  return readRequest(eventOf(parts));
}

/** Of the resource "Install" on the VM "web1". */
export const KEY = "343d83fcb640744658a4";
export const PHYSICAL_ID = `azrc-0d95972042-${KEY}`;
