/** Pulumi's own resource options and targets do with a `RunCommand` what their documentation promises. */
import { openGolden } from "./support/golden";
import type { Ended } from "./support/processes";
import { type PulumiProject, pulumiProject } from "./support/pulumi-project";
import { inGuest, startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";

jest.setTimeout(600_000);

const golden = openGolden("options");
const WIDE = ["--parallel", "64"];

/** STEP counts the edits of the program. Each run of a script writes a line on the VM. */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { RunCommand, RunCommandExtension } = require("azure-run-command");
const step = Number(process.env.STEP);
const vm1 = { resourceGroupName: "rg", vmName: "vm1" };
const vm2 = { resourceGroupName: "rg", vmName: "vm2" };
const note = (text) => \`echo "\${text}, $AZURE_RUN_COMMAND_REASON" >>/var/tmp/runs\`;
const noted = (name) => ({ ...vm1, script: note(name), update: note(name + " (update)"), delete: note(name + " (delete)") });
const extension = new RunCommandExtension("extension", vm1);
const make = (name, args, opts) => new RunCommand(name, { ...noted(name), ...args }, { dependsOn: extension, ...opts });

make("replace-on-changes", { triggers: [step] }, { replaceOnChanges: ["triggers"] });
const failing = (name) => (step === 1 ? "exit 3" : note(name));
make("replace-on-changes-after-failure", { script: failing("replace-on-changes-after-failure"), triggers: [step] }, { replaceOnChanges: ["triggers"] });
make("ignore-changes", { triggers: [step], parameters: { A: String(step), B: "1" } }, { ignoreChanges: ["triggers", "parameters.A"] });
make("delete-before-replace", { replaceTriggers: [step] }, { deleteBeforeReplace: true });
make("create-before-delete", { replaceTriggers: [step] }, { deleteBeforeReplace: false });
make("create-before-delete-on-another-vm", step === 1 ? vm1 : vm2, { deleteBeforeReplace: false });
if (step === 1) make("retained", vm2, { retainOnDelete: true });
if (step < 3) make("protected", {}, { protect: true });
if (step === 1) make("old-name", {});
else new RunCommand("new-name", noted("old-name"), { dependsOn: extension, aliases: [{ name: "old-name" }] });
const component = new pulumi.ComponentResource("test:index:Server", "server");
make("moved", {}, step === 1 ? {} : { parent: component, aliases: [{ parent: pulumi.rootStackResource }] });
const secret = make("secret-output", { script: "echo token-4711" }, { additionalSecretOutputs: ["stdout"] });
exports.stdout = secret.stdout;
if (step >= 4) make("slow", { script: note("slow") + "; until [ -e /var/tmp/go ]; do sleep 0.1; done; echo at last" }, { customTimeouts: { create: "6s" } });
`;

let simulator: SimulatorProcess;
let project: PulumiProject;
let edited: Ended;

const atStep = (step: number) => project.setEnvironment({ STEP: String(step) });

/** The lines that scripts have written since the last look, in their order. */
const runsOn = (vm: string) => inGuest(simulator, vm, "cat /var/tmp/runs 2>/dev/null; rm -f /var/tmp/runs");

/** How many resources have receipts there. */
const receiptsOn = (vm: string) =>
  inGuest(simulator, vm, "ls /var/lib/azure-run-command 2>/dev/null | grep -c '^[0-9a-f]\\{20\\}$'");

async function stored() {
  return (await project.export()).deployment.resources ?? [];
}

const urnOf = (name: string) => `urn:pulumi:test::project::pulumi-nodejs:dynamic/azure-run-command:RunCommand::${name}`;

/** The runs of each resource stay in their order. */
function byResource(runs: string): string {
  const nameOf = (line: string) => line.split(/ \(|,/)[0] ?? "";
  const lines = runs.split("\n").filter(Boolean);
  return lines.sort((a, b) => nameOf(a).localeCompare(nameOf(b), "en")).join("\n");
}

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: ["vm1", "vm2"] });
  project = await pulumiProject({ program: PROGRAM, environment: simulator.environment });
});

afterAll(async () => {
  project?.cleanUp();
  await simulator.stop();
});

test("options decide what a change does, in preview and in up", async () => {
  const page = golden.page();
  atStep(1);
  await page.ran("up", project.up(...WIDE));
  page.add("receipts on vm1", await receiptsOn("vm1"));
  await Promise.all([runsOn("vm1"), runsOn("vm2")]);
  atStep(2);
  await page.ran("preview", project.preview());
  edited = await page.ran("up", project.up(...WIDE));
  page.add("runs on vm1", byResource(await runsOn("vm1")));
  page.add("runs on vm2", byResource(await runsOn("vm2")));
  page.expectGolden();
});

test("an output named in additionalSecretOutputs is encrypted in the state and hidden on the screen", async () => {
  const page = golden.page();
  const secret = (await stored()).find(({ urn }) => urn.endsWith("::secret-output"));
  expect(secret?.outputs?.stdout).toHaveProperty("ciphertext");
  expect(JSON.stringify(secret?.outputs)).not.toContain("token-4711\\n");
  page.add("outputs that up showed", /^ *\+? *(stdout.*)$/m.exec(edited.output)?.[1] ?? "none");
  page.expectGolden();
});

test("what is protected is not deleted", async () => {
  const page = golden.page();
  atStep(3);
  await page.ran("preview", project.preview(), ["protected", "the deployment"]);
  page.expectGolden();
});

test("customTimeouts end the waiting for a script and not the script, which the next up takes up", async () => {
  const page = golden.page();
  await project.pulumi("state", "unprotect", urnOf("protected"), "--yes", "--stack", project.stack);
  atStep(4);
  const slow = urnOf("slow");
  await page.ran("up --target slow", project.up("--target", slow));
  page.add("runs on vm1", await runsOn("vm1"));
  await inGuest(simulator, "vm1", "touch /var/tmp/go");
  await page.ran(
    "up --target slow --target-replace delete-before-replace",
    project.up("--target", slow, "--target-replace", urnOf("delete-before-replace")),
  );
  page.add("runs on vm1", await runsOn("vm1"));
  page.expectGolden();
});

test("the extension goes last, after all that depend on it", async () => {
  const page = golden.page();
  atStep(4);
  await page.ran("destroy", project.destroy(...WIDE));
  page.add("receipts on vm2, of what was retained", await receiptsOn("vm2"));
  page.add("runs on vm1", byResource(await runsOn("vm1")));
  const operations = (await simulator.operations()).filter(({ vm }) => vm === "vm1");
  page.add("the last command on vm1", String(operations.at(-1)?.commandId));
  page.expectGolden();
});
