/** Whether a role that runs commands can be given at a scope. */
import * as pulumi from "@pulumi/pulumi";
import { GUID } from "../core/arm/vm-id";

const SUBSCRIPTION = new RegExp(`^/subscriptions/${GUID}$`, "i");
const RESOURCE_GROUP = new RegExp(`^/subscriptions/${GUID}/resourceGroups/[^/]+$`, "i");
const WITHIN_RESOURCE_GROUP = new RegExp(`^(/subscriptions/${GUID}/resourceGroups/[^/]+)/.`, "i");
const MANAGEMENT_GROUP = /^\/providers\/Microsoft\.Management\/managementGroups\/[^/]+$/i;

const EXPECTED =
  "the id of a resource group or of a subscription: '/subscriptions/{guid}/resourceGroups/{name}', '/subscriptions/{guid}'";

interface Asked {
  /** Of the component. */
  readonly name: string;
  readonly catalogue: boolean;
}

/** @throws pulumi.RunError a sentence, when the role would not work there. */
export function requireScope(scope: string, { name, catalogue }: Asked): string {
  const problem = scopeProblem(scope, catalogue);
  if (problem !== undefined) {
    throw new pulumi.RunError(`runCommandRole '${name}': scope ${problem}`);
  }
  return scope;
}

function scopeProblem(scope: string, catalogue: boolean): string | undefined {
  const within = WITHIN_RESOURCE_GROUP.exec(scope);
  if (within !== null) {
    return `is within a resource group, where a command can be started but not followed; give that of the group, '${within[1]}'`;
  }
  if (RESOURCE_GROUP.test(scope)) {
    return catalogue
      ? "is a resource group, and the catalogue is a subscription's; give the subscription's id, or leave 'catalogue' out"
      : undefined;
  }
  return SUBSCRIPTION.test(scope) || MANAGEMENT_GROUP.test(scope)
    ? undefined
    : `is ${JSON.stringify(scope)}, expected ${EXPECTED}`;
}
