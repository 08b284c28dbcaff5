/** What `pulumi refresh` finds on VMs that were changed behind Pulumi's back, and what the next `up` makes of it. */
import { changeVm } from "./support/azure";
import { openGolden, type Page } from "./support/golden";
import type { Ended } from "./support/processes";
import type { StackExport } from "./support/pulumi-project";
import { on, type ResourceProject, type Resources, resourceProject } from "./support/resources";
import { inGuest, startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";

jest.setTimeout(600_000);

const golden = openGolden("refresh");

/** Leaves a line for each run, with its reason. */
const COUNT = 'echo "$AZURE_RUN_COMMAND_REASON" >>/var/tmp/runs';
const RESOURCES: Resources = {
  gone: { ...on("gone"), script: COUNT, check: "exit 9" },
  rebuilt: { ...on("rebuilt"), script: `${COUNT}; hostname`, check: "exit 9" },
  drifting: {
    ...on("drifting"),
    script: `${COUNT}; echo good >/etc/app`,
    check: 'grep -qx good /etc/app || { echo "/etc/app says $(cat /etc/app)"; echo careful >&2; exit 4; }',
  },
  updating: {
    ...on("drifting"),
    script: "echo port=80 >/etc/port; echo kept",
    update: `echo "update for $AZURE_RUN_COMMAND_REASON, after $(cat "$AZURE_RUN_COMMAND_STDOUT")" >>/var/tmp/updates; echo port=80 >/etc/port`,
    check: "cat /etc/port; grep -qx port=80 /etc/port",
  },
  stubborn: {
    ...on("stubborn"),
    script: `${COUNT}; if [ "$AZURE_RUN_COMMAND_REASON" != create ] && ! [ -e /var/tmp/tool ]; then echo no tool >&2; exit 5; fi; touch /var/tmp/whole`,
    check: "[ -e /var/tmp/whole ]",
  },
  failed: { ...on("failed"), script: `${COUNT}; [ -e /var/tmp/ready ] || exit 3`, check: "exit 9" },
  loud: { ...on("loud"), script: COUNT, check: 'yes 0123456789 | head -c 1000000; echo "the end"; exit 1' },
  stopped: { ...on("stopped"), script: COUNT, check: "exit 9" },
  unheard: { ...on("unheard"), script: COUNT, check: "exit 9" },
  same: { ...on("same"), script: COUNT, check: "echo looked >>/var/tmp/looks" },
};
const VMS = [...new Set(Object.values(RESOURCES).map(({ vmName }) => String(vmName)))];

let simulator: SimulatorProcess;
let project: ResourceProject;
let looked: Ended;
let refreshed: Ended;
let afterRefresh: StackExport;
let previewed: Ended;
let repaired: Ended;
let again: Ended;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: VMS });
  project = await resourceProject(simulator, RESOURCES);
  await project.up("--continue-on-error");

  await changeVm(simulator, "gone", "delete");
  await simulator.createVm("rebuilt");
  await inGuest(simulator, "drifting", "echo bad >/etc/app; echo port=8080 >/etc/port");
  await inGuest(simulator, "stubborn", "rm /var/tmp/whole");
  await changeVm(simulator, "stopped", "powerOff");
  await simulator.setAgent("unheard", { status: "NotReady" });
  const diff = ["--preview-only", "--diff", "--target", "**::drifting"];
  looked = await project.pulumi("refresh", "--stack", project.stack, ...diff);
  refreshed = await project.refresh();
  afterRefresh = await project.export();

  const { gone: _, ...there } = RESOURCES;
  project.declare(there);
  previewed = await project.preview();
  await inGuest(simulator, "failed", "touch /var/tmp/ready");
  repaired = await project.up("--continue-on-error");
  await inGuest(simulator, "stubborn", "touch /var/tmp/tool");
  again = await project.up();
});

afterAll(async () => {
  project?.cleanUp();
  await simulator?.stop();
});

/** What was said of one resource from the refresh on. */
async function storyOf(name: string): Promise<Page> {
  const page = golden.page();
  await page.ran("refresh", refreshed, [name]);
  await page.ran("preview", previewed, [name]);
  await page.ran("up --continue-on-error", repaired, [name]);
  await page.ran("up", again, [name]);
  return page;
}

async function runsOn(vm: string, page: Page): Promise<void> {
  page.add(`reasons of the runs on '${vm}'`, await inGuest(simulator, vm, "cat /var/tmp/runs"));
}

test("a VM that is gone takes its resource out of the state, with no error", async () => {
  expect(refreshed.exitCode).toBe(0);
  const page = golden.page();
  await page.ran("refresh", refreshed, ["gone"]);
  page.expectGolden();
  expect((await project.export()).deployment.resources?.filter(({ urn }) => urn.endsWith("::gone"))).toEqual([]);
});

test("a VM that was made anew under its name is said by the refresh, and the next up runs the script there", async () => {
  const page = await storyOf("rebuilt");
  await runsOn("rebuilt", page);
  page.expectGolden();
});

test("what check says is drift is shown by the refresh, and the next up repairs it by the script, whose reason is repair", async () => {
  const page = await storyOf("drifting");
  await runsOn("drifting", page);
  page.expectGolden();
});

test("the diff of a refresh shows that something drifted, with the exit code of check and what it printed", () => {
  const page = golden.page();
  page.add(
    `pulumi refresh --preview-only --diff (exits with ${looked.exitCode})`,
    looked.output
      .split("\n")
      .filter((line) => /^ *[-+~]/.test(line))
      .join("\n"),
  );
  page.expectGolden();
});

test("a repair runs the update script where there is one", async () => {
  const page = await storyOf("updating");
  page.add("updates on 'drifting'", await inGuest(simulator, "drifting", "cat /var/tmp/updates"));
  page.expectGolden();
});

test("a repair that fails is tried again by the next up, as a repair", async () => {
  const page = await storyOf("stubborn");
  await runsOn("stubborn", page);
  page.expectGolden();
});

test("a refresh does not make a failed run look done: the next up runs the script again", async () => {
  const page = await storyOf("failed");
  await runsOn("failed", page);
  page.expectGolden();
});

test("a check that prints a megabyte keeps its end only", async () => {
  const resource = afterRefresh.deployment.resources?.find(({ urn }) => urn.endsWith("::loud"));
  const output = String(resource?.outputs?.checkOutput);
  expect(output).toHaveLength(4_096);
  expect(output).toMatch(/\n0123456789\n0the end\n$/);
  const page = await storyOf("loud");
  await runsOn("loud", page);
  page.expectGolden();
});

test("a check on a VM that is stopped warns, and changes nothing", async () => {
  const page = await storyOf("stopped");
  page.expectGolden();
});

test("a check on a VM whose agent does not answer warns, and changes nothing", async () => {
  const page = await storyOf("unheard");
  await runsOn("unheard", page);
  page.expectGolden();
});

test("a check that finds all as it should be says nothing, and nothing runs", async () => {
  const page = await storyOf("same");
  await runsOn("same", page);
  page.add("looks on 'same'", await inGuest(simulator, "same", "cat /var/tmp/looks"));
  page.expectGolden();
});
