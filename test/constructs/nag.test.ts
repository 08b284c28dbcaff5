/** What cdk-nag, with the rules AwsSolutions, says of a stack in which nothing but the constructs can be to blame. */
import { aws_s3 as s3, aws_secretsmanager as secretsmanager, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { AzureRunCommandProvider, AzureVirtualMachine, RunCommandScript, RunCommandSecret } from "../../constructs";
import { SCRIPT_FILE, VM_ID, webIdentity } from "./support/example";
import { expectGolden } from "./support/golden";
import { newStack, synthesise } from "./support/synth";

function nagged() {
  const stack = newStack();
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, "Secret", "join");
  AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID).runCommand("Run", {
    credentials: webIdentity(),
    script: RunCommandScript.fromAsset(SCRIPT_FILE),
    delete: RunCommandScript.fromInline("leave"),
    protectedParameters: { CODE: RunCommandSecret.fromSecretsManager(secret) },
    outputBucket: s3.Bucket.fromBucketName(stack, "Bucket", "output"),
  });
  return stack;
}

/** Without the provider's own id. */
function short(text: string): string {
  return text.replace(/^Example[/]AzureRunCommandProvider[/]|AzureRunCommandProvider(?=[A-Z])/g, "");
}

test("all that remains is the provider framework's own, but for the objects below azure-run-command/ in the bucket for output", () => {
  const { violations } = new AwsSolutionsChecks().validateScope(nagged());
  const found = violations.map(({ ruleName, violatingResources }) => ({
    rule: short(ruleName),
    paths: violatingResources.map(({ constructPath = "" }) => short(constructPath)),
  }));
  expectGolden("nag", Object.fromEntries(found.map(({ rule, paths }) => [rule, paths])));
  const ours = found.filter(({ paths }) => paths.some((path) => !path.startsWith("Framework/")));
  expect(ours.map(({ rule }) => rule)).toEqual([
    "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::output/azure-run-command/*]",
  ]);
});

test("an app that acknowledges these on the provider passes the check", () => {
  const stack = nagged();
  Validations.of(stack.node.root).addPlugins(new AwsSolutionsChecks(stack.node.root));
  expect(() => synthesise(stack)).toThrow("AwsSolutions-SF1");
  const provider = AzureRunCommandProvider.getOrCreate(stack, { credentials: webIdentity() });
  for (const id of [
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
    "AwsSolutions-IAM5[Resource::<AzureRunCommandProviderOnEventEC5F0A9E.Arn>:*]",
    "AwsSolutions-IAM5[Resource::<AzureRunCommandProviderIsComplete5B42E917.Arn>:*]",
    "AwsSolutions-IAM5[Resource::<AzureRunCommandProviderFrameworkframeworkisComplete6D7656F1.Arn>:*]",
    "AwsSolutions-IAM5[Resource::<AzureRunCommandProviderFrameworkframeworkonTimeoutF0B82A29.Arn>:*]",
    "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::output/azure-run-command/*]",
    "AwsSolutions-SF1",
    "AwsSolutions-SF2",
  ])
    Validations.of(provider).acknowledge({ id, reason: "the CDK's provider framework, and our own objects" });
  expect(() => synthesise(stack)).not.toThrow();
});
