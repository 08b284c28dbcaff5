import { CfnParameter, Duration, aws_s3 as s3 } from "aws-cdk-lib";
import { AzureVirtualMachine } from "../../constructs/azure-virtual-machine";
import type { AzureRunCommandOptions } from "../../constructs/run-command-props";
import { RunCommandScript } from "../../constructs/script";
import { changeVm } from "../e2e/support/azure";
import type { Declaring } from "./support/assemblies";
import { FailingRuns, sentenceOf } from "./support/failing";
import { counting } from "./support/ledger";
import { Scene } from "./support/scene";

const inline = RunCommandScript.fromInline;
const RUN = { script: inline("echo ran") };

let scene: Scene;
let failing: FailingRuns;
beforeAll(async () => {
  scene = await Scene.open({ vms: ["vm1", "vm2", "vm3"] });
  failing = await FailingRuns.in(scene, "Demo");
});
afterAll(() => scene?.stop());

/** A value that is known only when the stack is deployed. */
type Late = (value: string) => string;

function lateIn({ stack }: Declaring): Late {
  let count = 0;
  return (value) => {
    count += 1;
    return new CfnParameter(stack, `Parameter${count}`, { default: value }).valueAsString;
  };
}

/** The longest that a reader reads to the end. */
const SENTENCE_MAX_CHARACTERS = 400;

describe("a VM's id that is known only at deployment", () => {
  const EXPECTED =
    "expected '/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'; nothing was run";

  test.each([
    {
      what: "of an EC2 instance",
      id: "i-0123456789abcdef0",
      expected: `virtualMachineId is the id of an EC2 instance in AWS; ${EXPECTED.replace("expected ", "expected the id of a VM in Azure: ")}`,
    },
    {
      what: "left empty",
      id: "",
      expected: `virtualMachineId is a text of 0 characters, which is no id of a VM; ${EXPECTED}`,
    },
    {
      what: "without the subscription's GUID",
      id: "/subscriptions/prod/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1",
      expected: `virtualMachineId is "/subscriptions/prod/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1", which is no id of a VM; ${EXPECTED}`,
    },
    {
      what: "of a scale set",
      id: "/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/web",
      expected:
        "virtualMachineId is the id of the scale set 'web', but a script runs on one VM; give the id of one of its VMs ('/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'; where the scale set is Uniform: '…/virtualMachineScaleSets/{name}/virtualMachines/{number}'); nothing was run",
    },
  ])("and is one $what is refused", async ({ id, expected }) => {
    const { events } = await scene.deploy("Demo", (declare) => {
      declare.run("Base", { script: inline(":") });
      const other = AzureVirtualMachine.fromResourceId(declare.stack, "Other", lateIn(declare)(id));
      other.runCommand("Fails", { provider: declare.provider(), ...RUN });
    });
    const failed = events.filter(({ status }) => status === "CREATE_FAILED");
    expect(failed.map(sentenceOf)).toEqual([expected]);
  });
});

describe("a script in a bucket", () => {
  beforeAll(() => {
    const { buckets } = scene.cloud;
    buckets.putObject("scripts", "binary", Buffer.from([0x23, 0x21, 0xff, 0xfe]));
    buckets.putObject("scripts", "empty", Buffer.from(""));
    buckets.putObject("scripts", "large", Buffer.from("#".repeat(300_000)));
  });

  test.each([
    {
      what: "is not there",
      key: "missing.sh",
      expected:
        "the script 's3://scripts/missing.sh' cannot be read: not allowed: the function's role needs 's3:GetObject'; S3 says the same of an object that is not there; nothing was run",
    },
    {
      what: "has no such version",
      key: "empty",
      version: "v7",
      expected:
        "the script 's3://scripts/empty?versionId=v7' cannot be read: not allowed: the function's role needs 's3:GetObjectVersion'; S3 says the same of an object that is not there; nothing was run",
    },
    {
      what: "is in no bucket",
      bucket: "nowhere",
      key: "a.sh",
      expected: "the script 's3://nowhere/a.sh' cannot be read: there is no such bucket; nothing was run",
    },
    {
      what: "is binary",
      key: "binary",
      expected: "the script 's3://scripts/binary' is no UTF-8 text; nothing was run",
    },
    { what: "is empty", key: "empty", expected: "script is empty; give the text to run; nothing was run" },
    {
      what: "is too large for Azure",
      key: "large",
      expected: expect.stringMatching(
        /^script, parameters, protectedParameters and arguments are too large together: 'script' 300,000 bytes; with the runner that makes a request of [0-9,]+ bytes of base64 text, of which Azure takes at most 262,144 \(above that it reports success and runs nothing\); let the script download the bulk; nothing was run$/,
      ) as string,
    },
  ])("that $what is told of", async ({ bucket = "scripts", key, version, expected }) => {
    const reason = await failing.reasonOf(({ stack }) => ({
      script: RunCommandScript.fromBucket(s3.Bucket.fromBucketName(stack, "Scripts", bucket), key, version),
    }));
    expect(reason).toEqual(expected);
  });
});

