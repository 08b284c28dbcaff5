import {
  custom_resources as customResources,
  aws_iam as iam,
  SecretValue,
  Stack,
  aws_secretsmanager as secretsmanager,
} from "aws-cdk-lib";
import { Construct } from "constructs";

export interface HybridActivationProps {
  /** Of the machine, in the lists of Systems Manager. */
  readonly name: string;
  /** For whom it is, in at most 256 characters: for another machine it is another activation. */
  readonly description: string;
}

/** The right of one machine outside of AWS to become a managed node: an id, and a code that is a secret for 24 hours. */
export class HybridActivation extends Construct {
  readonly activationId: string;
  readonly code: secretsmanager.Secret;

  constructor(scope: Construct, id: string, props: HybridActivationProps) {
    super(scope, id);
    const role = this.createServiceRole();
    const create: customResources.AwsSdkCall = {
      service: "SSM",
      action: "CreateActivation",
      parameters: {
        IamRole: role.roleName,
        DefaultInstanceName: props.name,
        Description: props.description,
        RegistrationLimit: 1,
      },
      physicalResourceId: customResources.PhysicalResourceId.fromResponse("ActivationId"),
      outputPaths: ["ActivationId", "ActivationCode"],
      logging: customResources.Logging.withDataHidden(),
    };
    const activation = new customResources.AwsCustomResource(this, "Resource", {
      resourceType: "Custom::SsmActivation",
      // An activation cannot be changed: an update makes another one, and CloudFormation deletes the old one.
      onUpdate: create,
      onDelete: {
        service: "SSM",
        action: "DeleteActivation",
        parameters: { ActivationId: new customResources.PhysicalResourceIdReference() },
        ignoreErrorCodesMatching: "InvalidActivation|ValidationException",
      },
      policy: customResources.AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({ actions: ["ssm:CreateActivation", "ssm:DeleteActivation"], resources: ["*"] }),
        new iam.PolicyStatement({
          actions: ["iam:PassRole"],
          resources: [role.roleArn],
          conditions: { StringEquals: { "iam:PassedToService": "ssm.amazonaws.com" } },
        }),
      ]),
      installLatestAwsSdk: false,
    });
    this.activationId = activation.getResponseField("ActivationId");
    this.code = new secretsmanager.Secret(this, "Code", {
      description: "The code of a hybrid activation of AWS Systems Manager",
      secretStringValue: SecretValue.resourceAttribute(activation.getResponseField("ActivationCode")),
    });
  }

  /** What the VM may do in AWS as a managed node. */
  private createServiceRole(): iam.Role {
    const stack = Stack.of(this);
    return new iam.Role(this, "ServiceRole", {
      assumedBy: new iam.ServicePrincipal("ssm.amazonaws.com", {
        conditions: {
          StringEquals: { "aws:SourceAccount": stack.account },
          ArnEquals: { "aws:SourceArn": stack.formatArn({ service: "ssm", resource: "*" }) },
        },
      }),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName("AmazonSSMManagedInstanceCore")],
    });
  }
}
