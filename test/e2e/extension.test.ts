/** The extension RunCommandLinux: proven by a resource of its own, and gone when nobody needs it, whatever the VM's state. */
import { changeVm, runCommand } from "./support/azure";
import { openGolden, type Page } from "./support/golden";
import type { Ended } from "./support/processes";
import { type Declared, on, type ResourceProject, type Resources, resourceProject } from "./support/resources";
import { commandsOf, inGuest, startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";
import { until } from "./support/until";

jest.setTimeout(600_000);

const golden = openGolden("extension");

/** Longer than all of this lasts. */
const FOR_EVER_MS = 3_600_000;

const script = "echo hello";
const extension = (vmName: string, more: object = {}): Declared => ({
  ...on(vmName),
  type: "RunCommandExtension",
  ...more,
});

/** Names of resources say on which VM they are. */
const FIRST: Resources = {
  proven: extension("proven"),
  "proven-one": { ...on("proven"), script, dependsOn: ["proven"] },
  "proven-two": { ...on("proven"), script: "sleep 1", dependsOn: ["proven"] },
  shared: { ...on("shared"), script },
  never: { ...on("never"), script, removeExtension: "never" },
  always: { ...on("always"), script, removeExtension: "always" },
  busy: { ...on("busy"), script },
  forced: { ...on("forced"), script, removeExtension: "always" },
  lost: { ...on("lost"), script },
  stopped: { ...on("stopped"), script, delete: "echo never" },
  gone: { ...on("gone"), script, delete: "echo never" },
  unheard: { ...on("unheard"), script },
  mute: { ...on("mute"), script, delete: "echo never" },
  fresh: { ...on("fresh"), script: "hostname" },
  "not-ready": extension("not-ready", { readyTimeoutInSeconds: 1 }),
  silent: extension("silent"),
  closed: extension("closed"),
  disallowed: extension("disallowed"),
};
const SECOND: Resources = {
  shared: { ...on("shared"), script },
  always: { ...on("always"), script },
  grouped: { ...on("grouped"), script },
};
/** `fresh` is made in two steps. */
const VMS = [...new Set(Object.values({ ...SECOND, ...FIRST }).map(({ vmName }) => String(vmName)))].filter(
  (name) => name !== "fresh",
);

let simulator: SimulatorProcess;
let first: ResourceProject;
let second: ResourceProject;
let created: Ended;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: VMS });
  await simulator.setAgent("not-ready", { status: "NotReady" });
  await simulator.setAgent("silent", { status: "Silent" });
  await simulator.setAgent("closed", { outbound443: "closed" });
  await simulator.setAgent("disallowed", { allowExtensionOperations: false });
  await simulator.createVm("fresh", { startsAfterMs: FOR_EVER_MS });
  first = await resourceProject(simulator, FIRST, "first");
  second = await resourceProject(simulator, SECOND, "second");

  const up = first.start("up", "--continue-on-error");
  await up.waitForOutput(/waiting for 'fresh' .* power state is 'starting'/, 120_000);
  // One that starts after a time would be there too early, or too late, for a machine of another speed.
  await simulator.createVm("fresh", { agentReadyAfterMs: FOR_EVER_MS });
  await up.waitForOutput(/waiting for 'fresh' .* agent's status is/, 120_000);
  await simulator.setAgent("fresh", { status: "Ready" });
  created = withoutSeconds(await up.ended);
});

afterAll(async () => {
  first?.cleanUp();
  second?.cleanUp();
  await simulator?.stop();
});

/** How long somebody waited differs from one time to the next. */
function withoutSeconds({ output, ...rest }: Ended): Ended {
  return { ...rest, output: output.replace(/\b(after|for) \d+ s\b/g, "$1 <n> s") };
}

async function createdAs(...names: string[]): Promise<Page> {
  const page = golden.page();
  await page.ran("up --continue-on-error", created, names);
  return page;
}

/** What Azure was given for a VM from some moment on: scripts in a row count as one. */
async function commandsOn(vm: string, page: Page, skip = 0): Promise<void> {
  const commands = (await commandsOf(simulator)).slice(skip).filter((command) => command.startsWith(`${vm} `));
  const isScript = (command: string | undefined) => command?.endsWith(" RunShellScript") === true;
  // Power actions are no commands; and scripts that are ready together may share one or not.
  const given = commands
    .filter((command) => !command.endsWith(" null"))
    .filter((command, index, all) => !(isScript(command) && isScript(all[index - 1])));
  page.add(`commands that Azure was given for '${vm}'`, given.join("\n"));
}

describe("up", () => {
  test("a RunCommandExtension proves that Run Command works, before what depends on it runs", async () => {
    const page = await createdAs("proven");
    await commandsOn("proven", page);
    page.expectGolden();
  });

  test.each([
    ["not-ready", "waits for the agent, then says what Azure sees of it"],
    ["silent", "says that Azure heard nothing of the extension"],
    ["closed", "says that the VM does not reach Azure on port 443"],
    ["disallowed", "says that the VM takes no extensions"],
  ])("a RunCommandExtension on a VM that is %s %s", async (name) => {
    const page = await createdAs(name);
    page.expectGolden();
  });

  test("a fresh VM is waited for, first its start and then its agent, and then the script runs", async () => {
    const page = await createdAs("fresh");
    const waits = created.output.match(/waiting for 'fresh' for <n> s: [^\n]*/g) ?? [];
    page.add("progress", [...new Set(waits)].join("\n"));
    const { resources = [] } = (await first.export()).deployment;
    page.add("stdout", String(resources.find(({ urn }) => urn.endsWith("::fresh"))?.outputs?.stdout));
    page.expectGolden();
  });
});

