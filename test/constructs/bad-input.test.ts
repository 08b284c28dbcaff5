/** What is wrong with an app is said while it is synthesised, in a sentence that says what to do. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CfnParameter,
  Duration,
  Lazy,
  Stack,
  aws_s3 as s3,
  aws_secretsmanager as secretsmanager,
  Token,
} from "aws-cdk-lib";
import {
  AzureCredentials,
  AzureRunCommand,
  type AzureRunCommandProps,
  AzureRunCommandProvider,
  AzureVirtualMachine,
  type RebootPolicy,
  RunCommandScript,
  RunCommandSecret,
} from "../../constructs";
import { CLIENT_ID, TENANT_ID, VM_ID, webIdentity } from "./support/example";
import { newStack, runsOf, synthesise } from "./support/synth";

let stack: Stack;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bad-input-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  stack = newStack();
});

function messageOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof Error) return error.message.replaceAll(folder, "{folder}");
  }
  throw new Error("nothing was said");
}

/** What is said of a run command with these props, beside those that it must have. */
function saidOf(props: Partial<AzureRunCommandProps>): string {
  const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
  const script = RunCommandScript.fromInline("true");
  return messageOf(() => new AzureRunCommand(stack, "Run", { vm, credentials: webIdentity(), script, ...props }));
}

/** What `cdk synth` says of it. */
function saidAtSynthesisOf(props: Partial<AzureRunCommandProps>): string {
  const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
  const script = RunCommandScript.fromInline("true");
  new AzureRunCommand(stack, "Run", { vm, credentials: webIdentity(), script, ...props });
  return messageOf(() => synthesise(stack));
}

const EXPECTED = "'/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'";

describe("AzureVirtualMachine.fromResourceId refuses", () => {
  test.each([
    {
      what: "an ARN",
      id: "arn:aws:ec2:eu-central-1:123456789012:instance/i-0abcd1234ef567890",
      said: `is an ARN, which names a thing in AWS; expected the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "the id of an EC2 instance",
      id: "i-0abcd1234ef567890",
      said: `is the id of an EC2 instance in AWS; expected the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "the id of a managed node",
      id: "mi-0abcd1234ef567890",
      said: `is the id of a managed node in AWS Systems Manager; expected the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "a link of Google Cloud",
      id: "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west3-a/instances/vm1",
      said: `is the name of an instance in Google Cloud; expected the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "a name of Google Cloud",
      id: "projects/p/zones/europe-west3-a/instances/vm1",
      said: `is the name of an instance in Google Cloud; expected the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "a name alone",
      id: "vm1",
      said: `is a text of 3 characters, which is no id of a VM; expected ${EXPECTED}`,
    },
    {
      what: "nothing, as of an environment variable that is not set",
      id: undefined as unknown as string,
      said: `is missing (is an environment variable not set?); give the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "an empty text",
      id: "",
      said: `is empty; give the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "an object",
      id: { id: VM_ID } as unknown as string,
      said: `is a map, expected text; give the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "the id of an EC2 instance in capital letters",
      id: "I-0ABCD1234EF567890",
      said: `is the id of an EC2 instance in AWS; expected the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "an id of Oracle Cloud",
      id: "ocid1.instance.oc1.eu-frankfurt-1.abtheljs",
      said: `is the id of a thing in Oracle Cloud; expected the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "a blank before the id",
      id: ` ${VM_ID}`,
      said: "has a blank or a line break at its beginning; give it without",
    },
    {
      what: "a line break behind the id",
      id: `${VM_ID}\n`,
      said: "has a blank or a line break at its end; give it without",
    },
    {
      what: "a link to the portal",
      id: `https://portal.azure.com/#@contoso.onmicrosoft.com/resource${VM_ID}/overview`,
      said: `is a link to the Azure portal; give only what stands in it behind '/resource', up to the VM's name: the id of a VM in Azure: ${EXPECTED}`,
    },
    {
      what: "a scale set",
      id: VM_ID.replace("virtualMachines/vm1", "virtualMachineScaleSets/set1"),
      said: "is the id of the scale set 'set1', but a script runs on one VM; give the id of one of its VMs ('/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'; where the scale set is Uniform: '…/virtualMachineScaleSets/{name}/virtualMachines/{number}')",
    },
    {
      what: "a name that Azure does not allow",
      id: VM_ID.replace("vm1", "vm 1"),
      said: "has the VM name \"vm 1\", which Azure does not allow (letters, digits, '.', '-' and '_'; not '_' first, nor '.' or '-' last)",
    },
  ])("$what", ({ id, said }) => {
    expect(messageOf(() => AzureVirtualMachine.fromResourceId(stack, "Vm", id))).toBe(
      `AzureVirtualMachine.fromResourceId: resourceId ${said}`,
    );
  });
});

