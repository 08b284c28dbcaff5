/** The Lambda functions behind the run commands of a stack. */
import {
  Aws,
  custom_resources as customResources,
  Duration,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_logs as logs,
  RemovalPolicy,
  Stack,
} from "aws-cdk-lib";
import { Construct } from "constructs";
import { AccessPolicies, type Allowed } from "./access-policies";
import { durationProblem } from "./duration";
import { handlerFolder } from "./handler-folder";
import type { AzureRunCommandProviderProps } from "./provider-props";
import { objectProblem, refuse } from "./required";
import { readRuntime } from "./runtime";
import { isSameValue } from "./same-value";

/** A function that throws is retried by AWS Lambda within this time; CloudFormation waits an hour at most. */
const EVENT_AGE_MAX = Duration.hours(1);

/** Source: AWS Lambda quotas. */
const FUNCTION_TIMEOUT = Duration.minutes(15);

/** More memory is more processor too. Source: our own choice. */
const FUNCTION_MEMORY_MIB = 512;

/**
 * The framework counts looks, not time, and cannot report that it gave up when the properties are large: the handler gives up
 * before. Source: aws-cdk-lib 2.276, custom-resources/lib/provider-framework; CloudFormation's hour.
 */
const TOTAL_TIMEOUT_SECONDS = 58 * 60;

const QUERY_INTERVAL_DEFAULT_SECONDS = 10;

/**
 * The Lambda functions that carry out the run commands of a stack.
 *
 * A stack has one, and more of them where its run commands need other credentials or settings. It has a role, two functions
 * with this package's code, and the CDK's provider framework around them.
 */
export class AzureRunCommandProvider extends Construct implements iam.IGrantable {
  /**
   * The provider with this `providerId` in the stack of `scope`, made when there is none yet.
   *
   * CloudFormation does not allow a resource another function ("Modifying service token is not allowed"), so that which one it is
   * depends on the `providerId` alone: another deployment can give it other credentials.
   *
   * Its role has a policy for each script in a bucket and each secret that its run commands use. IAM allows a role 10,240
   * characters of policies, and an update has the old ones beside the new ones: that is room for about 20 that all change at
   * once, and fewer where secrets have keys of their own. The run commands of more of them go to several providers or stacks.
   *
   * @throws when there is one that was made with other credentials or other props.
   */
  public static getOrCreate(scope: Construct, props: AzureRunCommandProviderProps): AzureRunCommandProvider {
    const how = "AzureCredentials.webIdentity(…) or AzureCredentials.clientSecret(…)";
    const given: Partial<AzureRunCommandProviderProps> = props ?? {};
    refuse("AzureRunCommandProvider.getOrCreate", "credentials", objectProblem(given.credentials, "identify", how));
    const stack = Stack.of(scope);
    // In front of the id, so that it is none that the program itself has in its stack.
    const id = `AzureRunCommandProvider${props.providerId ?? ""}`;
    const existing = stack.node.tryFindChild(id);
    if (existing === undefined) {
      return new AzureRunCommandProvider(stack, id, props);
    }
    const provider = existing as AzureRunCommandProvider;
    provider.expectSame(props);
    return provider;
  }

  /** The role that both Lambda functions have. */
  public readonly role: iam.IRole;
  /**
   * The ARN of the role: with `AzureCredentials.webIdentity`, the subject of the federated credential in Entra.
   *
   * @attribute
   */
  public readonly federatedSubject: string;
  /** Where the Lambda functions write their logs. */
  public readonly logGroup: logs.ILogGroup;
  /** What is given the permissions that are granted to the provider: its role. */
  public readonly grantPrincipal: iam.IPrincipal;
  /**
   * The ARN of the function that CloudFormation calls.
   *
   * @attribute
   */
  public readonly serviceToken: string;

  private readonly props: AzureRunCommandProviderProps;
  private readonly access: AccessPolicies;
  private readonly runtime: lambda.Runtime;

  private constructor(scope: Construct, id: string, props: AzureRunCommandProviderProps) {
    super(scope, id);
    const queryIntervalSeconds = readQueryInterval(props.queryInterval);
    this.runtime = readRuntime(props.runtime);
    this.props = props;
    this.role = props.role ?? this.createRole();
    this.grantPrincipal = this.role.grantPrincipal;
    this.federatedSubject = this.role.roleArn;
    this.logGroup = props.logGroup ?? this.createLogGroup();
    this.access = new AccessPolicies(this, this.role);
    this.serviceToken = this.createFramework(queryIntervalSeconds);
  }

  /**
   * Gives the role what a part of a run command needs.
   *
   * @param grant is called once, with whom to give the permissions to.
   * @internal
   */
  public _allow<Granted>(grant: (grantee: iam.IGrantable) => Granted): Allowed<Granted> {
    return this.access.allow(grant);
  }

