/** Secrets: who may read them, and what is said of those that would not stay secret. */
import { type App, CfnParameter, aws_kms as kms, Lazy, Stack, aws_secretsmanager as secretsmanager } from "aws-cdk-lib";
import {
  AzureCredentials,
  AzureRunCommand,
  type AzureRunCommandProps,
  AzureVirtualMachine,
  RunCommandScript,
  RunCommandSecret,
} from "../../constructs";
import { looksSecret } from "../../constructs/secret-names";
import { CLIENT_ID, TENANT_ID, VM_ID, webIdentity } from "./support/example";
import { permissionsOf, resourcePoliciesOf } from "./support/permissions";
import { newStack, synthesise } from "./support/synth";

let stack: Stack;

beforeEach(() => {
  stack = newStack();
});

function run(props: Partial<AzureRunCommandProps>, into = stack): AzureRunCommand {
  const vm = AzureVirtualMachine.fromResourceId(into, "Vm", VM_ID);
  const script = RunCommandScript.fromInline("join");
  return new AzureRunCommand(into, "Run", { vm, credentials: webIdentity(), script, ...props });
}

function reading(secret: secretsmanager.ISecret): Partial<AzureRunCommandProps> {
  return { protectedParameters: { CODE: RunCommandSecret.fromSecretsManager(secret) } };
}

function signingInWith(secret: secretsmanager.ISecret): Partial<AzureRunCommandProps> {
  return { credentials: AzureCredentials.clientSecret({ tenantId: TENANT_ID, clientId: CLIENT_ID, secret }) };
}

const USES = [
  { use: "of a script", caller: "RunCommandSecret.fromSecretsManager", propsOf: reading },
  { use: "to sign in", caller: "AzureCredentials.clientSecret", propsOf: signingInWith },
];

function statementsOf(of: Stack, action: string): readonly unknown[] {
  return permissionsOf(synthesise(of))
    .flatMap(({ statements }) => statements as readonly { Action: unknown; Resource: unknown; Condition?: unknown }[])
    .filter(({ Action }) => Action === action)
    .map(({ Resource, Condition }) => (Condition === undefined ? Resource : { Resource, Condition }));
}

test.each(USES)(
  "a secret $use with a key of its own can be in another stack, which does not change for it",
  ({ propsOf }) => {
    const secrets = new Stack(stack.node.root as App, "Secrets");
    const encryptionKey = new kms.Key(secrets, "Key");
    run(propsOf(new secretsmanager.Secret(secrets, "Secret", { encryptionKey }) as secretsmanager.ISecret));
    expect(resourcePoliciesOf(synthesise(secrets))).toEqual({});
    const imported = (what: string) => ({
      "Fn::ImportValue": expect.stringMatching(new RegExp(`^Secrets:ExportsOutput${what}`)),
    });
    expect(statementsOf(stack, "secretsmanager:GetSecretValue")).toEqual([imported("RefSecret")]);
    expect(statementsOf(stack, "kms:Decrypt")).toEqual([
      {
        Resource: imported("FnGetAttKey"),
        Condition: {
          StringEquals: {
            "kms:ViaService": { "Fn::Join": ["", ["secretsmanager.", { Ref: "AWS::Region" }, ".amazonaws.com"]] },
          },
        },
      },
    ]);
  },
);

describe("the permission to read a secret ends with", () => {
  const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:join";
  const BY_NAME = [
    "arn:",
    { Ref: "AWS::Partition" },
    ":secretsmanager:",
    { Ref: "AWS::Region" },
    ":",
    { Ref: "AWS::AccountId" },
    ":secret:join-??????",
  ];

  test.each<{ what: string; of: () => secretsmanager.ISecret; resource: unknown }>([
    {
      what: "the random end that a complete ARN has",
      of: () => secretsmanager.Secret.fromSecretCompleteArn(stack, "Secret", `${ARN}-AbCdEf`),
      resource: `${ARN}-AbCdEf`,
    },
    {
      what: "any such end where the ARN is partial",
      of: () => secretsmanager.Secret.fromSecretPartialArn(stack, "Secret", ARN),
      resource: `${ARN}-??????`,
    },
    {
      what: "any such end where only the name is known",
      of: () => secretsmanager.Secret.fromSecretNameV2(stack, "Secret", "join"),
      resource: { "Fn::Join": ["", BY_NAME] },
    },
  ])("$what", ({ of, resource }) => {
    run(reading(of()));
    expect(statementsOf(stack, "secretsmanager:GetSecretValue")).toEqual([resource]);
  });
});