describe("AzureVirtualMachine.fromAttributes refuses", () => {
  const GOOD = { subscriptionId: TENANT_ID, resourceGroupName: "rg", vmName: "vm1" };

  test.each([
    {
      what: "no subscription",
      attrs: { ...GOOD, subscriptionId: undefined as unknown as string },
      said: "subscriptionId is missing (is an environment variable not set?); give the GUID of a subscription",
    },
    {
      what: "no group",
      attrs: { ...GOOD, resourceGroupName: undefined as unknown as string },
      said: "resourceGroupName is missing (is an environment variable not set?); give the name of the VM's resource group",
    },
    {
      what: "a name that is a number",
      attrs: { ...GOOD, vmName: 7 as unknown as string },
      said: "vmName is a number, expected text; give the VM's name",
    },
    {
      what: "nothing at all",
      attrs: undefined as unknown as typeof GOOD,
      said: "subscriptionId is missing (is an environment variable not set?); give the GUID of a subscription",
    },
    {
      what: "a subscription's name",
      attrs: { ...GOOD, subscriptionId: "production" },
      said: "subscriptionId is a text of 10 characters, expected the GUID of a subscription",
    },
    {
      what: "a group that Azure does not allow",
      attrs: { ...GOOD, resourceGroupName: "r/g" },
      said: "resourceGroupName has the resource group name \"r/g\", which Azure does not allow (letters, digits, '_', '.', '(', ')' and '-'; not '.' last)",
    },
    {
      what: "a name that Azure does not allow",
      attrs: { ...GOOD, vmName: "vm1." },
      said: "vmName has the VM name \"vm1.\", which Azure does not allow (letters, digits, '.', '-' and '_'; not '_' first, nor '.' or '-' last)",
    },
  ])("$what", ({ attrs, said }) => {
    expect(messageOf(() => AzureVirtualMachine.fromAttributes(stack, "Vm", attrs))).toBe(
      `AzureVirtualMachine.fromAttributes: ${said}`,
    );
  });
});

describe("AzureCredentials refuses", () => {
  test("a tenant that is neither a GUID nor a domain, and does not show it", () => {
    expect(messageOf(() => AzureCredentials.webIdentity({ tenantId: "contoso", clientId: CLIENT_ID }))).toBe(
      "AzureCredentials.webIdentity: tenantId is a text of 7 characters, expected the GUID of an Entra tenant or one of its domains",
    );
  });

  const HOW_TENANT =
    "is missing (is an environment variable not set?); give the GUID of an Entra tenant or one of its domains";
  const HOW_CLIENT =
    "is missing (is an environment variable not set?); give the client id of an application in Entra, which is a GUID";
  const HOW_SECRET = "give a secret of AWS Secrets Manager: secretsmanager.Secret.fromSecretNameV2(…)";

  test.each<{ what: string; props: unknown; said: string }>([
    { what: "nothing at all", props: undefined, said: `tenantId ${HOW_TENANT}` },
    { what: "no tenant", props: { clientId: CLIENT_ID }, said: `tenantId ${HOW_TENANT}` },
    { what: "no client id", props: { tenantId: TENANT_ID }, said: `clientId ${HOW_CLIENT}` },
    {
      what: "a cloud that there is not",
      props: { tenantId: TENANT_ID, clientId: CLIENT_ID, cloud: "mars" },
      said: 'cloud is "mars", expected AzureCloud.PUBLIC, AzureCloud.US_GOVERNMENT or AzureCloud.CHINA',
    },
    {
      what: "a cloud that is not known yet",
      props: { tenantId: TENANT_ID, clientId: CLIENT_ID, cloud: Lazy.string({ produce: () => "public" }) },
      said: "cloud is a token, expected AzureCloud.PUBLIC, AzureCloud.US_GOVERNMENT or AzureCloud.CHINA",
    },
  ])("$what", ({ props, said }) => {
    const others = { secret: secretsmanager.Secret.fromSecretNameV2(stack, "Secret", "s") };
    expect(messageOf(() => AzureCredentials.webIdentity(props as never))).toBe(`AzureCredentials.webIdentity: ${said}`);
    expect(messageOf(() => AzureCredentials.clientSecret({ ...others, ...(props as object) } as never))).toBe(
      `AzureCredentials.clientSecret: ${said}`,
    );
  });

  test.each<{ what: string; props: object; said: string }>([
    { what: "no secret", props: {}, said: `secret is missing; ${HOW_SECRET}` },
    { what: "a secret that is text", props: { secret: "s3cr3t" }, said: `secret is a string; ${HOW_SECRET}` },
    {
      what: "an empty field",
      props: { secret: { secretArn: "arn" }, jsonField: "" },
      said: "jsonField is empty; give the name of a field, or leave it out for the whole text",
    },
  ])("$what", ({ props, said }) => {
    const ids = { tenantId: TENANT_ID, clientId: CLIENT_ID };
    expect(messageOf(() => AzureCredentials.clientSecret({ ...ids, ...props } as never))).toBe(
      `AzureCredentials.clientSecret: ${said}`,
    );
  });

  test("a client id that is no GUID, and does not show it", () => {
    const secret = secretsmanager.Secret.fromSecretNameV2(stack, "Secret", "s");
    const props = { tenantId: TENANT_ID, clientId: "QW~8Q-secret", secret };
    expect(messageOf(() => AzureCredentials.clientSecret(props))).toBe(
      "AzureCredentials.clientSecret: clientId is a text of 12 characters, expected the client id of an application in Entra, which is a GUID",
    );
  });
});

