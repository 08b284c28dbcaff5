/** What goes wrong before a script can run: one clear sentence each, no stack trace, no secret, and the state unharmed. */
import { changeVm, runCommand } from "./support/azure";
import { pulumiProject } from "./support/pulumi-project";
import { errorsIn, type RunCommandProject, runCommandProject, startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";

jest.setTimeout(240_000);

const VM1 = { resourceGroupName: "rg", vmName: "vm1" };
const LEAKS = /\bat .*\.[jt]s:\d+|node_modules|Bearer|eyJ[A-Za-z0-9_-]{20}|TOPSECRET/;

let simulator: SimulatorProcess;
let project: RunCommandProject;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: ["vm1", "vm2"] });
  project = await runCommandProject(simulator, { prepare: { ...VM1, script: "echo here" } });
});

afterAll(async () => {
  project?.cleanUp();
  await simulator.stop();
});

/** What `up` says, and that nothing came into the state. */
async function upFails(): Promise<string[]> {
  const ended = await project.up();
  expect(ended.exitCode).toBe(255);
  expect(ended.output).not.toMatch(LEAKS);
  expect(await project.stored()).toEqual([]);
  return errorsIn(ended).filter((line) => line !== "error: update failed");
}

test("all problems of a resource at once, in preview", async () => {
  project.declare({
    prepare: {
      vmName: "vm1",
      script: "TOPSECRET\u0000",
      parameters: { "bad-name": "TOPSECRET" },
      arguments: "TOPSECRET",
      scirpt: "TOPSECRET",
    },
  });
  const preview = await project.preview();
  expect(preview.exitCode).toBe(255);
  expect(preview.output).not.toMatch(LEAKS);
  const prefix = "error: pulumi-nodejs:dynamic/azure-run-command:RunCommand resource 'prepare' has a problem: ";
  expect(errorsIn(preview)).toEqual([
    `${prefix}scirpt is no input of a RunCommand; did you mean 'script'?`,
    `${prefix}resourceGroupName is missing; 'vmName' is given, and both are needed`,
    `${prefix}script has a NUL byte in line 1; a shell script cannot hold one (is it a program, or UTF-16 text?)`,
    `${prefix}parameters has "bad-name", which cannot be the name of an environment variable (letters, digits and '_', not a digit first)`,
    `${prefix}arguments is a string, expected a list of texts`,
  ]);
});

test("a VM that does not exist", async () => {
  project.declare({ prepare: { ...VM1, vmName: "nowhere", script: "echo TOPSECRET" } });
  expect(await upFails()).toEqual([
    "error: there is no VM 'nowhere' in resource group 'rg': Azure says \"The Resource 'Microsoft.Compute/virtualMachines/nowhere' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix\"; check the name, the group and the subscription; nothing was run",
  ]);
});

test("a group that does not exist", async () => {
  project.declare({ prepare: { resourceGroupName: "nowhere", vmName: "vm1", script: "echo TOPSECRET" } });
  expect(await upFails()).toEqual([
    "error: there is no resource group 'nowhere', and so no VM 'vm1' in it: Azure says \"Resource group 'nowhere' could not be found.\"; check the name, the group and the subscription; nothing was run",
  ]);
});

test("a wrong client secret", async () => {
  project.declare({ prepare: { ...VM1, script: "echo TOPSECRET" } });
  project.setEnvironment({ ARM_CLIENT_SECRET: "TOPSECRET", AZURE_CLIENT_SECRET: "TOPSECRET" });
  expect(await upFails()).toEqual([
    "error: Entra refused the credentials from ARM_CLIENT_SECRET: the client secret is wrong (AADSTS7000215); it must be the secret's value, not its id; nothing was run",
  ]);
});

test("an expired client secret", async () => {
  project.setEnvironment(simulator.environment);
  await simulator.admin("PUT", "client-secret", { expired: true });
  expect(await upFails()).toEqual([
    "error: Entra refused the credentials from ARM_CLIENT_SECRET: the client secret has expired (AADSTS7000222); make a new one and set it; nothing was run",
  ]);
  await simulator.admin("PUT", "client-secret", { expired: false });
});

