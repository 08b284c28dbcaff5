/** examples/cdk-join-fleet as a user has it: a project of its own, the real CDK command line, the packed package. Uses dist/ as it is. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "../..");
const EXAMPLE = join(ROOT, "examples/cdk-join-fleet");
const GUID = "11111111-2222-3333-4444-555555555555";
const CONTEXT = {
  virtualMachineId: `/subscriptions/${GUID}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1`,
  tenantId: GUID,
  clientId: GUID,
};
jest.setTimeout(180_000);

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

let folder: string;
let synthesised: { readonly exitCode: number | null; readonly output: string };
let template: {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "join-fleet-"));
  const sources = ["app.ts", "cdk.json", "fleet-member.ts", "hybrid-activation.ts", "join-fleet-stack.ts"];
  for (const name of [...sources, "package.json", "scripts", "tsconfig.json"]) {
    cpSync(join(EXAMPLE, name), join(folder, name), { recursive: true });
  }
  install();
  synthesised = synth(CONTEXT);
  if (synthesised.exitCode === 0) {
    template = JSON.parse(readFileSync(join(folder, "cdk.out/JoinFleet.template.json"), "utf8"));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the example as a project of its own", () => {
  test("cdk synth compiles it and makes its template, without a warning", () => {
    expect(synthesised).toMatchObject({ exitCode: 0 });
    expect(synthesised.output).not.toMatch(/warning/i);
  });

  test("it wants the same versions of the CDK as this package", () => {
    const { dependencies } = JSON.parse(readFileSync(join(EXAMPLE, "package.json"), "utf8"));
    const { version, peerDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(dependencies).toEqual({
      "aws-cdk-lib": peerDependencies["aws-cdk-lib"],
      "azure-run-command": `^${version}`,
      constructs: peerDependencies.constructs,
    });
  });

  test("what is missing is said all at once, and nothing is made", () => {
    const { exitCode, output } = synth({ tenantId: GUID }, "cdk.none");
    expect(output).toContain(
      `cdk-join-fleet: -c virtualMachineId=… is missing; give the VM's id in Azure: /subscriptions/…/virtualMachines/…
cdk-join-fleet: -c clientId=… is missing; give the application (client) id of the app registration or managed identity that may run commands on it
`,
    );
    expect(output).not.toContain("-c tenantId");
    expect(exitCode).toBe(1);
    expect(existsSync(join(folder, "cdk.none/JoinFleet.template.json"))).toBe(false);
  });
});

describe("the template of the example", () => {
  test("has the activation's code in the secret alone", () => {
    expect(placesOf({ "Fn::GetAtt": [idOf("Custom::SsmActivation"), "ActivationCode"] })).toEqual([
      `${idOf("AWS::SecretsManager::Secret")}.Properties.SecretString`,
    ]);
  });

  test("gives the run command the secret's ARN, and keeps AWS's answer out of the log", () => {
    expect(resource("InstallAgent").Properties.ProtectedParameters).toEqual({
      ACTIVATION_CODE: { SecretId: { Ref: idOf("AWS::SecretsManager::Secret") } },
    });
    expect(callOf(idOf("Custom::SsmActivation"), "Create")).toMatchObject({ logApiResponseData: false });
  });

  test("makes one activation for one machine, by the role of the stack, and deletes it", () => {
    const activation = idOf("Custom::SsmActivation");
    expect(callOf(activation, "Create")).toEqual({
      service: "SSM",
      action: "CreateActivation",
      parameters: {
        IamRole: "{Ref}",
        DefaultInstanceName: "vm1",
        Description: "rg/vm1",
        RegistrationLimit: 1,
      },
      physicalResourceId: { responsePath: "ActivationId" },
      outputPaths: ["ActivationId", "ActivationCode"],
      logApiResponseData: false,
    });
    expect(callOf(activation, "Update")).toEqual(callOf(activation, "Create"));
    expect(callOf(activation, "Delete")).toMatchObject({
      action: "DeleteActivation",
      parameters: { ActivationId: "PHYSICAL:RESOURCEID:" },
    });
  });

  test("lets the function that speaks with Systems Manager do these things, and no more", () => {
    const statements = ["ActivationCustomResourcePolicy", "FleetMemberCustomResourcePolicy"].flatMap(
      (name) => (resource(name).Properties.PolicyDocument as { Statement: unknown[] }).Statement,
    );
    const arn = (rest: string) => ({
      "Fn::Join": [
        "",
        ["arn:", { Ref: "AWS::Partition" }, ":ssm:", { Ref: "AWS::Region" }, ":", { Ref: "AWS::AccountId" }, rest],
      ],
    });
    expect(statements).toEqual([
      { Action: ["ssm:CreateActivation", "ssm:DeleteActivation"], Effect: "Allow", Resource: "*" },
      {
        Action: "iam:PassRole",
        Condition: { StringEquals: { "iam:PassedToService": "ssm.amazonaws.com" } },
        Effect: "Allow",
        Resource: { "Fn::GetAtt": [idStarting("ActivationServiceRole"), "Arn"] },
      },
      {
        Action: ["ssm:AddTagsToResource", "ssm:DeregisterManagedInstance"],
        Effect: "Allow",
        Resource: arn(":managed-instance/*"),
      },
    ]);
  });

  test("asks for the node's id after the installation, and again after each later run", () => {
    const install = idStarting("InstallAgent");
    expect(resource("ManagedNode").DependsOn).toContain(install);
    expect(resource("ManagedNode").Properties.Triggers).toEqual([{ "Fn::GetAtt": [install, "RunId"] }]);
  });

  test("hands the node's id on to a parameter, to the tags and to an output", () => {
    const id = { "Fn::GetAtt": [idStarting("ManagedNode"), "Outputs.managed_instance_id"] };
    expect([...new Set(placesOf(id).map((place) => place.split(/[.[]/, 3).join(".")))]).toEqual([
      `${idOf("Custom::SsmManagedNode")}.Properties.Create`,
      `${idOf("Custom::SsmManagedNode")}.Properties.Update`,
      `${idOf("Custom::SsmManagedNode")}.Properties.Delete`,
      `${idOf("AWS::SSM::Parameter")}.Properties.Value`,
    ]);
    expect(template.Outputs.ManagedInstanceId).toEqual({ Value: id });
  });

  test("runs agent.sh also when something changed, whatever the guard says, node.sh after it, and leave.sh in the end", () => {
    const { Script, Update, Delete, Unless } = resource("InstallAgent").Properties;
    expect(assetText(resource("ManagedNode").Properties.Script)).toBe(
      readFileSync(join(EXAMPLE, "scripts/node.sh"), "utf8"),
    );
    expect(assetText(Script)).toBe(readFileSync(join(EXAMPLE, "scripts/agent.sh"), "utf8"));
    expect(Update).toEqual(Script);
    expect(assetText(Delete)).toBe(readFileSync(join(EXAMPLE, "scripts/leave.sh"), "utf8"));
    expect(Unless).toBe(`grep -q '"mi-' /var/lib/amazon/ssm/registration`);
  });

  test("names the role, so that Entra can know it before the first deployment, and says its ARN", () => {
    const role = idStarting("AzureRole");
    expect(resource("AzureRole").Properties.RoleName).toEqual({
      "Fn::Join": ["", ["JoinFleet-azure-", { Ref: "AWS::Region" }]],
    });
    expect(template.Outputs.FederatedSubject).toEqual({ Value: { "Fn::GetAtt": [role, "Arn"] } });
  });
});

/** What `npm install` does with the example's package.json, from the packages that are here. */
function install(): void {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(name === "azure-run-command" ? ROOT : join(ROOT, "node_modules", name), link);
  }
  mkdirSync(join(folder, "node_modules/.bin"));
  symlinkSync("../typescript/bin/tsc", join(folder, "node_modules/.bin/tsc"));
}