describe("RunCommandScript refuses", () => {
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  test("an inline text of more than 4 KiB, and names fromAsset", () => {
    expect(messageOf(() => RunCommandScript.fromInline("ä".repeat(2_048), ""))).toBe(
      'RunCommandScript.fromInline: the script has 4,097 bytes of UTF-8, of which a template carries at most 4,096; put it into a file and use RunCommandScript.fromAsset("script.sh")',
    );
  });

  test("lines that are one list", () => {
    expect(messageOf(() => RunCommandScript.fromInline(["a", "b"] as never))).toBe(
      "RunCommandScript.fromInline: line 1 is a list, expected text; give each line as an argument of its own",
    );
  });

  test("a line that is not there", () => {
    expect(messageOf(() => RunCommandScript.fromInline("a", undefined as never))).toBe(
      "RunCommandScript.fromInline: line 2 is undefined, expected text; give each line as an argument of its own",
    );
  });

  test("a path that is not there", () => {
    expect(messageOf(() => RunCommandScript.fromAsset(undefined as never))).toBe(
      "RunCommandScript.fromAsset: path is missing (is an environment variable not set?); give the path of a file, absolute or from the current folder",
    );
  });

  test.each<{ what: string; bucket: unknown; key?: string; version?: string; said: string }>([
    {
      what: "no bucket",
      bucket: undefined,
      said: "bucket is missing; give a bucket: s3.Bucket.fromBucketName(…)",
    },
    {
      what: "a bucket that is text",
      bucket: "scripts",
      said: "bucket is a string; give a bucket: s3.Bucket.fromBucketName(…)",
    },
    {
      what: "no key",
      bucket: { arnForObjects: () => "arn" },
      said: "key is missing (is an environment variable not set?); give the key of the object that holds the script",
    },
    {
      what: "an empty version",
      bucket: { arnForObjects: () => "arn" },
      key: "a.sh",
      version: "",
      said: "version is empty; give the object's version, or leave it out for the newest",
    },
  ])("$what", ({ bucket, key, version, said }) => {
    expect(messageOf(() => RunCommandScript.fromBucket(bucket as never, key as never, version))).toBe(
      `RunCommandScript.fromBucket: ${said}`,
    );
  });

  test("a file that is not there", () => {
    expect(messageOf(() => RunCommandScript.fromAsset(join(folder, "none.sh")))).toBe(
      "RunCommandScript.fromAsset: '{folder}/none.sh' is not there; give the path of a file, absolute or from the current folder",
    );
  });

  test("a folder", () => {
    mkdirSync(join(folder, "scripts"));
    expect(messageOf(() => RunCommandScript.fromAsset(join(folder, "scripts")))).toBe(
      "RunCommandScript.fromAsset: '{folder}/scripts' is no file; give the path of one file with the script",
    );
  });

  test("a file that is no UTF-8", () => {
    expect(messageOf(() => RunCommandScript.fromAsset(file("latin.sh", Uint8Array.of(0xe4))))).toBe(
      "RunCommandScript.fromAsset: '{folder}/latin.sh' is no UTF-8 text; save it as UTF-8",
    );
  });

  test("a file that Azure could never take", () => {
    expect(messageOf(() => RunCommandScript.fromAsset(file("large.sh", "x".repeat(4 * 1024 * 1024 + 1))))).toBe(
      "RunCommandScript.fromAsset: '{folder}/large.sh' has 4,194,305 bytes, far more than Azure takes; let the script download the bulk",
    );
  });

  test("an empty key", () => {
    const bucket = s3.Bucket.fromBucketName(stack, "Bucket", "scripts");
    expect(messageOf(() => RunCommandScript.fromBucket(bucket, ""))).toBe(
      "RunCommandScript.fromBucket: key is empty; give the key of the object that holds the script",
    );
  });

  test("a file that is too large for one request, when it is used", () => {
    const noise = Array.from({ length: 60_000 }, (_, at) => Math.imul(at, 2_654_435_761) >>> 0).join("\n");
    // All of the runner counts too, down to its last byte.
    const said = saidOf({ script: RunCommandScript.fromAsset(file("noise.sh", noise)) });
    expect(said.replace(/1,17\d,\d{3} bytes/, "1,17… bytes")).toBe(
      "AzureRunCommand 'Example/Run': script, parameters, protectedParameters and arguments are too large together: 'script' 644,473 bytes; with the runner that makes a request of 1,17… bytes of base64 text, of which Azure takes at most 262,144 (above that it reports success and runs nothing); let the script download the bulk",
    );
  });
});

