/**
 * `examples/provisioning`, unchanged, on the real engine and with the real provider of this package. Only azure-native's plugin,
 * which needs a real Azure, has a stand-in: it makes VMs in the simulator.
 */
import { NAME_END } from "./support/azure-native-plugin";
import { exampleProject, filesOf } from "./support/examples";
import type { PulumiProject, StoredResource } from "./support/pulumi-project";
import { commandsOf, inGuest } from "./support/run-commands";
import { type SimulatorProcess, startSimulatorProcess } from "./support/simulator-process";

jest.setTimeout(300_000);

const VM = `hello${NAME_END}`;
const RUN = `${VM} RunShellScript`;

let simulator: SimulatorProcess;
let project: PulumiProject | undefined;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ args: ["--resource-group", `hello${NAME_END}`] });
});

afterAll(async () => {
  project?.cleanUp();
  await simulator.stop();
});

test("a VM is made, prepared in order, and its network opened as its scripts say; then only what changed is run; another VM gets it all", async () => {
  const config = { "provisioning:sshPublicKey": "ssh-ed25519 AAAA test", "provisioning:greeting": "Hello, simulator" };
  project = await exampleProject(simulator, "provisioning", { config, azureNative: true });

  // With its preview, in which the id of the VM is not known.
  const made = await project.pulumi("up", "--yes", "--stack", project.stack);
  expect(made).toMatchObject({ exitCode: 0, output: expect.stringMatching(/\+ 13 to create[\s\S]*\+ 13 created/) });
  // One after the other; together they would have been one operation.
  expect(await commandsOf(simulator)).toEqual([RUN, RUN]);
  const stored = (await project.export()).deployment.resources ?? [];
  expect(stored.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs).toEqual({
    url: "http://203.0.113.10:8080/",
    printed: "page: Hello, simulator\nservice: listens on port 8080\n",
  });
  const [page, service] = stored.filter(({ type }) => type.endsWith(":RunCommand"));
  expect([page?.inputs?.virtualMachineId, service?.inputs?.virtualMachineId]).toEqual(Array(2).fill(idOfVm()));
  expect(JSON.stringify([page, service])).not.toMatch(/osProfile|"virtualMachine"/);
  expect(stored.find(({ urn }) => urn.endsWith("::hello-port"))?.inputs?.destinationPortRange).toBe("8080");
  // In the order in which Azure asks them. What a script reports takes the first way out, so that has to be there before it.
  expect(outboundRulesOf(stored)).toEqual(["Allow AzureCloud 443", "Deny Internet *"]);
  expect(page).toMatchObject({ dependencies: expect.arrayContaining([expect.stringMatching(/::to-azure$/)]) });

  const { "index.ts": program = "", "machine.ts": machine = "" } = filesOf("provisioning");
  project.program(program.replaceAll("virtualMachine: vm", "virtualMachineId: vm.id"));
  const changed = await project.up("--config", "greeting=Good evening");
  expect(changed).toMatchObject({ exitCode: 0, output: expect.stringMatching(/~ 1 updated\s+12 unchanged/) });
  expect(await commandsOf(simulator)).toEqual([RUN, RUN, RUN]);
  expect(await inGuest(simulator, VM, "cat /opt/hello/index.html")).toBe("<h1>Good evening</h1>\n");

  // Another VM in its place gets all that the first one had; that is left clean, extension and all, and deleted.
  project.write("machine.ts", machine.replace("hardwareProfile:", 'vmName: "second", hardwareProfile:'));
  expect(await project.up()).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/\+-3 replaced\s+10 unchanged/),
  });
  const commands = (await commandsOf(simulator)).slice(3);
  expect(commands.filter((command) => command.startsWith("second "))).toEqual(Array(2).fill("second RunShellScript"));
  expect(commands.filter((command) => command.startsWith(VM))).toEqual([
    ...[RUN, RUN],
    ...[`${VM} RemoveRunCommandLinuxExtension`, `${VM} null`],
  ]);
  expect(await inGuest(simulator, "second", "cat /opt/hello/index.html")).toBe("<h1>Good evening</h1>\n");

  expect(await project.destroy()).toMatchObject({ exitCode: 0, output: expect.stringContaining("- 13 deleted") });
  // Where the VM goes, nothing is undone in it first: all that came is its own deletion.
  expect((await commandsOf(simulator)).slice(3 + commands.length)).toEqual(["second null"]);
  const left = (await simulator.admin("GET", "vms")) as readonly { name: string }[];
  expect(left.map(({ name }) => name)).toEqual(["vm1"]);
});

function outboundRulesOf(stored: readonly StoredResource[]): readonly string[] {
  return stored
    .filter(({ type, inputs }) => type === "azure-native:network:SecurityRule" && inputs?.direction === "Outbound")
    .sort((one, other) => Number(one.inputs?.priority) - Number(other.inputs?.priority))
    .map(({ inputs }) => `${inputs?.access} ${inputs?.destinationAddressPrefix} ${inputs?.destinationPortRange}`);
}

function idOfVm(): string {
  return `${simulator.ids.subscription}/resourceGroups/hello${NAME_END}/providers/Microsoft.Compute/virtualMachines/${VM}`;
}
