/** Fleets with the real engine and real guests: what the user reads, and how often each script ran on each VM. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeVm } from "./support/azure";
import { strike, untilFree, untilNoProvider } from "./support/deaths";
import { openGolden, type Page } from "./support/golden";
import { isWhereScriptsPrint, plantedSecret } from "./support/planted-secret";
import type { Ended } from "./support/processes";
import { type PulumiProject, pulumiProject, type StoredResource } from "./support/pulumi-project";
import { inGuest, startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";
import { until } from "./support/until";

jest.setTimeout(600_000);

const golden = openGolden("fleet");

const PROGRAM = `
const { RunCommandFleet, getRunCommandOutput } = require("azure-run-command");
const all = JSON.parse(require("fs").readFileSync("fleets.json", "utf8"));
for (const [name, { ask, ...args }] of Object.entries(all)) {
  const fleet = new RunCommandFleet(name, args);
  const { results, failed, notTried, drifted, stdout, stderr, outputs, checkOutput } = fleet;
  exports[name] = { results, failed, notTried, drifted, stdout, stderr, outputs, checkOutput };
  if (ask !== undefined) exports[ask] = getRunCommandOutput({ fleet, vmName: ask }).stdout;
}
`;

type Fleets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const SITE = ["site1", "site2", "site3", "site4", "site5", "site6"] as const;
const WITHOUT_SITE4 = SITE.filter((name) => name !== "site4");
const LAX = ["lax1", "lax2", "lax3", "lax4"] as const;
const KILLED = ["killed1", "killed2", "killed3"] as const;

/** Leaves a line for each run, with its reason. */
const COUNT = 'echo "$AZURE_RUN_COMMAND_REASON" >>/var/tmp/runs';

let simulator: SimulatorProcess;

const idsOf = (names: readonly string[]) => names.map((name) => simulator.ids.vm(name));

function projectOf(name: string, fleets: Fleets): Promise<PulumiProject> {
  const files = { "fleets.json": JSON.stringify(fleets) };
  return pulumiProject({ name, program: PROGRAM, files, environment: simulator.environment });
}

const declare = (project: PulumiProject, fleets: Fleets) => project.write("fleets.json", JSON.stringify(fleets));

/** The reasons of the runs on each VM. */
async function runsOn(names: readonly string[]): Promise<string> {
  const said = await Promise.all(names.map((name) => inGuest(simulator, name, "cat /var/tmp/runs 2>/dev/null")));
  return names.map((name, index) => `${name}: ${said[index]?.trim().replaceAll("\n", ", ")}`).join("\n");
}

/** What of a fleet's life is looked at. */
interface Step {
  readonly ended: Ended;
  readonly runs: string;
  readonly stored: readonly StoredResource[];
}

const steps: Record<string, Step> = {};
let compared: Ended;

async function step(
  name: string,
  project: PulumiProject,
  ended: Promise<Ended>,
  vms: readonly string[] = SITE,
): Promise<void> {
  steps[name] = {
    ended: await ended,
    runs: await runsOn(vms),
    stored: (await project.export()).deployment.resources ?? [],
  };
}

function stepOf(name: string): Step {
  const found = steps[name];
  if (found === undefined) {
    throw new Error(`there was no step '${name}'`);
  }
  return found;
}