test.each([
  { what: "no secret", secret: undefined, said: "is missing" },
  { what: "a secret that is text", secret: "s3cr3t", said: "is a string" },
])("RunCommandSecret refuses $what", ({ secret, said }) => {
  expect(messageOf(() => RunCommandSecret.fromSecretsManager(secret as never))).toBe(
    `RunCommandSecret.fromSecretsManager: secret ${said}; give a secret of AWS Secrets Manager: secretsmanager.Secret.fromSecretNameV2(…)`,
  );
});

test("RunCommandSecret refuses an empty field", () => {
  const secret = secretsmanager.Secret.fromSecretNameV2(stack, "Secret", "s");
  expect(messageOf(() => RunCommandSecret.fromSecretsManager(secret, ""))).toBe(
    "RunCommandSecret.fromSecretsManager: jsonField is empty; give the name of a field, or leave it out for the whole text",
  );
});

describe("AzureRunCommand refuses", () => {
  const token = () => new CfnParameter(stack, "Number", { type: "Number" }).valueAsNumber;

  test.each<{ what: string; props: () => Partial<AzureRunCommandProps>; said: string }>([
    {
      what: "a timeout of nothing",
      props: () => ({ timeout: Duration.seconds(0) }),
      said: "timeout is 0 seconds, expected whole seconds from 1 second to 12 hours",
    },
    {
      what: "a timeout of more than 12 hours",
      props: () => ({ timeout: Duration.minutes(721) }),
      said: "timeout is 12 hours 1 minute, expected whole seconds from 1 second to 12 hours",
    },
    {
      what: "a timeout of part of a second",
      props: () => ({ timeout: Duration.millis(1_500) }),
      said: "timeout is 1.5 seconds, expected whole seconds from 1 second to 12 hours",
    },
    {
      what: "a timeout of whole minutes and part of a second",
      props: () => ({ timeout: Duration.seconds(5_400.5) }),
      said: "timeout is 5,400.5 seconds, expected whole seconds from 1 second to 12 hours",
    },
    {
      what: "a timeout that is a number",
      props: () => ({ timeout: 600 }) as never,
      said: "timeout is a number, expected a Duration from 1 second to 12 hours; give Duration.seconds(600)",
    },
    {
      what: "a readyTimeout that is text",
      props: () => ({ readyTimeout: "5m" }) as never,
      said: "readyTimeout is a string, expected a Duration from 0 seconds to 10 minutes; give Duration.seconds(…)",
    },
    {
      what: "credentials that are text",
      props: () => ({ credentials: "x" }) as never,
      said: "credentials is a string, expected AzureCredentials; give AzureCredentials.webIdentity(…) or AzureCredentials.clientSecret(…)",
    },
    {
      what: "a provider that is text",
      props: () => ({ credentials: undefined, provider: "x" }) as never,
      said: "provider is a string, expected an AzureRunCommandProvider; give AzureRunCommandProvider.getOrCreate(…), or credentials",
    },
    {
      what: "a bucket that is text",
      props: () => ({ outputBucket: "b" }) as never,
      said: "outputBucket is a string, expected a bucket; give s3.Bucket.fromBucketName(…)",
    },
    {
      what: "a VM that is text",
      props: () => ({ vm: VM_ID }) as never,
      said: "vm is a string, expected an AzureVirtualMachine; give AzureVirtualMachine.fromResourceId(…) or fromAttributes(…)",
    },
    {
      what: "a VM that has no id",
      props: () => ({ vm: Object.assign(new Stack(), { virtualMachineId: undefined }) }) as never,
      said: "vm is a map, expected an AzureVirtualMachine; give AzureVirtualMachine.fromResourceId(…) or fromAttributes(…)",
    },
    {
      what: "null, which no template can have",
      props: () => ({ parameters: null }) as never,
      said: "parameters is null; give it a value, or leave it out",
    },
    {
      what: "parameters that cannot be looked into",
      props: () => ({ parameters: Lazy.any({ produce: () => ({ A: "1" }) }) }) as never,
      said: "parameters is a token, which cannot be looked into when the app is synthesised; give a map of names to texts, which can be tokens",
    },
    {
      what: "secrets that cannot be looked into",
      props: () => ({ protectedParameters: Lazy.any({ produce: () => ({}) }) }) as never,
      said: "protectedParameters is a token, which cannot be looked into when the app is synthesised; give a map of names to RunCommandSecrets",
    },
    {
      what: "parameters that are a list",
      props: () => ({ parameters: ["A=1"] }) as never,
      said: "parameters is a list, expected a map of names to texts",
    },
    {
      what: "secrets that are text",
      props: () => ({ protectedParameters: "CODE" }) as never,
      said: "protectedParameters is a string, expected a map of names to RunCommandSecrets",
    },
    {
      what: "a parameter that is a map",
      props: () => ({ parameters: { A: { b: 1 } } }) as never,
      said: 'parameters has "A", which is a map, expected text',
    },
    {
      what: "arguments that are text",
      props: () => ({ arguments: "-v" }) as never,
      said: "arguments is a string, expected a list of texts",
    },
    {
      what: "triggers that are a map",
      props: () => ({ triggers: { a: 1 } }) as never,
      said: "triggers is a map, expected a list of texts",
    },
    {
      what: "replaceTriggers that are text",
      props: () => ({ replaceTriggers: "1.0" }) as never,
      said: "replaceTriggers is a string, expected a list of texts",
    },
    {
      what: "a flag that is text",
      props: () => ({ treatFailureAsDeploymentFailure: "false" }) as never,
      said: "treatFailureAsDeploymentFailure is a string, expected true or false",
    },
    {
      what: "a flag of the template that is text",
      props: () => ({ exportOutputs: "yes" }) as never,
      said: "exportOutputs is a string, expected true or false",
    },
    {
      what: "a rollback that is no word of it",
      props: () => ({ rollback: "MAYBE" }) as never,
      said: 'rollback is "MAYBE", expected "RERUN" or "SKIP"',
    },
    {
      what: "a timeout that is a token",
      props: () => ({ timeout: Duration.minutes(token()) }),
      said: "timeout is a token, which has no value yet when the app is synthesised; give a Duration from 1 second to 12 hours",
    },
    {
      what: "a readyTimeout of more than 10 minutes",
      props: () => ({ readyTimeout: Duration.hours(1) }),
      said: "readyTimeout is 1 hour, expected whole seconds from 0 seconds to 10 minutes",
    },
    {
      what: "an empty script",
      props: () => ({ script: RunCommandScript.fromInline(" ") }),
      said: "script is empty; give the text to run",
    },
    {
      what: "an empty delete script",
      props: () => ({ delete: RunCommandScript.fromInline("") }),
      said: "delete is empty; give the text to run, or leave it out",
    },
    {
      what: "a NUL byte",
      props: () => ({ update: RunCommandScript.fromInline("a", "b\0") }),
      said: "update has a NUL byte in line 2; a shell script cannot hold one (is it a program, or UTF-16 text?)",
    },
    {
      what: "a relative path",
      props: () => ({ workingDirectory: "srv" }),
      said: "workingDirectory is no absolute path; begin it with '/', or leave it out for the user's home",
    },
    {
      what: "a name that is no variable's",
      props: () => ({ parameters: { "a-b": "" } }),
      said: "parameters has \"a-b\", which cannot be the name of an environment variable (letters, digits and '_', not a digit first)",
    },
    {
      what: "a name that is a token",
      props: () => ({ parameters: { [Token.asString({ Ref: "Name" })]: "" } }),
      said: "parameters has a name that is a token, which has no value yet when the app is synthesised; give it as text",
    },
    {
      what: "a name in both maps",
      props: () => ({
        parameters: { CODE: "1" },
        protectedParameters: {
          CODE: RunCommandSecret.fromSecretsManager(secretsmanager.Secret.fromSecretNameV2(stack, "Secret", "s")),
        },
      }),
      said: "protectedParameters has \"CODE\", which 'parameters' has too; give it in one of them",
    },
    {
      what: "an exit code that there is not",
      props: () => ({ successExitCodes: [0, 256] }),
      said: "successExitCodes has at position 2 a value that is 256, expected a whole number from 0 to 255",
    },
    {
      what: "no exit code",
      props: () => ({ successExitCodes: [] }),
      said: "successExitCodes is an empty list, with which no script could succeed; give [0], or leave it out",
    },
    {
      what: "a word that is none",
      props: () => ({ rebootPolicy: "repeat" as RebootPolicy }),
      said: 'rebootPolicy is "repeat", expected "fail", "rerun" or "continue"',
    },
    {
      what: "outputs of what is hidden",
      props: () => ({ sensitiveOutput: true, exportOutputs: true }),
      said: "exportOutputs shows what sensitiveOutput hides; give one of them",
    },
    {
      what: "neither credentials nor a provider",
      props: () => ({ credentials: undefined }) as never,
      said: "credentials is missing; give AzureCredentials.webIdentity(…) or AzureCredentials.clientSecret(…), or a provider",
    },
    {
      what: "credentials and a provider",
      props: () => ({ provider: AzureRunCommandProvider.getOrCreate(stack, { credentials: webIdentity() }) }),
      said: "credentials and provider are both given; give one of them",
    },
    {
      what: "a provider of another stack",
      props: () =>
        ({
          credentials: undefined,
          provider: AzureRunCommandProvider.getOrCreate(new Stack(stack.node.root as never, "Other"), {
            credentials: webIdentity(),
          }),
        }) as never,
      said: "provider is of another stack; give AzureRunCommandProvider.getOrCreate(…) with a construct of this one, or credentials",
    },
    {
      what: "no VM",
      props: () => ({ vm: undefined }) as never,
      said: "vm is missing; give AzureVirtualMachine.fromResourceId(…) or fromAttributes(…)",
    },
    {
      what: "no script",
      props: () => ({ script: undefined }) as never,
      said: "script is missing; give RunCommandScript.fromInline(…), fromAsset(…) or fromBucket(…)",
    },
    {
      what: "a script that is text",
      props: () => ({ script: "true" }) as never,
      said: "script is a string, expected a RunCommandScript; give RunCommandScript.fromInline(…), fromAsset(…) or fromBucket(…)",
    },
    {
      what: "a secret that is text",
      props: () => ({ protectedParameters: { CODE: "s3cr3t" } }) as never,
      said: 'protectedParameters has "CODE", which is a string, expected a RunCommandSecret; give RunCommandSecret.fromSecretsManager(…)',
    },
    {
      what: "a VM that is of another construct, with an id of another cloud",
      props: () => ({ vm: Object.assign(new Stack(), { virtualMachineId: "i-0abcd1234ef567890" }) }),
      said: `vm is the id of an EC2 instance in AWS; expected the id of a VM in Azure: ${EXPECTED}`,
    },
  ])("$what", ({ props, said }) => {
    expect(saidOf(props())).toBe(`AzureRunCommand 'Example/Run': ${said}`);
  });

  test("all that is wrong at once, a line each", () => {
    expect(saidOf({ timeout: Duration.days(1), creates: "x", unless: " ", runAsUser: "a b" })).toBe(
      "AzureRunCommand 'Example/Run': timeout is 1 day, expected whole seconds from 1 second to 12 hours\nAzureRunCommand 'Example/Run': creates is no absolute path; begin it with '/'\nAzureRunCommand 'Example/Run': unless is blank; give a shell command that tells by its exit code, or leave it out\nAzureRunCommand 'Example/Run': runAsUser has a character that no name of a Linux user has (a blank, a control character, ':', '/' or '\\')",
    );
  });

  test("all that is wrong at once also where a part cannot be used", () => {
    expect(saidOf({ vm: VM_ID, script: "true", credentials: undefined, timeout: 5, creates: "x" } as never)).toBe(
      "AzureRunCommand 'Example/Run': vm is a string, expected an AzureVirtualMachine; give AzureVirtualMachine.fromResourceId(…) or fromAttributes(…)\nAzureRunCommand 'Example/Run': script is a string, expected a RunCommandScript; give RunCommandScript.fromInline(…), fromAsset(…) or fromBucket(…)\nAzureRunCommand 'Example/Run': credentials is missing; give AzureCredentials.webIdentity(…) or AzureCredentials.clientSecret(…), or a provider\nAzureRunCommand 'Example/Run': timeout is a number, expected a Duration from 1 second to 12 hours; give Duration.seconds(5)\nAzureRunCommand 'Example/Run': creates is no absolute path; begin it with '/'",
    );
  });

  test("no props at all", () => {
    expect(messageOf(() => new AzureRunCommand(stack, "Run", undefined as never))).toBe(
      "AzureRunCommand 'Example/Run': vm is missing; give AzureVirtualMachine.fromResourceId(…) or fromAttributes(…)\nAzureRunCommand 'Example/Run': script is missing; give RunCommandScript.fromInline(…), fromAsset(…) or fromBucket(…)\nAzureRunCommand 'Example/Run': credentials is missing; give AzureCredentials.webIdentity(…) or AzureCredentials.clientSecret(…), or a provider",
    );
  });

  test("more secrets than a long run can hand over, and takes them for a short one", () => {
    const secret = RunCommandSecret.fromSecretsManager(secretsmanager.Secret.fromSecretNameV2(stack, "Secret", "s"));
    const protectedParameters = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`CODE_${at + 10}`, secret]));
    expect(saidOf({ protectedParameters, timeout: Duration.minutes(41) })).toBe(
      "AzureRunCommand 'Example/Run': protectedParameters has 40 secrets, whose names and versions have 2,123 bytes as JSON; a run of more than 40 minutes can hand over at most 2,048; put several values into one parameter",
    );
    const vm = AzureVirtualMachine.fromResourceId(stack, "Other", VM_ID);
    const script = RunCommandScript.fromInline("true");
    expect(() => vm.runCommand("Short", { credentials: webIdentity(), script, protectedParameters })).not.toThrow();
  });

  test.each([
    {
      what: "that no script can write",
      name: "1st",
      said: "\"1st\" cannot be the name of an output (letters, digits, '_' and '-', neither a digit nor '-' first)",
    },
    {
      what: "that is not there",
      name: undefined as unknown as string,
      said: "is missing (is an environment variable not set?); give the name of an output that the script writes",
    },
    {
      what: "that is not known yet",
      name: Lazy.string({ produce: () => "node_id" }),
      said: "is a token, which has no value yet when the app is synthesised; give it as text",
    },
  ])("the name of an output $what", ({ name, said }) => {
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    const run = vm.runCommand("Run", { credentials: webIdentity(), script: RunCommandScript.fromInline("true") });
    expect(messageOf(() => run.output(name))).toBe(`AzureRunCommand.output: name ${said}`);
  });
});

