/** The Lambda functions behind the run commands of a stack. */
import {
  CfnParameter,
  Duration,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_logs as logs,
  Stack,
  aws_s3 as s3,
  aws_secretsmanager as secretsmanager,
} from "aws-cdk-lib";
import type { Construct } from "constructs";
import {
  AzureCloud,
  AzureCredentials,
  AzureRunCommandProvider,
  type AzureRunCommandProviderProps,
  AzureVirtualMachine,
  RunCommandScript,
} from "../../constructs";
import { CLIENT_ID, SCRIPT_FILE, TENANT_ID, VM_ID, webIdentity } from "./support/example";
import { permissionsOf } from "./support/permissions";
import { newStack, type Resource, synthesise } from "./support/synth";

let stack: Stack;

beforeEach(() => {
  stack = newStack();
});

function provider(props: Partial<AzureRunCommandProviderProps> = {}): AzureRunCommandProvider {
  return AzureRunCommandProvider.getOrCreate(stack, { credentials: webIdentity(), ...props });
}

function resources(type: string, idPattern = /./): readonly Resource[] {
  return Object.entries(synthesise(stack).resources)
    .filter(([id, { Type }]) => Type === type && idPattern.test(id))
    .map(([, resource]) => resource);
}

const OURS = /(?:OnEvent|IsComplete)[0-9A-F]{8}$/;

type Ids = Parameters<typeof AzureCredentials.webIdentity>[0];

describe("there is one", () => {
  test("for the same credentials, however often they are made", () => {
    expect(provider()).toBe(provider());
  });

  test("for run commands that are given the credentials and for those that are given it", () => {
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    const script = RunCommandScript.fromInline("true");
    const given = vm.runCommand("Given", { provider: provider({ queryInterval: Duration.seconds(30) }), script });
    const made = vm.runCommand("Made", { credentials: webIdentity(), script });
    expect(made.provider).toBe(given.provider);
  });

  test("for the same secret, however often it is imported", () => {
    const [one, same] = ["One", "Same"].map((id) => {
      const secret = secretsmanager.Secret.fromSecretNameV2(stack, id, "azure");
      const ids = { tenantId: TENANT_ID, clientId: CLIENT_ID, secret };
      return provider({ credentials: AzureCredentials.clientSecret(ids) });
    });
    expect(one).toBe(same);
  });

  test("for each providerId, and its credentials may be others", () => {
    const credentials = AzureCredentials.webIdentity({ tenantId: "contoso.com", clientId: CLIENT_ID });
    const other = provider({ providerId: "Other", credentials });
    expect(other).not.toBe(provider());
    expect(provider({ providerId: "Other", credentials })).toBe(other);
    expect(other.node.path).toBe("Example/AzureRunCommandProviderOther");
  });

  test("and another in another stack", () => {
    const other = new Stack(stack.node.root as Construct, "Other");
    expect(AzureRunCommandProvider.getOrCreate(other, { credentials: webIdentity() })).not.toBe(provider());
  });
});

describe("other credentials for one that is there are refused", () => {
  const ids: Ids = { tenantId: TENANT_ID, clientId: CLIENT_ID };
  const secret = (name: string) => secretsmanager.Secret.fromSecretNameV2(stack, name, name);
  const ofSecret = (name: string, jsonField?: string) =>
    AzureCredentials.clientSecret({ ...ids, secret: secret(name), ...(jsonField === undefined ? {} : { jsonField }) });

  test.each<{ what: string; one: () => AzureCredentials; other: () => AzureCredentials }>([
    {
      what: "tenant",
      one: webIdentity,
      other: () => AzureCredentials.webIdentity({ ...ids, tenantId: "contoso.com" }),
    },
    {
      what: "application",
      one: webIdentity,
      other: () => AzureCredentials.webIdentity({ ...ids, clientId: TENANT_ID }),
    },
    {
      what: "cloud",
      one: webIdentity,
      other: () => AzureCredentials.webIdentity({ ...ids, cloud: AzureCloud.CHINA }),
    },
    { what: "way to sign in", one: webIdentity, other: () => ofSecret("azure") },
    { what: "secret", one: () => ofSecret("azure"), other: () => ofSecret("other") },
    { what: "field", one: () => ofSecret("azure"), other: () => ofSecret("azure2", "value") },
  ])("with another $what", ({ one, other }) => {
    provider({ credentials: one() });
    const said = '{ providerId: "Other", credentials }), and give it to run commands as their provider';
    expect(() => provider({ credentials: other() })).toThrow(
      new Error(
        `AzureRunCommandProvider.getOrCreate: the stack 'Example' already has a provider with other credentials; make a second one with a providerId of its own, AzureRunCommandProvider.getOrCreate(this, ${said}`,
      ),
    );
  });

  test("with its providerId, where it has one", () => {
    provider({ providerId: "Second" });
    expect(() => provider({ providerId: "Second", credentials: ofSecret("azure") })).toThrow(
      "the stack 'Example' already has a provider 'Second' with other credentials;",
    );
  });
});

