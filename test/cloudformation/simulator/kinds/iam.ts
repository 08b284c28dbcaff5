/** AWS::IAM::*. Source of shapes: AWS CloudFormation Template Reference. */
import { generatedName, iamArn } from "../account";
import type { Properties, ResourceKind } from "../engine/kind";
import { isRecord } from "../template/template";
import type { World } from "../world";
import { recordKind, text } from "./record-kind";

export function iamKinds({ account, roles }: World): Readonly<Record<string, ResourceKind>> {
  const inlineIds = new Map<string, readonly string[]>();
  return {
    "AWS::IAM::Role": recordKind({
      put({ stackName, logicalId }, properties, physicalId) {
        const name = text(properties.RoleName) ?? physicalId ?? generatedName(stackName, logicalId);
        const managed = [properties.ManagedPolicyArns ?? []].flat().map(String);
        const arn = roles.put(name, text(properties.Path), managed);
        for (const id of inlineIds.get(name) ?? []) {
          roles.deletePolicy(id);
        }
        const inline = inlinePolicies(properties);
        for (const [policyName, document] of inline) {
          roles.putPolicy(`${name}/${policyName}`, [name], document);
        }
        inlineIds.set(
          name,
          inline.map(([policyName]) => `${name}/${policyName}`),
        );
        return { physicalId: name, attributes: { Arn: arn, RoleId: `AROA${name}` } };
      },
      remove: (name) => roles.delete(name),
    }),
    "AWS::IAM::Policy": recordKind({
      put({ stackName, logicalId }, { Roles, PolicyDocument }, physicalId) {
        const id = physicalId ?? generatedName(stackName, logicalId);
        roles.putPolicy(id, [Roles ?? []].flat().map(String), PolicyDocument);
        return { physicalId: id, attributes: {} };
      },
      remove: (id) => roles.deletePolicy(id),
    }),
    "AWS::IAM::ManagedPolicy": recordKind({
      put({ stackName, logicalId }, { Roles, PolicyDocument, ManagedPolicyName }, physicalId) {
        const name = text(ManagedPolicyName) ?? generatedName(stackName, logicalId);
        const id = physicalId ?? iamArn(account, `policy/${name}`);
        roles.putPolicy(id, [Roles ?? []].flat().map(String), PolicyDocument);
        return { physicalId: id, attributes: { PolicyArn: id } };
      },
      remove: (id) => roles.deletePolicy(id),
    }),
  };
}

function inlinePolicies({ Policies }: Properties): readonly (readonly [string, unknown])[] {
  return [Policies ?? []]
    .flat()
    .map((policy) => (isRecord(policy) ? [String(policy.PolicyName), policy.PolicyDocument] : ["", undefined]));
}