describe("cdk synth refuses", () => {
  test("a secret that was put into a parameter, since CloudFormation would give the script the reference itself", () => {
    const secret = new secretsmanager.Secret(stack, "Secret");
    expect(saidAtSynthesisOf({ parameters: { CODE: secret.secretValue.unsafeUnwrap() } })).toBe(
      "Validation failed with the following errors:\n  [Example/Run] parameters has a dynamic reference to a secret, which CloudFormation does not resolve in a custom resource: the script would get the text '{{resolve:…}}'; give it in protectedParameters: RunCommandSecret.fromSecretsManager(…)",
    );
  });

  test("half of a character, and takes a whole one", () => {
    const said =
      "Validation failed with the following errors:\n  [Example/Run] script has half of a character (a lone surrogate), which UTF-8 does not have; give whole characters (was a text cut off within one?)\n  [Example/Run] parameters has half of a character (a lone surrogate), which UTF-8 does not have; give whole characters (was a text cut off within one?)";
    const half = "😀".slice(0, 1);
    const script = RunCommandScript.fromInline(`echo ${half}`);
    expect(saidAtSynthesisOf({ script, parameters: { A: half, B: "😀" }, arguments: ["😀"] })).toBe(said);
  });

  test("properties that an update could not carry", () => {
    const large = (letter: string) => Lazy.string({ produce: () => letter.repeat(61_000) });
    expect(saidAtSynthesisOf({ parameters: { A: large("a"), B: large("b") } })).toBe(
      "Validation failed with the following errors:\n  [Example/Run] the properties of the resource have 122,246 bytes as JSON, of which an update can carry at most 120,000; put scripts into files and use RunCommandScript.fromAsset, and give digests as triggers",
    );
  });
});