/** Without an account, without the network: nothing is looked up or reported. */
function synth(
  context: Readonly<Record<string, string>>,
  out = "cdk.out",
): { exitCode: number | null; output: string } {
  const given = Object.entries(context).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK|npm)_/i.test(name));
  const env = {
    ...Object.fromEntries(own),
    AWS_CONFIG_FILE: join(folder, "aws-config"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "aws-credentials"),
    AWS_EC2_METADATA_DISABLED: "true",
    CDK_DISABLE_CLI_TELEMETRY: "true",
    CDK_HOME: join(folder, "cdk-home"),
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
  };
  const cli = join(folder, "node_modules/aws-cdk/bin/cdk");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [cli, "synth", "--quiet", "--no-notices", "--output", out, ...given],
    {
      cwd: folder,
      env,
      encoding: "utf8",
    },
  );
  return { exitCode: status, output: stdout + stderr };
}

function idOf(type: string): string {
  return only(
    Object.keys(template.Resources).filter((id) => template.Resources[id]?.Type === type),
    type,
  );
}

/** Behind the name of the construct, the CDK adds eight characters. */
function idStarting(name: string): string {
  const pattern = new RegExp(`^${name}[0-9A-F]{8}$`);
  return only(
    Object.keys(template.Resources).filter((id) => pattern.test(id)),
    name,
  );
}

function resource(name: string): Resource {
  return template.Resources[idStarting(name)] as Resource;
}

function only(found: readonly string[], what: string): string {
  expect({ what, found }).toEqual({ what, found: [expect.any(String)] });
  return found[0] ?? "";
}

/** A call of the CDK's AwsCustomResource, with `{Ref}` and `{Fn::GetAtt}` for what is known only when it is deployed. */
function callOf(id: string, operation: "Create" | "Update" | "Delete"): unknown {
  const call = template.Resources[id]?.Properties[operation] as string | { "Fn::Join": [string, (string | object)[]] };
  const parts = typeof call === "string" ? [call] : call["Fn::Join"][1];
  return JSON.parse(parts.map((part) => (typeof part === "string" ? part : `{${Object.keys(part)[0]}}`)).join(""));
}

/** Where in the resources a value is, as a path. */
function placesOf(wanted: object, value: unknown = template.Resources, path = ""): readonly string[] {
  if (JSON.stringify(value) === JSON.stringify(wanted)) {
    return [path];
  }
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    placesOf(wanted, inner, path === "" ? name : `${path}.${name}`),
  );
}

function assetText(source: unknown): string {
  return readFileSync(join(folder, "cdk.out", `asset.${(source as { Key: string }).Key}`), "utf8");
}