test.each<{ what: string; credentials: (of: Stack) => AzureCredentials; changes: readonly string[] }>([
  {
    what: "another application",
    credentials: () => AzureCredentials.webIdentity({ tenantId: "contoso.com", clientId: TENANT_ID }),
    changes: ["IsComplete", "OnEvent"],
  },
  {
    what: "a client secret",
    credentials: (of) => {
      const secret = secretsmanager.Secret.fromSecretNameV2(of, "Azure", "azure");
      return AzureCredentials.clientSecret({ tenantId: TENANT_ID, clientId: CLIENT_ID, secret });
    },
    // What the functions were allowed goes, and what they are allowed comes.
    changes: ["Access", "Access", "IsComplete", "OnEvent"],
  },
])(
  "after a deployment, $what changes the environment and the permissions of our functions, and no run command",
  ({ credentials, changes }) => {
    const deployed = (of: Stack, signIn: AzureCredentials) => {
      const vm = AzureVirtualMachine.fromResourceId(of, "Vm", VM_ID);
      vm.runCommand("Run", {
        credentials: signIn,
        script: RunCommandScript.fromInline("true"),
        timeout: Duration.hours(2),
      });
      return synthesise(of).resources;
    };
    const before = deployed(stack, webIdentity());
    const next = newStack();
    const after = deployed(next, credentials(next));
    const ids = new Set([...Object.keys(before), ...Object.keys(after)]);
    const changed = [...ids].filter((id) => JSON.stringify(before[id]) !== JSON.stringify(after[id]));
    expect(
      changed.map((id) => id.slice("AzureRunCommandProvider".length).replace(/[0-9a-f]{12}|[0-9A-F]{8}$/g, "")).sort(),
    ).toEqual(changes);
    const runs = Object.entries(before).filter(([, { Type }]) => Type.startsWith("Custom::"));
    expect(runs.map(([id]) => after[id]?.Properties)).toEqual(runs.map(([, { Properties }]) => Properties));
    expect(runs).toHaveLength(3);
  },
);

describe("the runtime", () => {
  const runtimeOf = () => resources("AWS::Lambda::Function", OURS).map(({ Properties }) => Properties.Runtime);

  test.each<{ runtime: lambda.Runtime | undefined; name: string }>([
    { runtime: undefined, name: "nodejs24.x" },
    { runtime: lambda.Runtime.NODEJS_22_X, name: "nodejs22.x" },
    { runtime: new lambda.Runtime("nodejs26.x"), name: "nodejs26.x" },
  ])("of both functions is $name", ({ runtime, name }) => {
    provider(runtime === undefined ? {} : { runtime });
    expect(runtimeOf()).toEqual([name, name]);
  });

  test("can be one that is not known yet", () => {
    provider({ runtime: new lambda.Runtime(new CfnParameter(stack, "Runtime").valueAsString) });
    expect(runtimeOf()).toEqual([{ Ref: "Runtime" }, { Ref: "Runtime" }]);
  });

  test.each([lambda.Runtime.NODEJS_20_X, lambda.Runtime.NODEJS_4_3, lambda.Runtime.PYTHON_3_13])(
    "is not $name",
    (runtime) => {
      expect(() => provider({ runtime })).toThrow(
        new Error(
          `AzureRunCommandProvider.getOrCreate: runtime is ${runtime.name}, expected nodejs22.x or newer; leave it out for nodejs24.x`,
        ),
      );
    },
  );

  test("is the same when it has the same name", () => {
    const first = provider({ runtime: new lambda.Runtime("nodejs26.x", lambda.RuntimeFamily.NODEJS) });
    expect(provider({ runtime: new lambda.Runtime("nodejs26.x", lambda.RuntimeFamily.NODEJS) })).toBe(first);
    expect(() => provider({ runtime: lambda.Runtime.NODEJS_22_X })).toThrow(
      "the stack 'Example' already has a provider, made with another 'runtime'; give it there, leave it out here, or make a second provider with a providerId of its own",
    );
  });
});

