/** What the provider of a stack is given. */
import type { Duration, aws_ec2 as ec2, aws_iam as iam, aws_lambda as lambda, aws_logs as logs } from "aws-cdk-lib";
import type { AzureCredentials } from "./credentials";

/** What `AzureRunCommandProvider.getOrCreate` is given. */
export interface AzureRunCommandProviderProps {
  /**
   * Which provider of the stack is meant. A second one is for run commands with other credentials or another VPC.
   *
   * Another id is another provider, which CloudFormation refuses for run commands that are there: they would have to get other
   * ids too, and their scripts would run as for the first time.
   *
   * @default the provider that run commands with `credentials` use
   */
  readonly providerId?: string;
  /** How the Lambda functions sign in to Azure. A change of them changes the functions, and runs nothing. */
  readonly credentials: AzureCredentials;
  /**
   * The role that both Lambda functions have. With `AzureCredentials.webIdentity` its ARN is the subject of the federated
   * credential in Entra: a role that is there before the first deployment lets that be set up first. It is given the
   * permissions that are needed; one that cannot be changed from here must have them, which a warning says.
   *
   * @default a role of its own, with the permissions that are needed and no managed policy
   */
  readonly role?: iam.IRole;
  /**
   * The runtime of both Lambda functions: Node.js 22 or newer. A change changes the functions, and runs nothing.
   *
   * @default nodejs24.x
   */
  readonly runtime?: lambda.Runtime;
  /**
   * The VPC in which the Lambda functions run. From there they must reach Azure, and AWS STS, AWS Secrets Manager, Amazon S3
   * and AWS CloudFormation, as far as they are used. A change changes the functions, and runs nothing.
   *
   * @default the functions run in no VPC
   */
  readonly vpc?: ec2.IVpc;
  /**
   * The subnets of `vpc`; they need a way out. A change changes the functions, and runs nothing.
   *
   * @default the private subnets of `vpc`
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /**
   * The security groups of the functions in `vpc`. A change changes the functions, and runs nothing.
   *
   * @default a security group for each function, which lets everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
  /**
   * How long to wait before a run that still goes on is looked at again. Whole seconds, from 1 second to 1 minute. Each look
   * itself waits on the VM for the run's end. A change runs nothing, and counts from the next run on.
   *
   * @default Duration.seconds(10)
   */
  readonly queryInterval?: Duration;
  /**
   * Where the Lambda functions write their logs. What a deletion had to leave on a VM is said there. A
   * change changes the functions, and runs nothing; the former one stays as it is.
   *
   * @default a log group of its own, which keeps messages for a month and stays when the stack is deleted
   */
  readonly logGroup?: logs.ILogGroup;
}