describe("a value that is known only at deployment", () => {
  test.each<{ what: string; options: (late: Late) => Partial<AzureRunCommandOptions>; expected: string }>([
    {
      what: "an empty script",
      options: (late) => ({ script: inline(late("")) }),
      expected: "script is empty; give the text to run; nothing was run",
    },
    {
      what: "a user that is not on the VM",
      options: (late) => ({ runAsUser: late("nobody-here") }),
      expected: "the script on 'vm1' could not be started: there is no user 'nobody-here' on this VM",
    },
    {
      what: "a user that no VM has",
      options: (late) => ({ runAsUser: late("root; reboot") }),
      expected:
        "runAsUser has a character that no name of a Linux user has (a blank, a control character, ':', '/' or '\\'); nothing was run",
    },
    {
      what: "a folder that is not on the VM",
      options: (late) => ({ workingDirectory: late("/not/there") }),
      expected: "the script on 'vm1' could not be started: the folder '/not/there' is not on this VM",
    },
    {
      what: "a NUL byte in a parameter",
      options: (late) => ({ parameters: { NAME: late("a\u0000b") } }),
      expected: `parameters has "NAME", which has a NUL byte; the shell cannot hold one; nothing was run`,
    },
    {
      what: "two things at once",
      options: (late) => ({ runAsUser: late(""), creates: late("relative") }),
      expected:
        "creates is no absolute path; begin it with '/'; runAsUser is empty; give the name of a user on the VM, or leave it out to run as root; nothing was run",
    },
  ])("and is $what is told of", async ({ options, expected }) => {
    const reason = await failing.reasonOf((declare) => ({ ...RUN, ...options(lateIn(declare)) }));
    expect(reason).toBe(expected);
    expect(reason.length).toBeLessThan(SENTENCE_MAX_CHARACTERS);
  });
});

describe("a VM", () => {
  const READY = { readyTimeout: Duration.minutes(2) };

  test("that is switched off when the stack is created is told of, with what to do", async () => {
    await changeVm(scene.simulator, "vm2", "deallocate");
    expect(await failing.reasonOf(RUN, "vm2")).toBe(
      "cannot run a command on 'vm2': its power state is 'deallocated', expected 'running'; start the VM, then deploy again; nothing was run; the VM's power state is 'deallocated', its provisioning state 'Succeeded'; Azure has no report of the VM's agent",
    );
  });

  test("that is gone when the stack is created is told of", async () => {
    await changeVm(scene.simulator, "vm2", "delete");
    expect(await failing.reasonOf(RUN, "vm2")).toBe(
      `there is no VM 'vm2' in resource group 'rg': Azure says "The Resource 'Microsoft.Compute/virtualMachines/vm2' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"; check the name, the group and the subscription; nothing was run`,
    );
  });

  test("whose agent is not ready is told of, with what its agent says", async () => {
    await scene.simulator.setAgent("vm3", { status: "NotReady" });
    const reason = await failing.reasonOf({ ...RUN, ...READY }, "vm3");
    expect(reason.replace(/after 1[2-9][0-9] s/, "after <120 s or a bit more>")).toBe(
      `'vm3' was not ready after <120 s or a bit more>: its power state is 'running', expected 'running', and its agent's status is 'Not Ready', expected 'Ready'; see that the VM boots and its agent (walinuxagent or waagent) runs, or raise readyTimeoutInSeconds, then deploy again; nothing was run; the VM's power state is 'running', its provisioning state 'Succeeded'; the agent's status is 'Not Ready', version Unknown: "VM Agent is unresponsive."; the extension RunCommandLinux is not on the VM: the first run command brings it`,
    );
  });

  test("that allows no extensions is told of", async () => {
    await scene.simulator.setAgent("vm3", { status: "Ready", allowExtensionOperations: false });
    expect(await failing.reasonOf({ ...RUN, ...READY }, "vm3")).toBe(
      `'vm3' allows no extensions, and Run Command is one: set osProfile.allowExtensionOperations to true and see that the VM's agent is installed, then deploy again; Azure says "This operation cannot be performed when extension operations are disallowed. To allow, please ensure VM Agent is installed on the VM and the osProfile.allowExtensionOperations property is true."; nothing was run; the VM's power state is 'running', its provisioning state 'Succeeded'; the agent's status is 'Ready', version 2.15.0.1: "Guest Agent is running"; the extension RunCommandLinux is not on the VM: the first run command brings it; the VM takes no extensions (osProfile.allowExtensionOperations is false)`,
    );
  });

  test("that is being created is waited for", async () => {
    await scene.simulator.createVm("vm4", { startsAfterMs: 2_000, agentReadyAfterMs: 1_000 });
    expect(await failing.reasonOf({ script: counting("Young", "v1") }, "vm4")).toBe("no failure: UPDATE_COMPLETE");
    expect(await scene.ledger("Young", "vm4")).toEqual(["create v1"]);
  });

  test("that fails leaves no receipts on any other", async () => {
    expect(await scene.receipts("vm1")).toEqual(["<key>/1-create-<h>"]);
  });
});