describe("a secret in another region", () => {
  const arnIn = (region: string) => `arn:aws:secretsmanager:${region}:123456789012:secret:join-AbCdEf`;
  const inRegion = () => new Stack(stack.node.root as App, "Frankfurt", { env: { region: "eu-central-1" } });

  test.each(USES)("$use is refused", ({ caller, propsOf }) => {
    const frankfurt = inRegion();
    const secret = secretsmanager.Secret.fromSecretCompleteArn(frankfurt, "Secret", arnIn("us-east-1"));
    expect(() => run(propsOf(secret), frankfurt)).toThrow(
      new Error(
        `${caller}: the secret 'Frankfurt/Secret' is in us-east-1 and the stack 'Frankfurt' in eu-central-1, where its Lambda functions look for it; replicate the secret to eu-central-1, and give the replica's ARN`,
      ),
    );
  });

  test("is refused as well where it is made in another stack", () => {
    const frankfurt = inRegion();
    const dublin = new Stack(stack.node.root as App, "Dublin", { env: { region: "eu-west-1" } });
    const secret = new secretsmanager.Secret(dublin, "Secret", { secretName: "join" }) as secretsmanager.ISecret;
    expect(() => run(reading(secret), frankfurt)).toThrow(
      "the secret 'Dublin/Secret' is in eu-west-1 and the stack 'Frankfurt' in eu-central-1",
    );
  });

  test.each<{ what: string; of: () => secretsmanager.ISecret }>([
    {
      what: "the region of the stack is not known yet",
      of: () => secretsmanager.Secret.fromSecretCompleteArn(stack, "Secret", arnIn("us-east-1")),
    },
    {
      what: "that of the secret is not known yet",
      of: () =>
        secretsmanager.Secret.fromSecretCompleteArn(inRegion(), "Secret", new CfnParameter(stack, "Arn").valueAsString),
    },
    {
      what: "both are the same",
      of: () => secretsmanager.Secret.fromSecretCompleteArn(inRegion(), "Secret", arnIn("eu-central-1")),
    },
  ])("is not seen where $what", ({ of }) => {
    const secret = of();
    expect(() => run(reading(secret), Stack.of(secret))).not.toThrow();
  });
});

test.each(["secretsmanager", "ssm-secure"])("cdk synth refuses a dynamic reference by %s", (service) => {
  run({ arguments: [Lazy.string({ produce: () => `{{resolve:${service}:join:1}}` })] });
  expect(() => synthesise(stack)).toThrow(
    "[Example/Run] arguments has a dynamic reference to a secret, which CloudFormation does not resolve in a custom resource",
  );
});

describe("of the parameters that are no secrets to CloudFormation", () => {
  const warningsOf = (parameters: Record<string, string>) => {
    run({ parameters });
    return synthesise(stack).warnings;
  };
  const SAID =
    "with the value of the CfnParameter 'Code', which NoEcho hides in the stack alone: it is plain text in the properties of the resource and in the execution history of AWS Step Functions; give it in protectedParameters: RunCommandSecret.fromSecretsManager(…) [ack: azure-run-command:plainSecret]";

  test("one with the value of a CfnParameter with NoEcho is warned of, once, whatever its name", () => {
    const code = new CfnParameter(stack, "Code", { noEcho: true }).valueAsString;
    expect(warningsOf({ JOIN: code, PASSWORD: `user:${code}` })).toEqual([
      `parameters has "JOIN" ${SAID}`,
      `parameters has "PASSWORD" ${SAID}`,
    ]);
  });

  test("one of another CfnParameter, or of another token, is not", () => {
    const parameter = new CfnParameter(stack, "Region").valueAsString;
    expect(warningsOf({ REGION: parameter, STACK: stack.stackName })).toEqual([]);
  });

  test.each([
    ["ACTIVATION_CODE", true],
    ["activationCode", true],
    ["CONNECTION_STRING", true],
    ["dbConnectionString", true],
    ["AUTHORIZATION_CODE", true],
    ["APIKEY", true],
    ["VAULT_SECRET_ID", true],
    ["BLOB_SAS", true],
    ["ACTIVATION_ID", false],
    ["EXIT_CODE", false],
    ["COUNTRY_CODE", false],
    ["QUERY_STRING", false],
    ["SECRET_ARN", false],
    ["PASSWORD_FILE", false],
    ["PRIVATE_KEY_PATH", false],
    ["MAX_CONNECTIONS", false],
    ["COMPASS", false],
  ])("%s: it is %s that it looks like a secret", (name, expected) => {
    expect(looksSecret(name)).toBe(expected);
  });
});
