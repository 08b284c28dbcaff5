/** Scripts in buckets: what the Lambda functions may read. */
import { CfnParameter, aws_kms as kms, type Stack, aws_s3 as s3 } from "aws-cdk-lib";
import { AzureVirtualMachine, RunCommandScript } from "../../constructs";
import { VM_ID, webIdentity } from "./support/example";
import { permissionsOf } from "./support/permissions";
import { newStack, synthesise } from "./support/synth";

let stack: Stack;

beforeEach(() => {
  stack = newStack();
});

function statementsFor(script: RunCommandScript): readonly unknown[] {
  const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
  vm.runCommand("Run", { credentials: webIdentity(), script });
  const [role] = permissionsOf(synthesise(stack));
  return (role?.statements ?? []).filter((statement) => /"(?:s3|kms):/.test(JSON.stringify(statement)));
}

function bucket(): s3.IBucket {
  const encryptionKey = kms.Key.fromKeyArn(stack, "Key", "arn:aws:kms:eu-central-1:123456789012:key/k");
  return s3.Bucket.fromBucketAttributes(stack, "Bucket", { bucketArn: "arn:aws:s3:::scripts", encryptionKey });
}

test("a script in an encrypted bucket can be read and decrypted, and nothing else there", () => {
  expect(statementsFor(RunCommandScript.fromBucket(bucket(), "join.sh"))).toEqual([
    { Action: "s3:GetObject", Effect: "Allow", Resource: "arn:aws:s3:::scripts/join.sh" },
    { Action: "kms:Decrypt", Effect: "Allow", Resource: "arn:aws:kms:eu-central-1:123456789012:key/k" },
  ]);
});

describe("a key that a permission would take for a pattern is refused", () => {
  test.each([
    { key: "*", found: "*" },
    { key: "a/b?.sh", found: "?" },
    // As IAM writes a variable.
    { key: "a/$" + "{aws:username}.sh", found: "$" + "{" },
  ])("$key", ({ key, found }) => {
    expect(() => RunCommandScript.fromBucket(bucket(), key)).toThrow(
      new Error(
        `RunCommandScript.fromBucket: key has '${found}' in it, with which the permission to read it would be one for other objects too; give the object a key without it`,
      ),
    );
  });

  test("but not for a token or a lone sign in it", () => {
    const version = new CfnParameter(stack, "Version").valueAsString;
    expect(statementsFor(RunCommandScript.fromBucket(bucket(), `${version}/$a{b}.sh`))).toContainEqual({
      Action: "s3:GetObject",
      Effect: "Allow",
      Resource: { "Fn::Join": ["", ["arn:aws:s3:::scripts/", { Ref: "Version" }, "/$a{b}.sh"]] },
    });
  });
});