describe("destroy", () => {
  let destroyed: Ended;
  let sentBefore: number;

  beforeAll(async () => {
    await second.up();
    sentBefore = (await commandsOf(simulator)).length;
    await simulator.setAgent("mute", { status: "Silent" });
    await changeVm(simulator, "stopped", "powerOff");
    await changeVm(simulator, "gone", "delete");
    await simulator.admin("POST", "faults", [
      { fault: "reply-lost-after", vm: "lost", commandId: "RemoveRunCommandLinuxExtension" },
      // Time enough to change the agent between the look at the VM and the first command.
      { fault: "throttled-retry-after", vm: "unheard", ms: 5_000 },
    ]);
    await startElsewhere(
      "busy",
      "touch /var/tmp/begun; until [ -e /var/tmp/go ]; do sleep 0.1; done; echo done >/var/tmp/end",
    );
    await startElsewhere("forced", "touch /var/tmp/begun; sleep 600; echo done >/var/tmp/end");

    const destroy = first.start("destroy");
    await until("a command for 'unheard' was refused", async () =>
      (await simulator.requests()).some(({ path, status }) => status === 429 && String(path).includes("/unheard/")),
    );
    await simulator.setAgent("unheard", { status: "NotReady", agentTimeoutMs: 50 });
    await destroy.waitForOutput(/'busy' is busy with another run command: waiting for its turn/, 120_000);
    await inGuest(simulator, "busy", "touch /var/tmp/go");
    destroyed = withoutSeconds(await destroy.ended);
  });

  /** Another client's run, which has begun when this returns. */
  async function startElsewhere(vm: string, text: string): Promise<void> {
    // The test does not wait for its end, which may be long after the patience of this call.
    runCommand(simulator, vm, { commandId: "RunShellScript", script: [text] }).catch(() => undefined);
    await until(`a run has begun on '${vm}'`, async () => (await inGuest(simulator, vm, "ls /var/tmp/begun")) !== "");
  }

  async function destroyedAs(name: string): Promise<Page> {
    expect(destroyed).toMatchObject({ exitCode: 0 });
    const page = golden.page();
    await page.ran("destroy", destroyed, [name]);
    return page;
  }

  test.each([
    ["proven", "a RunCommandExtension goes after all that depend on it, and takes the extension along"],
    ["never", "with removeExtension 'never' the extension stays"],
    ["always", "with removeExtension 'always' it goes although another stack has runs there"],
    ["lost", "a removal whose answer was lost is looked up, and sent once"],
    ["stopped", "a VM that is stopped is no obstacle: what stays is said, also that 'delete' was not run"],
    ["gone", "a VM that is gone is no obstacle: nothing is left"],
    ["unheard", "an agent that is not ready is no obstacle: what stays is said"],
    ["mute", "an agent that Azure shows as ready, and that does not answer, is no obstacle: what stays is said"],
    ["closed", "a RunCommandExtension that could not be proven for port 443 goes all the same: what stays is said"],
    ["silent", "a RunCommandExtension that could not be proven for its agent goes all the same: what stays is said"],
  ])("%s: %s", async (name) => {
    const page = await destroyedAs(name);
    await commandsOn(name, page, sentBefore);
    page.expectGolden();
  });

  test("while another client's run is going the removal waits, and the run comes to its end", async () => {
    const page = await destroyedAs("busy");
    await commandsOn("busy", page, sentBefore);
    page.add("left by the other client's run", await inGuest(simulator, "busy", "cat /var/tmp/end"));
    page.expectGolden();
  });

  test("with removeExtension 'always' another client's run is ended", async () => {
    const page = await destroyedAs("forced");
    await commandsOn("forced", page, sentBefore);
    page.add("left by the other client's run", await inGuest(simulator, "forced", "ls /var/tmp"));
    page.add("its processes", await inGuest(simulator, "forced", "ps -eo args | grep '[s]leep 600'"));
    page.expectGolden();
  });

  test("of two stacks on one VM the first destroy leaves the extension, the second removes it", async () => {
    const page = await destroyedAs("shared");
    const between = (await commandsOf(simulator)).length;
    await commandsOn("shared", page, sentBefore);
    await page.ran("destroy, of the second stack", second.destroy("--target", "**::shared"));
    await commandsOn("shared", page, between);
    page.expectGolden();
  });

  test("a resource group that is gone is no obstacle: nothing is left", async () => {
    await simulator.deleteGroup("rg");
    const page = golden.page();
    await page.ran("destroy, of the second stack", second.destroy());
    page.expectGolden();
  });
});
