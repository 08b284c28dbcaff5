/** AWS CloudFormation over HTTP: DescribeStacks. */
import { randomUUID } from "node:crypto";
import { type Account, arn } from "../account";
import type { CloudFormation } from "../engine/cloudformation";
import type { Stack } from "../engine/stack";
import { element, queryError, queryXml } from "./protocols";
import { AwsError, type Service, unknownOperation } from "./service";

const NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

export function cloudFormationService(account: Account, cloudFormation: CloudFormation): Service {
  return {
    refuse: queryError,
    handle({ body, authorize }) {
      const form = new URLSearchParams(body.toString("utf8"));
      const action = form.get("Action") ?? "";
      if (action !== "DescribeStacks") {
        throw unknownOperation("cloudformation", action);
      }
      const name = form.get("StackName");
      const stack = name === null ? undefined : cloudFormation.find(name);
      authorize("cloudformation:DescribeStacks", resourceOf(account, name, stack));
      if (name !== null && stack === undefined) {
        throw new AwsError("ValidationError", `Stack with id ${name} does not exist`);
      }
      const stacks = stack === undefined ? cloudFormation.all() : [stack];
      const result = `<Stacks>${stacks.map(describe).join("")}</Stacks>`;
      return queryXml(action, NAMESPACE, result, randomUUID());
    },
  };
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
