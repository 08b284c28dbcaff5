/** What the constructs write into a template. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type App,
  type CfnResource,
  aws_kms as kms,
  type Stack,
  aws_secretsmanager as secretsmanager,
} from "aws-cdk-lib";
import { AzureRunCommand, AzureVirtualMachine, RunCommandScript, RunCommandSecret } from "../../constructs";
import { exampleStack, VM_ID, webIdentity } from "./support/example";
import { expectGolden } from "./support/golden";
import { needsOf } from "./support/needs";
import { isOurs } from "./support/ours";
import { permissionsOf, resourcePoliciesOf } from "./support/permissions";
import { newStack, runsOf, type Synthesised, synthesise } from "./support/synth";

const FEATURE_FLAGS = join(__dirname, "../../node_modules/aws-cdk-lib/recommended-feature-flags.json");

let example: Synthesised;

beforeAll(() => {
  example = synthesise(exampleStack());
});

describe("a stack in which every prop is used", () => {
  test("has the resources and outputs of the golden file", () => {
    const resources = Object.fromEntries(Object.entries(example.resources).filter(isOurs));
    expectGolden("template", { resources, outputs: example.outputs });
  });

  test("gives the roles of its Lambda functions the statements of the golden file, and no managed policy", () => {
    expectGolden("permissions", permissionsOf(example));
  });

  test("writes them into no policy of a key, a bucket or a secret", () => {
    expect(Object.keys(resourcePoliciesOf(example))).toEqual([]);
  });

  test("gives nothing to be warned of", () => {
    expect(example.warnings).toEqual([]);
  });

  test("writes all logs of each provider into one log group, and none of the state machine", () => {
    const groups = Object.entries(example.resources).flatMap(([logicalId, { Type, Properties }]) =>
      Type === "AWS::Lambda::Function"
        ? [
            [
              /^AzureRunCommandProvider(?:Government)?/.exec(logicalId)?.[0],
              /[A-Za-z]+LogGroup/.exec(JSON.stringify(Properties.LoggingConfig))?.[0],
            ],
          ]
        : [],
    );
    expect(new Set(groups.map(([, group]) => group)).size).toBe(2);
    expect(groups.every(([provider, group]) => group === `${provider}LogGroup`)).toBe(true);
    const machines = Object.values(example.resources).filter(({ Type }) => Type === "AWS::StepFunctions::StateMachine");
    expect(machines.map(({ Properties }) => Properties.LoggingConfiguration)).toEqual([undefined, undefined]);
  });
});

test("with all feature flags that `cdk init` sets, the same resources pass the CDK's own rules, taken strictly", () => {
  const flags = JSON.parse(readFileSync(FEATURE_FLAGS, "utf8"));
  const flagged = synthesise(exampleStack({ ...flags, "@aws-cdk/core:validateAgainstDefaultRules": true }));
  const ours = ({ resources }: Synthesised) => Object.fromEntries(Object.entries(resources).filter(isOurs));
  expect(ours(flagged)).toEqual(ours(example));
  expect(flagged.warnings).toEqual([]);
});

describe("named outputs", () => {
  const namesOf = (stack: Stack) => Object.values(runsOf(synthesise(stack))).map((run) => run.Properties.OutputNames);

  test("that are used after a first look at the template are in it as well", () => {
    const stack = newStack();
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    const run = vm.runCommand("Run", { credentials: webIdentity(), script: RunCommandScript.fromInline("join") });
    run.output("first");
    expect(namesOf(stack)).toEqual([["first"]]);
    run.output("second");
    const artifact = (stack.node.root as App).synth({ force: true }).getStackByName(stack.stackName);
    const resources: Synthesised["resources"] = artifact.template.Resources;
    const { Properties } = Object.values(resources).find(({ Type }) => Type === "Custom::AzureRunCommand") ?? {};
    expect(Properties?.OutputNames).toEqual(["first", "second"]);
  });

  test("are in the template in an order of their own, whichever is used first", () => {
    const stack = newStack();
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    const run = vm.runCommand("Run", { credentials: webIdentity(), script: RunCommandScript.fromInline("join") });
    for (const name of ["c", "a", "b", "a"]) run.output(name);
    expect(namesOf(stack)).toEqual([["a", "b", "c"]]);
  });

  test("that are used after a part of the app has looked at its resources are in the template as well", () => {
    const stack = newStack();
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    const run = vm.runCommand("Run", { credentials: webIdentity(), script: RunCommandScript.fromInline("join") });
    const resource = run.node.findChild("Resource").node.defaultChild as CfnResource;
    stack.resolve((resource as unknown as { _toCloudFormation(): unknown })._toCloudFormation());
    run.output("late");
    expect(namesOf(stack)).toEqual([["late"]]);
  });
});

describe("permissions", () => {
  test("run commands that need the same share a policy, so that fifty of them fit into one role", () => {
    const stack = newStack();
    const secret = new secretsmanager.Secret(stack, "Secret") as secretsmanager.ISecret;
    for (const index of Array.from({ length: 50 }, (_, at) => at)) {
      const vm = AzureVirtualMachine.fromResourceId(stack, `Vm${index}`, `${VM_ID}${index}`);
      vm.runCommand("Run", {
        credentials: webIdentity(),
        script: RunCommandScript.fromInline("join"),
        protectedParameters: { CODE: RunCommandSecret.fromSecretsManager(secret) },
      });
    }
    const { resources } = synthesise(stack);
    const policies = Object.entries(resources).filter(
      ([id, { Type }]) => Type === "AWS::IAM::Policy" && /Access/.test(id),
    );
    expect(policies).toHaveLength(2);
    const runs = Object.values(resources).filter(({ Type }) => Type === "Custom::AzureRunCommand");
    expect(new Set(runs.map(({ DependsOn }) => JSON.stringify(DependsOn))).size).toBe(1);
  });

  test("a secret that is made from a script's output is in no circle with that script", () => {
    const stack = newStack();
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    const first = vm.runCommand("First", { credentials: webIdentity(), script: RunCommandScript.fromInline("first") });
    const secret = new secretsmanager.CfnSecret(stack, "Made", { secretString: first.output("code") });
    vm.runCommand("Second", {
      credentials: webIdentity(),
      script: RunCommandScript.fromInline("second"),
      protectedParameters: {
        CODE: RunCommandSecret.fromSecretsManager(
          secretsmanager.Secret.fromSecretCompleteArn(stack, "Imported", secret.ref),
        ),
      },
    });
    const needs = needsOf(synthesise(stack));
    expect(needs("VmSecond")).toContain("Made");
    expect(needs("VmFirst")).not.toContain("Made");
  });

  test("a secret with an imported key can be decrypted", () => {
    const stack = newStack();
    const secret = secretsmanager.Secret.fromSecretAttributes(stack, "Secret", {
      secretCompleteArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:join-AbCdEf",
      encryptionKey: kms.Key.fromKeyArn(stack, "Key", "arn:aws:kms:eu-central-1:123456789012:key/k"),
    });
    new AzureRunCommand(stack, "Run", {
      vm: AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID),
      credentials: webIdentity(),
      script: RunCommandScript.fromInline("join"),
      protectedParameters: { CODE: RunCommandSecret.fromSecretsManager(secret) },
    });
    const statements = permissionsOf(synthesise(stack)).flatMap((permissions) => permissions.statements);
    expect(statements).toContainEqual({
      Action: "kms:Decrypt",
      Condition: {
        StringEquals: {
          "kms:ViaService": { "Fn::Join": ["", ["secretsmanager.", { Ref: "AWS::Region" }, ".amazonaws.com"]] },
        },
      },
      Effect: "Allow",
      Resource: "arn:aws:kms:eu-central-1:123456789012:key/k",
    });
  });
});
