/** What `pulumi preview` says, as the user sees it, and that `pulumi up` then does it: counted on the VM. */
import { openGolden } from "./support/golden";
import { PREVIEWED, WRONG } from "./support/previewed-programs";
import type { Ended } from "./support/processes";
import { type PulumiProject, pulumiProject } from "./support/pulumi-project";
import { inGuest, startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";

jest.setTimeout(600_000);

const golden = openGolden("preview");
const WIDE = ["--parallel", "64"];

/** How the names of the resources begin that each sentence is about. */
const OF_UNKNOWN = ["parts-unknown", "wholes-unknown", "vm-of-component", "extension", "machine", "server"];
const OF_REASON = ["failed", "drifted", "rebuilt"];
const OF_INPUT = ["keeps", "runs-", "stores-", "replaces-", "same-vm"];

let simulator: SimulatorProcess;
let project: PulumiProject;
let first: Record<"preview" | "up" | "refresh", Ended> & { runs: string };
let second: Record<"preview" | "diff" | "up", Ended> & { runs: string };

/** The lines that scripts have written since the last look. */
async function runsOn(...vms: readonly string[]): Promise<string> {
  const lines = await Promise.all(
    vms.map(async (vm) => (await inGuest(simulator, vm, "cat /var/tmp/runs; rm -f /var/tmp/runs")).split("\n")),
  );
  return lines.flat().filter(Boolean).sort().join("\n");
}

const ofNames = (runs: string, names: readonly string[]) =>
  runs
    .split("\n")
    .filter((line) => names.some((name) => line.startsWith(name)))
    .join("\n");

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: ["vm1", "vm2", "vm3"] });
  const environment = { ...simulator.environment, VM1: simulator.ids.vm("vm1"), VM2: simulator.ids.vm("vm2") };
  project = await pulumiProject({ program: PREVIEWED, environment });
  project.setEnvironment({ WITH_WARNINGS: "yes" });
  const preview = await project.preview();
  project.setEnvironment({ WITH_WARNINGS: "" });
  const up = await project.up(...WIDE);
  const runs = await runsOn("vm1", "vm2", "vm3");
  await inGuest(simulator, "vm1", "rm /var/tmp/made; touch /var/tmp/mended");
  await simulator.createVm("vm3");
  first = { preview, up, runs, refresh: await project.refresh(...WIDE) };
  project.setEnvironment({ CHANGED: "yes" });
  second = {
    preview: await project.preview(),
    diff: await project.preview("--diff"),
    up: await project.up(...WIDE),
    runs: await runsOn("vm1", "vm2", "vm3"),
  };
});

afterAll(async () => {
  project?.cleanUp();
  await simulator.stop();
});

test("values that are not known yet do not break the first preview, nor that of a change in what they come from", async () => {
  const page = golden.page();
  await page.ran("preview", first.preview, OF_UNKNOWN);
  await page.ran("up", first.up, OF_UNKNOWN);
  page.add("runs on the VM", ofNames(first.runs, OF_UNKNOWN));
  await page.ran("preview", second.preview, OF_UNKNOWN);
  await page.ran("preview --diff", second.diff, OF_UNKNOWN);
  page.expectGolden();
});

test("preview warns of what may be meant so", async () => {
  const page = golden.page();
  await page.ran("preview", first.preview, ["warns-"]);
  page.expectGolden();
});

test("preview says in a line why something runs although no input changed, and up does it", async () => {
  const page = golden.page();
  await page.ran("up", first.up, [...OF_REASON, "the deployment"]);
  await page.ran("refresh", first.refresh, OF_REASON);
  await page.ran("preview", second.preview, OF_REASON);
  await page.ran("up", second.up, OF_REASON);
  page.add("runs on the VMs", ofNames(second.runs, OF_REASON));
  page.expectGolden();
});

test("preview says for each input which script would run and why, or that none does, and up does it", async () => {
  const page = golden.page();
  await page.ran("preview", second.preview, OF_INPUT);
  await page.ran("preview --diff", second.diff, OF_INPUT);
  await page.ran("up", second.up, OF_INPUT);
  page.add("runs on the VMs", ofNames(second.runs, OF_INPUT));
  page.expectGolden();
});

test("preview reports all problems of all properties at once", async () => {
  const page = golden.page();
  project.program(WRONG);
  project.setEnvironment({ WRONG: "RunCommand" });
  await page.ran("preview", project.preview());
  project.setEnvironment({ WRONG: "RunCommandExtension" });
  await page.ran("preview", project.preview());
  page.expectGolden();
});

test("preview refuses two resources that would share what they leave on the VM", async () => {
  const page = golden.page();
  project.setEnvironment({ WRONG: "same key" });
  await page.ran("preview", project.preview());
  page.expectGolden();
});