test("nobody at the address of the cloud", async () => {
  project.setEnvironment({ ARM_METADATA_HOSTNAME: "localhost:1" });
  expect(await upFails()).toEqual([
    "error: no answer from localhost:1 after 3 tries: ECONNREFUSED; check this machine's network, proxy and name resolution, then deploy again; nothing was run",
  ]);
  project.setEnvironment(simulator.environment);
});

test("a VM that is not running, before the script has ever run there", async () => {
  await changeVm(simulator, "vm1", "deallocate");
  expect(await upFails()).toEqual([
    "error: cannot run a command on 'vm1': its power state is 'deallocated', expected 'running'; start the VM, then deploy again; nothing was run",
  ]);
  await changeVm(simulator, "vm1", "start");
});

describe("a resource that is there", () => {
  test("is not harmed by an update that cannot reach its VM, and refresh keeps it", async () => {
    project.declare({ prepare: { ...VM1, script: "echo first" } });
    expect(await project.up()).toMatchObject({ exitCode: 0 });
    const before = await project.stored();
    await changeVm(simulator, "vm1", "powerOff");
    project.declare({ prepare: { ...VM1, script: "echo second" } });
    const ended = await project.up();
    expect(errorsIn(ended)).toContain(
      "error: cannot run a command on 'vm1': its power state is 'stopped', expected 'running'; start the VM, then deploy again; nothing was run",
    );
    expect(await project.refresh()).toMatchObject({ exitCode: 0 });
    expect((await project.stored()).map(({ outputs }) => outputs)).toEqual(before.map(({ outputs }) => outputs));
  });

  test("is destroyed although its VM is stopped, and what stays behind is said", async () => {
    const [stored] = await project.stored();
    const destroyed = await project.destroy();
    expect(destroyed).toMatchObject({ exitCode: 0 });
    expect(destroyed.output).toContain(
      `warning: the VM 'vm1' is not running (power state 'stopped'): the receipts in /var/lib/azure-run-command/${stored?.id} and the extension RunCommandLinux stay on its disk`,
    );
    await changeVm(simulator, "vm1", "start");
  });

  test("is gone for refresh when its VM is gone", async () => {
    project.declare({ prepare: { ...VM1, script: "echo third", triggers: [1] } });
    expect(await project.up()).toMatchObject({ exitCode: 0 });
    await changeVm(simulator, "vm1", "delete");
    expect(await project.refresh()).toMatchObject({ exitCode: 0, output: expect.stringContaining("- 1 deleted") });
    expect(await project.stored()).toEqual([]);
  });
});

describe("a secret parameter", () => {
  test("is seen neither on the screen nor in the state, also when the script prints it and fails", async () => {
    const secretive = await pulumiProject({
      program: `
        const pulumi = require("@pulumi/pulumi");
        const { RunCommand } = require("azure-run-command");
        new RunCommand("leak", {
          resourceGroupName: "rg", vmName: "vm2",
          script: "set -x; echo my $PW; echo $PW >&2; exit 1",
          parameters: { PW: pulumi.secret("TOPSECRET"), OPEN: "shown" },
        });`,
      environment: simulator.environment,
    });
    const ended = await secretive.up();
    expect(ended.output).toContain(
      "* the script on 'vm2' exited with 1; end of stderr: \"+ echo my [secret]\\n+ echo [secret]\\n[secret]\\n+ exit 1\"",
    );
    expect(ended.output).not.toContain("TOPSECRET");
    expect((await secretive.preview()).output).not.toContain("TOPSECRET");
    const state = JSON.stringify(await secretive.export());
    expect(state).not.toContain("TOPSECRET");
    expect(state).toContain("my [secret]");
    expect(state).toContain("shown");
    expect(await secretive.destroy()).toMatchObject({ exitCode: 0 });
    secretive.cleanUp();
  });
});

test("the built simulator runs Azure's sample script when the script did not arrive, with and without parameters", async () => {
  const parameters = [{ name: "arg1", value: "hello" }];
  for (const body of [{}, { script: [] }, { parameters }, { script: [], parameters }]) {
    const document = await runCommand(simulator, "vm2", { commandId: "RunShellScript", ...body });
    expect(JSON.parse(document)).toMatchObject({ status: "Succeeded" });
    expect(document).toContain("[stdout]\\nThis is a sample script\\nOptional parameters: ");
  }
});