async function live(project: PulumiProject, scaleSetId: string): Promise<void> {
  const site = {
    script: `${COUNT}; hostname; [ "$(hostname)" != site2 ] || [ -e /var/tmp/ready ] || { echo "no disk" >&2; exit 3; }`,
    check: '[ ! -e /var/tmp/bad ] || { echo "bad is there"; exit 4; }',
    delete: "echo taken off >>/var/tmp/runs",
  };
  const scaled = { script: "hostname", scaleSetId };
  const first = { ...site, virtualMachineIds: idsOf(["site1", "site2", "site3", "site4", "site5"]), maxConcurrency: 1 };
  const half = { maxConcurrency: 1, maxErrors: "50%" };
  const lax = { script: '[ "$(hostname)" = lax4 ] || exit 9', virtualMachineIds: idsOf(LAX), ...half };
  declare(project, { site: first, lax, scaled });
  await step("failed", project, project.up("--continue-on-error"));

  declare(project, { site: { ...first, ask: "site4" }, scaled });
  await inGuest(simulator, "site2", "touch /var/tmp/ready");
  await step("again", project, project.up());

  await simulator.admin("PUT", "scale-sets/web", { capacity: 3 });
  const script = `${site.script}; echo "name=$(hostname)" >>"$AZURE_RUN_COMMAND_OUTPUT"`;
  const later = ["site1", "site2", "site3", "site4", "site6"];
  declare(project, { site: { ...site, script, virtualMachineIds: idsOf(later), maxErrors: 1 }, scaled });
  compared = await project.preview("--diff");
  await step("changed", project, project.up());

  await inGuest(simulator, "site3", "touch /var/tmp/bad");
  await changeVm(simulator, "site4", "delete");
  await step("refreshed", project, project.refresh(), WITHOUT_SITE4);

  const last = ["site1", "site2", "site3", "site6"];
  declare(project, { site: { ...site, script, virtualMachineIds: idsOf(last), maxConcurrency: 1 } });
  await inGuest(simulator, "site3", "rm /var/tmp/bad");
  await step("repaired", project, project.up(), WITHOUT_SITE4);
  await step("destroyed", project, project.destroy(), WITHOUT_SITE4);
}

const projects: PulumiProject[] = [];
let afterDeath: Ended;

/** The provider is killed when two of three VMs run the script, and the third was not tried yet. */
async function dieAndResume(project: PulumiProject): Promise<void> {
  const deployment = project.start("up");
  await until("the script has begun on two VMs", async () => (await runsOn(KILLED)).split("create").length === 3);
  strike("provider", project, deployment);
  await untilFree("provider", project, deployment);
  await untilNoProvider(project);
  await Promise.all(KILLED.map((name) => inGuest(simulator, name, "touch /var/tmp/go")));
  afterDeath = await project.up();
}

const secret = plantedSecret();

/** Everything that is printed and logged of a fleet over a Flexible scale set with a secret, which grows by a VM that fails. */
const secretive: { readonly ups: Ended[]; asked: unknown; newcomer: string; ran: string } = {
  ups: [],
  asked: undefined,
  newcomer: "",
  ran: "",
};

const SECRETIVE_PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { RunCommandFleet, getRunCommandOutput } = require("azure-run-command");
const TOKEN = new pulumi.Config().requireSecret("planted");
const scaleSetId = "SCALE_SET";
const fleet = new RunCommandFleet("secretive", { scaleSetId, protectedParameters: { TOKEN }, logging: "stdoutAndStderr", script:
  'echo "$AZURE_RUN_COMMAND_REASON" >>/var/tmp/runs; echo "token=$TOKEN"; printf %s "$TOKEN" | base64; echo "t=$TOKEN" >>"$AZURE_RUN_COMMAND_OUTPUT"; [ ! -e /var/tmp/held ] || { echo "no $TOKEN here" >&2; exit 3; }' });
