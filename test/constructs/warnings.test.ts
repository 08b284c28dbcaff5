/** What is to be heeded is said while an app is synthesised, and can be acknowledged. */
import { Annotations, CfnParameter, type Stack } from "aws-cdk-lib";
import { type AzureRunCommandOptions, AzureVirtualMachine, RebootPolicy, RunCommandScript } from "../../constructs";
import { VM_ID, webIdentity } from "./support/example";
import { newStack, synthesise } from "./support/synth";

let stack: Stack;

beforeEach(() => {
  stack = newStack();
});

/** What `cdk synth` warns of, for a run command with these props. */
function warningsOf(props: Partial<AzureRunCommandOptions>): readonly string[] {
  const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
  vm.runCommand("Run", { credentials: webIdentity(), script: RunCommandScript.fromInline("true"), ...props });
  return synthesise(stack).warnings;
}

test.each<{ what: string; props: Partial<AzureRunCommandOptions>; said: readonly string[] }>([
  {
    what: "Windows line ends",
    props: { script: RunCommandScript.fromInline("true\r\ntrue\r\n") },
    said: [
      'script has Windows line ends (CR LF) from line 1 on: the shell takes the CR for a part of the last word of the line; save it with LF line ends (tr -d \'\\r\' makes them), or give text.replaceAll("\\r\\n", "\\n") [ack: azure-run-command:script]',
    ],
  },
  {
    what: "a byte order mark",
    props: { delete: RunCommandScript.fromInline("\uFEFFtrue") },
    said: [
      "delete has a byte order mark (U+FEFF) before its first word, so that the shell looks for a command of another name; save it as UTF-8 without one [ack: azure-run-command:script]",
    ],
  },
  {
    what: "commands that wait for a person, once for all lines",
    props: { update: RunCommandScript.fromInline("read a", "apt-get install nginx", "read b") },
    said: [
      "update runs 'read' in lines 1 and 3, which reads from a terminal or from its input, and there is neither (its input is /dev/null); give the value in 'parameters', or its input with '<' [ack: azure-run-command:script]",
      "update runs 'apt-get install' in line 2, without '-y', so that it asks and, with nobody there, gives up; add '-y' [ack: azure-run-command:script]",
    ],
  },
  {
    what: "a command that ends the agent",
    props: { unless: "systemctl restart walinuxagent" },
    said: [
      "unless runs 'systemctl restart walinuxagent' in line 1, which is Azure's agent: it carries this very run and its report; leave it alone, or do it from outside after the script's end [ack: azure-run-command:guard]",
    ],
  },
  {
    what: "a restart",
    props: { script: RunCommandScript.fromInline("reboot") },
    said: [
      "script runs 'reboot' in line 1, which restarts or stops the VM, and with rebootPolicy 'fail' that fails the deployment; give rebootPolicy 'continue' or 'rerun', or let the VM restart after the script's end: 'shutdown -r +1' [ack: azure-run-command:script]",
    ],
  },
  {
    what: "a path with what a shell would expand",
    props: { creates: "/srv/*" },
    said: [
      "creates has '*' in it, and is taken as it stands: nothing in it is expanded; if that is meant, use unless: \"test -e …\" [ack: azure-run-command:guard]",
    ],
  },
  {
    what: "a parameter that looks like a secret",
    props: { parameters: { DB_PASSWORD: "x", USER: "y" } },
    said: [
      'parameters has "DB_PASSWORD", which looks like a secret and is in the template for everybody to read; if it is one, give it in protectedParameters: RunCommandSecret.fromSecretsManager(…) [ack: azure-run-command:plainSecret]',
    ],
  },
  {
    what: "properties of which a timeout could not be reported",
    props: {
      script: RunCommandScript.fromInline("# ".padEnd(4_000, "a")),
      update: RunCommandScript.fromInline("# ".padEnd(4_000, "b")),
    },
    said: [
      "the properties of the resource have 8,256 characters; above 7,400 AWS Step Functions cuts off what tells CloudFormation of a Lambda function that does not answer, and the stack then waits for its whole ServiceTimeout; put scripts into files and use RunCommandScript.fromAsset, and give digests as triggers [ack: azure-run-command:largeProperties]",
    ],
  },
])("$what", ({ props, said }) => {
  expect(warningsOf(props)).toEqual(said);
});

describe("nothing is said of", () => {
  test.each<{ what: string; props: Partial<AzureRunCommandOptions> }>([
    {
      what: "a restart that is meant",
      props: { script: RunCommandScript.fromInline("reboot"), rebootPolicy: RebootPolicy.CONTINUE },
    },
    {
      what: "a script for another interpreter",
      props: { script: RunCommandScript.fromInline("#!/usr/bin/python3", "read = 1") },
    },
    {
      what: "one inline script of the largest size",
      props: { script: RunCommandScript.fromInline("#".repeat(4_096)) },
    },
  ])("$what", ({ props }) => {
    expect(warningsOf(props)).toEqual([]);
  });

  test("a script of which a part is not known yet", () => {
    const script = RunCommandScript.fromInline("read a", new CfnParameter(stack, "More").valueAsString);
    expect(warningsOf({ script })).toEqual([]);
  });

  test("a path that is not known yet, although a token has a '$'", () => {
    expect(warningsOf({ creates: new CfnParameter(stack, "Path").valueAsString })).toEqual([]);
  });

  test("what was acknowledged", () => {
    const vm = AzureVirtualMachine.fromResourceId(stack, "Vm", VM_ID);
    const script = RunCommandScript.fromInline("read a");
    const run = vm.runCommand("Run", { credentials: webIdentity(), script, parameters: { TOKEN: "public" } });
    Annotations.of(run).acknowledgeWarning("azure-run-command:script");
    Annotations.of(run).acknowledgeWarning("azure-run-command:plainSecret");
    expect(synthesise(stack).warnings).toEqual([]);
  });
});

test.each([
  ["PASSWORD", true],
  ["dbPassword", true],
  ["DBPASSWORD", true],
  ["CLIENT_SECRET", true],
  ["apiKey", true],
  ["GITHUB_TOKEN", true],
  ["SSH_PRIVATE_KEY", true],
  ["SSH_PUBLIC_KEY", false],
  ["PARTITION_KEY", false],
  ["KEY_NAME", false],
  ["TOKENS_MAX", false],
  ["MONKEY", false],
  ["REGION", false],
])("of the parameter %s it is %s that it looks like a secret", (name, looksSecret) => {
  expect(warningsOf({ parameters: { [name]: "x" } })).toHaveLength(looksSecret ? 1 : 0);
});