test.each([
  { cloud: undefined, audience: "api://AzureADTokenExchange" },
  { cloud: AzureCloud.PUBLIC, audience: "api://AzureADTokenExchange" },
  { cloud: AzureCloud.US_GOVERNMENT, audience: "api://AzureADTokenExchangeUSGov" },
  { cloud: AzureCloud.CHINA, audience: "api://AzureADTokenExchangeChina" },
])("in the cloud $cloud, tokens may be asked for the audience $audience alone", ({ cloud, audience }) => {
  const ids = { tenantId: TENANT_ID, clientId: CLIENT_ID };
  provider({ credentials: AzureCredentials.webIdentity(cloud === undefined ? ids : { ...ids, cloud }) });
  const synthesised = synthesise(stack);
  const statements = permissionsOf(synthesised).flatMap((permissions) => permissions.statements);
  expect(statements).toContainEqual(
    expect.objectContaining({
      Action: "sts:GetWebIdentityToken",
      Condition: expect.objectContaining({
        "ForAllValues:StringEquals": { "sts:IdentityTokenAudience": audience },
      }),
    }),
  );
  const functions = Object.entries(synthesised.resources).filter(([id]) => OURS.test(id));
  expect(functions.map(([, { Properties }]) => Properties.Environment)).toEqual(
    functions.map(() => ({
      Variables: {
        AZURE_RUN_COMMAND_CREDENTIALS: "webIdentity",
        AZURE_TENANT_ID: TENANT_ID,
        AZURE_CLIENT_ID: CLIENT_ID,
        ARM_ENVIRONMENT: cloud ?? "public",
      },
    })),
  );
});

