/** AWS CloudFormation over HTTP: DescribeStacks, DescribeStackEvents. */
import { randomUUID } from "node:crypto";
import { type Account, arn } from "../account";
import type { CloudFormation } from "../engine/cloudformation";
import { isCustom } from "../engine/kind";
import type { Stack, StackEvent } from "../engine/stack";
import { element, queryError, queryXml } from "./protocols";
import { AwsError, type Service, unknownOperation } from "./service";

const NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

export function cloudFormationService(account: Account, cloudFormation: CloudFormation): Service {
  return {
    refuse: queryError,
    handle({ body, authorize }) {
      const form = new URLSearchParams(body.toString("utf8"));
      const action = form.get("Action") ?? "";
      const name = form.get("StackName");
      const stack = name === null ? undefined : cloudFormation.find(name);
      const authorized = () => {
        authorize(`cloudformation:${action}`, resourceOf(account, name, stack));
        if (name !== null && stack === undefined) {
          throw new AwsError("ValidationError", notThere(action, name));
        }
      };
      switch (action) {
        case "DescribeStacks": {
          authorized();
          const stacks = stack === undefined ? cloudFormation.all() : [stack];
          return reply(action, `<Stacks>${stacks.map(describe).join("")}</Stacks>`);
        }
        case "DescribeStackEvents":
          authorized();
          return reply(action, stack === undefined ? "" : eventsOf(stack, form.get("NextToken")));
        default:
          throw unknownOperation("cloudformation", action);
      }
    },
  };
}

function reply(action: string, result: string) {
  return queryXml(action, NAMESPACE, result, randomUUID());
}

/** That of the events: assumed. */
function notThere(action: string, name: string): string {
  return action === "DescribeStacks" ? `Stack with id ${name} does not exist` : `Stack [${name}] does not exist`;
}

/** What IAM sees: the stack's ARN, or with a name alone an ARN whose last part nobody knows. Assumed. */
function resourceOf(account: Account, name: string | null, stack: Stack | undefined): string {
  if (name === null) {
    return "*";
  }
  return stack?.id ?? (name.startsWith("arn:") ? name : arn(account, "cloudformation", `stack/${name}/*`));
}

function describe({ id, name, status, reason, outputs, events }: Stack): string {
  const members = outputs.map(
    ({ key, value, description }) =>
      `<member>${element("OutputKey", key)}${element("OutputValue", value)}${element("Description", description)}</member>`,
  );
  const created = new Date(events[0]?.atMs ?? 0).toISOString();
  return `<member>${element("StackId", id)}${element("StackName", name)}${element("StackStatus", status)}${element("StackStatusReason", reason)}${element("CreationTime", created)}<Outputs>${members.join("")}</Outputs></member>`;
}

/** Source: CloudFormation API Reference, DescribeStackEvents, NextToken. */
const PAGE_MAX_BYTES = 1_048_576;

/**
 * Newest first, from the event on whose number is the token.
 *
 * Source: CloudFormation API Reference, DescribeStackEvents.
 */
function eventsOf(stack: Stack, token: string | null): string {
  const members: string[] = [];
  let bytes = 0;
  let index = token === null ? stack.events.length - 1 : Number(token);
  for (; index >= 0; index -= 1) {
    const member = stackEvent(stack, stack.events[index] as StackEvent);
    bytes += Buffer.byteLength(member);
    if (bytes > PAGE_MAX_BYTES && members.length > 0) {
      break;
    }
    members.push(member);
  }
  return `<StackEvents>${members.join("")}</StackEvents>${element("NextToken", index < 0 ? undefined : String(index))}`;
}

/**
 * Custom resources have another type in the events of a clean-up, where none has properties. That properties are shown as they are
 * asked for, in a rollback too: assumed.
 *
 * Source: events of a real stack, recorded in October 2020 (AuthGrant-49ffcb53-da68-420b-bc52-eea3b6eefca6, a DELETE_IN_PROGRESS
 * in UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, beside CREATE_IN_PROGRESS and DELETE_IN_PROGRESS with properties).
 */
function stackEvent({ id, name }: Stack, event: StackEvent): string {
  const { atMs, logicalId, physicalId, status, reason, properties } = event;
  const isInCleanUp = event.type !== "AWS::CloudFormation::Stack" && properties === undefined;
  const type = isInCleanUp && isCustom(event.type) ? "AWS::CloudFormation::CustomResource" : event.type;
  const at = new Date(atMs).toISOString();
  const fields = [
    element("StackId", id),
    element("EventId", `${logicalId}-${status}-${at}`),
    element("StackName", name),
    element("LogicalResourceId", logicalId),
    element("PhysicalResourceId", physicalId ?? ""),
    element("ResourceType", type),
    element("Timestamp", at),
    element("ResourceStatus", status),
    element("ResourceStatusReason", reason),
    element("ResourceProperties", properties === undefined ? undefined : JSON.stringify(properties)),
  ];
  return `<member>${fields.join("")}</member>`;
}