describe("AzureRunCommandProvider.getOrCreate refuses", () => {
  test.each<{ what: string; props: unknown; said: string }>([
    { what: "no props", props: undefined, said: "is missing" },
    { what: "no credentials", props: {}, said: "is missing" },
    { what: "credentials that are text", props: { credentials: "x" }, said: "is a string" },
  ])("$what", ({ props, said }) => {
    expect(messageOf(() => AzureRunCommandProvider.getOrCreate(stack, props as never))).toBe(
      `AzureRunCommandProvider.getOrCreate: credentials ${said}; give AzureCredentials.webIdentity(…) or AzureCredentials.clientSecret(…)`,
    );
  });

  test("a query interval that is a number", () => {
    const props = { credentials: webIdentity(), queryInterval: 10 };
    expect(messageOf(() => AzureRunCommandProvider.getOrCreate(stack, props as never))).toBe(
      "AzureRunCommandProvider.getOrCreate: queryInterval is a number, expected a Duration from 1 second to 1 minute; give Duration.seconds(10)",
    );
  });

  test("a query interval that is no whole second", () => {
    const props = { credentials: webIdentity(), queryInterval: Duration.millis(500) };
    expect(messageOf(() => AzureRunCommandProvider.getOrCreate(stack, props))).toBe(
      "AzureRunCommandProvider.getOrCreate: queryInterval is 0.5 seconds, expected whole seconds from 1 second to 1 minute",
    );
  });

  test("other props for a provider that is there", () => {
    AzureRunCommandProvider.getOrCreate(stack, { credentials: webIdentity() });
    const props = { credentials: webIdentity(), queryInterval: Duration.seconds(30) };
    expect(messageOf(() => AzureRunCommandProvider.getOrCreate(stack, props))).toBe(
      "AzureRunCommandProvider.getOrCreate: the stack 'Example' already has a provider, made with another 'queryInterval'; give it there, leave it out here, or make a second provider with a providerId of its own",
    );
  });
});

