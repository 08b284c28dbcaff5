import { custom_resources as customResources, aws_iam as iam, Stack } from "aws-cdk-lib";
import { Construct } from "constructs";

export interface FleetMemberProps {
  /** `mi-` and 17 hexadecimal digits. */
  readonly managedInstanceId: string;
  readonly tags: { readonly [name: string]: string };
}

/** What AWS Systems Manager knows of a managed node: its tags; and that it is none any more when the stack is deleted. */
export class FleetMember extends Construct {
  constructor(scope: Construct, id: string, { managedInstanceId, tags }: FleetMemberProps) {
    super(scope, id);
    new customResources.AwsCustomResource(this, "Resource", {
      resourceType: "Custom::SsmManagedNode",
      onUpdate: {
        service: "SSM",
        action: "AddTagsToResource",
        parameters: {
          ResourceType: "ManagedInstance",
          ResourceId: managedInstanceId,
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        },
        physicalResourceId: customResources.PhysicalResourceId.of(managedInstanceId),
      },
      onDelete: {
        service: "SSM",
        action: "DeregisterManagedInstance",
        parameters: { InstanceId: managedInstanceId },
        ignoreErrorCodesMatching: "InvalidInstanceId",
      },
      policy: customResources.AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({
          actions: ["ssm:AddTagsToResource", "ssm:DeregisterManagedInstance"],
          resources: [Stack.of(this).formatArn({ service: "ssm", resource: "managed-instance", resourceName: "*" })],
        }),
      ]),
      installLatestAwsSdk: false,
    });
  }
}