exports.asked = fleet.results.apply((all) => Object.keys(all).find((name) => all[name].exitCode === 0)).apply((vmName) => getRunCommandOutput({ fleet, vmName }));
`;

async function flexMembers(): Promise<readonly string[]> {
  const all = (await simulator.admin("GET", "scale-sets")) as { name: string; members: { name: string }[] }[];
  return (all.find(({ name }) => name === "flex")?.members ?? []).map(({ name }) => name).sort();
}

async function keepSecret(project: PulumiProject): Promise<void> {
  await project.setConfig("planted", secret.text, "--secret");
  const up = () => project.up("-v=9", "--logflow", "--logtostderr");
  secretive.ups.push(await up());
  const before = await flexMembers();
  await simulator.admin("PUT", "scale-sets/flex", { capacity: 3 });
  const after = await flexMembers();
  const [newcomer = ""] = after.filter((name) => !before.includes(name));
  await inGuest(simulator, newcomer, "touch /var/tmp/held");
  secretive.ups.push(await up());
  await step("secretive", project, Promise.resolve(secretive.ups[1] as Ended), after);
  // Those of the first deployment: one that fails has none.
  secretive.asked = (await project.outputs()).asked;
  secretive.newcomer = newcomer;
  secretive.ran = stepOf("secretive")
    .runs.replaceAll(newcomer, "newcomer")
    .replace(/flex_[0-9a-f]+/g, "member");
}

let stateFolder: string;

beforeAll(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), "fleet-"));
  const vms = [...SITE, ...LAX, ...KILLED];
  simulator = await startSimulatorProcess({
    vms,
    stateFolder,
    args: ["--scale-set", "web:mode=uniform,count=2", "--scale-set", "flex:mode=flexible,count=2"],
  });
  const scaleSetId = `${simulator.ids.group}/providers/Microsoft.Compute/virtualMachineScaleSets/web`;
  const script = `${COUNT}; while ! [ -e /var/tmp/go ]; do sleep 0.1; done`;
  const killed = { script, virtualMachineIds: idsOf(KILLED), maxConcurrency: 2 };
  projects.push(await projectOf("site", {}), await projectOf("killed", { killed }));
  const program = SECRETIVE_PROGRAM.replace("SCALE_SET", scaleSetId.replace(/web$/, "flex"));
  projects.push(await pulumiProject({ name: "secretive", program, environment: simulator.environment }));
  const [site, other, third] = projects as [PulumiProject, PulumiProject, PulumiProject];
  await Promise.all([live(site, scaleSetId), dieAndResume(other), keepSecret(third)]);
});

afterAll(async () => {
  for (const project of projects) project.cleanUp();
  await simulator?.stop();
  rmSync(stateFolder, { recursive: true, force: true });
});

const COMMANDS: Readonly<Record<string, string>> = {
  failed: "up --continue-on-error",
  refreshed: "refresh",
  destroyed: "destroy",
};

interface FleetOutputs {
  readonly results: Readonly<Record<string, { readonly executionState: string; readonly exitCode?: number }>>;
  readonly [output: string]: unknown;
}

function outputsOf(name: string, fleet: string): FleetOutputs | undefined {
  return stepOf(name).stored.find(({ urn }) => urn.endsWith(`::${fleet}`))?.outputs as FleetOutputs | undefined;
}

function describeOutputs(outputs: FleetOutputs | undefined): string {
  if (outputs === undefined) {
    return "(it is not in the state)";
  }
  const results = Object.entries(outputs.results).map(
    ([vm, { executionState, exitCode }]) => `${vm}: ${executionState} ${exitCode}`,
  );
  const others = ["failed", "notTried", "drifted", "checkOutput", "stdout", "stderr", "outputs"];
  return [...results, ...others.map((name) => `${name}: ${JSON.stringify(outputs[name])}`)].join("\n");
}

/** What was printed of one fleet in a step, which scripts have run by then, and what is in the state. */
async function pageOf(name: string, fleet: string): Promise<Page> {
  const { ended, runs } = stepOf(name);
  const page = golden.page();
  await page.ran(COMMANDS[name] ?? "up", ended, [fleet]);
  if (fleet === "site") {
    page.add("reasons of the runs", runs);
  }
  page.add("outputs", describeOutputs(outputsOf(name, fleet)));
  return page;
}

test("the first failure stops it: one sentence says where, why, and what was not tried", async () => {
  (await pageOf("failed", "site")).expectGolden();
});

test("with maxErrors it goes on until more have failed than may", async () => {
  (await pageOf("failed", "lax")).expectGolden();
});

test("the next up runs only where it failed and where it was not tried", async () => {
  (await pageOf("again", "site")).expectGolden();
});

test("what another VM printed is asked of it", () => {
  expect(stepOf("again").stored.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs?.site4).toBe("site4\n");
});

test("a preview shows which VMs come and go, and says where the script would run", async () => {
  const page = golden.page();
  await page.ran("preview --diff", compared, ["site", "scaled"]);
  page.expectGolden();
});

test("a changed script runs on all, a VM that came has its first, and one that went is left", async () => {
  (await pageOf("changed", "site")).expectGolden();
});

test("an instance that came to a scale set is run on by the next up, and no other", async () => {
  const page = await pageOf("changed", "scaled");
  page.add("outputs before", describeOutputs(outputsOf("again", "scaled")));
  page.expectGolden();
});

test("a refresh takes a VM that is gone out of the fleet, and finds the one that drifted", async () => {
  (await pageOf("refreshed", "site")).expectGolden();
});

test("only the VM that drifted is repaired", async () => {
  (await pageOf("repaired", "site")).expectGolden();
});

test("destroy leaves every VM: its delete script, its receipts, the extension", async () => {
  const page = await pageOf("destroyed", "site");
  const left = WITHOUT_SITE4.map(async (name) => {
    return `${name}: ${await inGuest(simulator, name, "ls /var/lib/azure-run-command 2>/dev/null | wc -l")}`;
  });
  page.add("receipts that are left", (await Promise.all(left)).join(""));
  page.expectGolden();
});

test("a deployment that is killed in its midst is taken up by the next, and each VM has run the script once", async () => {
  expect(afterDeath.exitCode).toBe(0);
  for (const name of ["killed1", "killed2"]) {
    expect(afterDeath.output).toMatch(
      new RegExp(`an earlier deployment had started this run on '${name}' already \\(state \\w+\\): it is taken up`),
    );
  }
  expect(await runsOn(KILLED)).toBe("killed1: create\nkilled2: create\nkilled3: create");
});

test("the VM that came to a Flexible scale set has its run, and no other runs again", () => {
  expect(secretive.ups.map(({ exitCode }) => exitCode === 0)).toEqual([true, false]);
  expect(secretive.ran.split("\n").sort()).toEqual(["member: create", "member: create", "newcomer: create"]);
});

test("a secret of a fleet reaches its scripts, and is found nowhere else", () => {
  const { ups, asked, newcomer } = secretive;
  const stored = outputsOf("secretive", "secretive");
  const { stdout, stderr, outputs: named, failed } = stored as FleetOutputs;
  expect(failed).toEqual([newcomer]);
  expect(stdout).toMatchObject({ [newcomer]: "token=[secret]\n[secret]\n" });
  expect(stderr).toMatchObject({ [newcomer]: "no [secret] here\n" });
  expect(named).toMatchObject({ [newcomer]: { t: "[secret]" } });
  expect(asked).toMatchObject({ stdout: "token=[secret]\n[secret]\n", exitCode: 0, outputs: { t: "[secret]" } });
  const isSaid = (text: string) => ups.map(({ output }) => output.includes(text));
  expect(isSaid("Marshaling property for RPC")).toEqual([true, true]);
  expect(isSaid("token=[secret]")).toEqual([true, true]);
  expect(isSaid("no [secret] here")).toEqual([false, true]);
  const shown = [ups.map(({ output }) => output).join(""), simulator.output(), JSON.stringify([stored, asked])].join(
    "",
  );
  expect(secret.forms.filter((form) => shown.includes(form))).toEqual([]);
  expect(projects.flatMap(({ folder }) => secret.filesIn(folder))).toEqual([]);
  const onVms = secret.filesIn(stateFolder);
  expect(onVms.filter((path) => !isWhereScriptsPrint(path))).toEqual([]);
  // Else it was not looked for where it could be.
  expect(onVms).not.toEqual([]);
});