describe("tokens are taken as they are", () => {
  test("for the VM, the ids of credentials, scripts, parameters and lists", () => {
    const text = (name: string) => new CfnParameter(stack, name).valueAsString;
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", text("VmId"));
    const credentials = AzureCredentials.webIdentity({ tenantId: text("Tenant"), clientId: text("Client") });
    vm.runCommand("Run", {
      credentials,
      script: RunCommandScript.fromInline(text("Script")),
      update: RunCommandScript.fromInline("x".repeat(4_000), text("More"), "x".repeat(4_000)),
      creates: text("Path"),
      runAsUser: text("User"),
      parameters: { A: text("A") },
      arguments: new CfnParameter(stack, "List", { type: "CommaDelimitedList" }).valueAsList,
      triggers: [text("Trigger")],
      successExitCodes: [new CfnParameter(stack, "Code", { type: "Number" }).valueAsNumber],
    });
    const { resources, warnings } = synthesise(stack);
    const { ServiceToken, ServiceTimeout, ...properties } =
      Object.values(resources).find(({ Type }) => Type === "Custom::AzureRunCommand")?.Properties ?? {};
    const x = "x".repeat(4_000);
    expect(properties).toEqual({
      VirtualMachineId: { Ref: "VmId" },
      Script: { Text: { Ref: "Script" } },
      Update: { Text: { "Fn::Join": ["", [`${x}\n`, { Ref: "More" }, `\n${x}`]] } },
      Creates: { Ref: "Path" },
      Parameters: { A: { Ref: "A" } },
      Arguments: { Ref: "List" },
      Triggers: [{ Ref: "Trigger" }],
      RunAsUser: { Ref: "User" },
      SuccessExitCodes: [{ Ref: "Code" }],
      TimeoutInSeconds: 2_400,
      ReadyTimeoutInSeconds: 600,
    });
    expect(warnings).toEqual([expect.stringMatching(/^the properties of the resource have 8,\d{3} characters; /)]);
    const functions = Object.values(resources).map(({ Properties }) => JSON.stringify(Properties.Environment ?? {}));
    expect(functions.filter((text) => text.includes('"AZURE_TENANT_ID":{"Ref":"Tenant"}'))).toHaveLength(2);
  });

  test("numbers are the texts that they are in the program", () => {
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    const code = new CfnParameter(stack, "Code", { type: "Number" }).valueAsNumber;
    vm.runCommand("Run", {
      credentials: webIdentity(),
      script: RunCommandScript.fromInline("true"),
      parameters: { BYTES: 10_000_000_000, ON: true, LATER: code } as never,
      arguments: [1.5, code] as never,
    });
    const properties = Object.values(runsOf(synthesise(stack)))[0]?.Properties;
    expect(properties).toMatchObject({
      Parameters: { BYTES: "10000000000", ON: "true", LATER: { Ref: "Code" } },
      Arguments: ["1.5", { Ref: "Code" }],
    });
  });
});