describe("the role", () => {
  test("is the subject for Entra, and what permissions are granted to", () => {
    const { role, federatedSubject, grantPrincipal } = provider();
    expect(federatedSubject).toBe(role.roleArn);
    expect(grantPrincipal).toBe(role);
  });

  test("of the program's own is used by both functions, and is given a policy in this stack", () => {
    const roles = new Stack(stack.node.root as Construct, "Roles");
    const role = new iam.Role(roles, "Role", { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") });
    provider({ role });
    const functions = resources("AWS::Lambda::Function", OURS);
    expect(new Set(functions.map(({ Properties }) => JSON.stringify(Properties.Role))).size).toBe(1);
    const [policy] = resources("AWS::IAM::Policy", /Access/);
    expect(JSON.stringify(policy?.Properties.Roles)).toContain("Fn::ImportValue");
    expect(resources("AWS::IAM::Role", /ProviderRole/)).toEqual([]);
  });

  test.each([
    { what: "imported as immutable", options: { mutable: false }, account: "123456789012" },
    { what: "of another account", options: {}, account: "210987654321" },
  ])("that is $what is told what it must be allowed, since nothing is given to it", ({ options, account }) => {
    const own = newStack({}, { env: { account: "123456789012", region: "eu-central-1" } });
    const role = iam.Role.fromRoleArn(own, "Role", `arn:aws:iam::${account}:role/join`, options);
    const credentials = webIdentity();
    const made = AzureRunCommandProvider.getOrCreate(own, { credentials, role });
    const script = RunCommandScript.fromAsset(SCRIPT_FILE);
    AzureVirtualMachine.fromResourceId(own, "Vm", VM_ID).runCommand("Run", { provider: made, script });
    expect(made.federatedSubject).toBe(`arn:aws:iam::${account}:role/join`);
    const { resources: given, warnings } = synthesise(own);
    expect(Object.keys(given).filter((id) => id.includes("ProviderAccess"))).toEqual([]);
    expect(warnings).toEqual([
      "the role 'Example/Role' cannot be given permissions from here, since it is imported as immutable or is of another account; allow it yourself cloudformation:DescribeStackEvents, cloudformation:DescribeStacks, logs:CreateLogStream, logs:PutLogEvents, s3:GetObject, sts:GetWebIdentityToken; on which resources, says 'What the role may do' in docs/cdk.md of azure-run-command [ack: azure-run-command:immutableRole]",
    ]);
  });

  test("that is imported and can be changed is given the policies, and nothing is said", () => {
    const role = iam.Role.fromRoleName(stack, "Role", "join");
    provider({ role });
    expect(resources("AWS::IAM::Policy", /Access/)).toHaveLength(1);
    expect(synthesise(stack).warnings).toEqual([]);
  });

  test.each([
    { scripts: 19, said: [] },
    {
      scripts: 20,
      said: [
        "the role 'Example/AzureRunCommandProvider/Role' has 21 policies, one for each script in a bucket, secret and bucket for output that run commands use; IAM allows a role 10,240 characters of them, and an update that changes most of them has the old ones beside the new ones, which can be too many from about 20 on; give further run commands a second provider (AzureRunCommandProvider.getOrCreate with a providerId), or put them into another stack [ack: azure-run-command:manyPolicies]",
      ],
    },
  ])("with the policies of $scripts scripts beside its own is warned of as said", ({ scripts, said }) => {
    const bucket = s3.Bucket.fromBucketName(stack, "Bucket", "scripts");
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    for (const at of Array.from({ length: scripts }, (_, index) => index)) {
      const script = RunCommandScript.fromBucket(bucket, `${at}.sh`);
      vm.runCommand(`Run${at}`, { credentials: webIdentity(), script });
    }
    expect(synthesise(stack).warnings).toEqual(said);
  });
});

test("in a VPC, both functions run in the given subnets with the given groups, and their role may attach them to it", () => {
  const vpc: ec2.IVpc = ec2.Vpc.fromVpcAttributes(stack, "Vpc", {
    vpcId: "vpc-0123456789abcdef0",
    availabilityZones: ["a", "b"],
    privateSubnetIds: ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
  });
  const group = new ec2.SecurityGroup(stack, "Group", { vpc });
  provider({
    vpc,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    securityGroups: [group],
  });
  const functions = resources("AWS::Lambda::Function", OURS).map(({ Properties }) =>
    JSON.stringify(Properties.VpcConfig),
  );
  expect(functions).toHaveLength(2);
  expect(functions[0]).toContain('"SecurityGroupIds":[{"Fn::GetAtt":["Group');
  expect(functions[0]).toContain('"SubnetIds":["subnet-0123456789abcdef1","subnet-0123456789abcdef2"]');
  expect(functions[1]).toBe(functions[0]);
  const statements = permissionsOf(synthesise(stack)).flatMap((permissions) => permissions.statements);
  expect(statements).toContainEqual({
    Action: [
      "ec2:CreateNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses",
      "ec2:UnassignPrivateIpAddresses",
    ],
    Effect: "Allow",
    Resource: "*",
  });
});

test("a log group of the program's own takes the place of ours", () => {
  const logGroup = new logs.LogGroup(stack, "Logs");
  expect(provider({ logGroup }).logGroup).toBe(logGroup);
  expect(resources("AWS::Logs::LogGroup")).toHaveLength(1);
});

test.each([
  { queryInterval: Duration.seconds(1), interval: 1, attempts: 3_480 },
  { queryInterval: Duration.seconds(7), interval: 7, attempts: 497 },
  { queryInterval: Duration.minutes(1), interval: 60, attempts: 58 },
])("with a query interval of $interval s there are $attempts looks at most, within 58 minutes", (expected) => {
  provider({ queryInterval: expected.queryInterval });
  const [machine] = resources("AWS::StepFunctions::StateMachine");
  const definition = JSON.stringify(machine?.Properties.DefinitionString).replaceAll("\\", "");
  expect(definition).toContain(`"IntervalSeconds":${expected.interval},"MaxAttempts":${expected.attempts},`);
});

test("CloudFormation's event is tried again by AWS Lambda for an hour", () => {
  provider();
  expect(resources("AWS::Lambda::EventInvokeConfig").map(({ Properties }) => Properties)).toEqual([
    expect.objectContaining({ MaximumEventAgeInSeconds: 3_600 }),
  ]);
});

test("other props may be left out where the provider is there already, and the same ones given again", () => {
  const vpc: ec2.IVpc = ec2.Vpc.fromVpcAttributes(stack, "Vpc", {
    vpcId: "vpc-0123456789abcdef0",
    availabilityZones: ["a"],
    privateSubnetIds: ["subnet-0123456789abcdef1"],
  });
  const props = { vpc, vpcSubnets: { subnets: vpc.privateSubnets }, queryInterval: Duration.seconds(60) };
  const first = provider(props);
  expect(provider()).toBe(first);
  const same = { ...props, vpcSubnets: { subnets: [...vpc.privateSubnets] }, queryInterval: Duration.minutes(1) };
  expect(provider(same)).toBe(first);
});