  private createRole(): iam.IRole {
    return new iam.Role(this, "Role", {
      description: "Runs scripts in Azure VMs for AWS CloudFormation (azure-run-command)",
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    });
  }

  private createLogGroup(): logs.ILogGroup {
    return new logs.LogGroup(this, "LogGroup", {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** What the functions need whatever is run, and their environment. */
  private allowOwn(): Allowed<Record<string, string>> {
    const { vpc, credentials } = this.props;
    return this.access.allow((grantee) => {
      const allow = (actions: string[], resources: string[]) =>
        grantee.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources }));
      this.logGroup.grantWrite(grantee);
      // The state of the stack tells a rollback from an update, its events a request that comes late.
      allow(["cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks"], [Aws.STACK_ID]);
      if (vpc !== undefined) {
        allow(VPC_ACTIONS, ["*"]);
      }
      return credentials.bind(this, grantee).environment;
    });
  }

  private createFramework(queryIntervalSeconds: number): string {
    const { granted: environment, policy } = this.allowOwn();
    const onEventHandler = this.createFunction("OnEvent", "begins runs", environment);
    const isCompleteHandler = this.createFunction("IsComplete", "follows runs to their end", environment);
    if (policy !== undefined) {
      onEventHandler.node.addDependency(policy);
      isCompleteHandler.node.addDependency(policy);
    }
    const framework = new customResources.Provider(this, "Framework", {
      onEventHandler,
      isCompleteHandler,
      queryInterval: Duration.seconds(queryIntervalSeconds),
      totalTimeout: Duration.seconds(TOTAL_TIMEOUT_SECONDS - (TOTAL_TIMEOUT_SECONDS % queryIntervalSeconds)),
      logGroup: this.logGroup,
      // The execution history has the properties: no copy of it in a log, in no version of aws-cdk-lib.
      disableWaiterStateMachineLogging: true,
    });
    const called = framework.node.findChild("framework-onEvent") as lambda.Function;
    called.configureAsyncInvoke({ maxEventAge: EVENT_AGE_MAX });
    return framework.serviceToken;
  }

  private createFunction(id: "OnEvent" | "IsComplete", does: string, environment: Record<string, string>) {
    const { vpc, vpcSubnets, securityGroups } = this.props;
    return new lambda.Function(this, id, {
      description: `azure-run-command: ${does} in Azure VMs`,
      runtime: this.runtime,
      code: lambda.Code.fromAsset(handlerFolder()),
      handler: `index.${id.charAt(0).toLowerCase()}${id.slice(1)}`,
      timeout: FUNCTION_TIMEOUT,
      memorySize: FUNCTION_MEMORY_MIB,
      role: this.role,
      logGroup: this.logGroup,
      environment,
      ...(vpc === undefined ? {} : { vpc }),
      ...(vpcSubnets === undefined ? {} : { vpcSubnets }),
      ...(securityGroups === undefined ? {} : { securityGroups }),
    });
  }

  /** Props that are left out say nothing. */
  private expectSame(props: AzureRunCommandProviderProps): void {
    const { providerId } = props;
    const isThere = `AzureRunCommandProvider.getOrCreate: the stack '${Stack.of(this).node.path}' already has a provider${providerId === undefined ? "" : ` '${providerId}'`}`;
    if (props.credentials.identify(this) !== this.props.credentials.identify(this)) {
      throw new Error(
        `${isThere} with other credentials; make a second one with a providerId of its own, AzureRunCommandProvider.getOrCreate(this, { providerId: "Other", credentials }), and give it to run commands as their provider`,
      );
    }
    const other = SHARED_PROPS.find((name) => props[name] !== undefined && !isSameValue(props[name], this.props[name]));
    if (other !== undefined) {
      throw new Error(
        `${isThere}, made with another '${other}'; give it there, leave it out here, or make a second provider with a providerId of its own`,
      );
    }
  }
}

const SHARED_PROPS = ["role", "runtime", "vpc", "vpcSubnets", "securityGroups", "queryInterval", "logGroup"] as const;

/** Source: AWS Lambda, "Giving Lambda functions access to resources in an Amazon VPC", execution role permissions. */
const VPC_ACTIONS = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

function readQueryInterval(interval: Duration | undefined): number {
  if (interval === undefined) {
    return QUERY_INTERVAL_DEFAULT_SECONDS;
  }
  const problem = durationProblem(interval, { least: Duration.seconds(1), most: Duration.minutes(1) });
  if (problem !== undefined) {
    throw new Error(`AzureRunCommandProvider.getOrCreate: queryInterval ${problem}`);
  }
  return interval.toSeconds();
}
