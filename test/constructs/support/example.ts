/** A stack in which every prop of the constructs is used. */
import { join } from "node:path";
import {
  CfnParameter,
  Duration,
  aws_kms as kms,
  aws_lambda as lambda,
  RemovalPolicy,
  type Stack,
  aws_s3 as s3,
  aws_secretsmanager as secretsmanager,
} from "aws-cdk-lib";
import {
  AzureCloud,
  AzureCredentials,
  AzureRunCommandProvider,
  AzureVirtualMachine,
  DeleteFailure,
  RebootPolicy,
  RemoveExtension,
  RollbackBehavior,
  RunCommandLogging,
  RunCommandScript,
  RunCommandSecret,
} from "../../../constructs";
import { newStack } from "./synth";

export const TENANT_ID = "11111111-1111-4111-8111-111111111111";
export const CLIENT_ID = "22222222-2222-4222-8222-222222222222";
export const VM_ID =
  "/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1";
export const SCRIPT_FILE = join(__dirname, "join.sh");

export function webIdentity(): AzureCredentials {
  return AzureCredentials.webIdentity({ tenantId: TENANT_ID, clientId: CLIENT_ID });
}

/** @param context the feature flags of the app, as its `cdk.json` has them. */
export function exampleStack(context: Readonly<Record<string, unknown>> = {}): Stack {
  const stack = newStack(context);
  const encryptionKey = new kms.Key(stack, "Key");
  const activation = new secretsmanager.Secret(stack, "Activation", { encryptionKey }) as secretsmanager.ISecret;
  const outputBucket = new s3.Bucket(stack, "Output", { encryption: s3.BucketEncryption.KMS }) as s3.IBucket;
  const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
  const agent = vm.runCommand("Agent", {
    credentials: webIdentity(),
    script: RunCommandScript.fromAsset(SCRIPT_FILE),
    update: RunCommandScript.fromInline("echo update"),
    delete: RunCommandScript.fromAsset(SCRIPT_FILE),
    creates: "/opt/agent",
    unless: "test -e /opt/agent/bin",
    onlyIf: "command -v curl",
    parameters: { REGION: stack.region, EMPTY: "" },
    protectedParameters: {
      CODE: RunCommandSecret.fromSecretsManager(activation, "code"),
      WHOLE: RunCommandSecret.fromSecretsManager(activation),
    },
    arguments: ["one", "two"],
    triggers: ["1.0"],
    replaceTriggers: ["a"],
    runAsUser: "deploy",
    workingDirectory: "/srv",
    timeout: Duration.minutes(20),
    rebootPolicy: RebootPolicy.CONTINUE,
    parallelOnVm: true,
    successExitCodes: [0, 3],
    treatFailureAsDeploymentFailure: false,
    readyTimeout: Duration.minutes(5),
    logging: RunCommandLogging.STDOUT_AND_STDERR,
    deleteFailure: DeleteFailure.IGNORE,
    removeExtension: RemoveExtension.NEVER,
    rollback: RollbackBehavior.SKIP,
    sensitiveOutput: true,
    outputBucket,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  vm.runCommand("Fleet", {
    credentials: webIdentity(),
    script: RunCommandScript.fromInline("join", agent.output("name")),
    parameters: { STARTED: agent.startTime },
    timeout: Duration.minutes(90),
    exportOutputs: true,
  });
  addGovernmentRun(stack);
  return stack;
}

/** The other kind of everything. */
function addGovernmentRun(stack: Stack): void {
  const other = AzureVirtualMachine.fromAttributes(stack, "Other", {
    subscriptionId: new CfnParameter(stack, "SubscriptionId").valueAsString,
    resourceGroupName: "rg",
    vmName: "vm2",
  });
  const clientSecret = secretsmanager.Secret.fromSecretNameV2(stack, "ClientSecret", "azure/client");
  const scripts = s3.Bucket.fromBucketAttributes(stack, "Scripts", {
    bucketName: "scripts",
    encryptionKey: kms.Key.fromKeyArn(stack, "ScriptsKey", "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/k"),
  });
  const credentials = AzureCredentials.clientSecret({
    tenantId: "contoso.onmicrosoft.com",
    clientId: CLIENT_ID,
    secret: clientSecret,
    jsonField: "value",
    cloud: AzureCloud.US_GOVERNMENT,
  });
  other.runCommand("Plain", {
    provider: AzureRunCommandProvider.getOrCreate(stack, {
      providerId: "Government",
      credentials,
      runtime: lambda.Runtime.NODEJS_22_X,
    }),
    script: RunCommandScript.fromBucket(scripts, "plain.sh", "v1"),
    delete: RunCommandScript.fromBucket(scripts, "undo.sh"),
  });
}
