/** What the user reads when Azure does not do as it was told: one sentence first, what could be found out after it. */
import { changeVm } from "./support/azure";
import { openGolden, type Page } from "./support/golden";
import type { Ended } from "./support/processes";
import { on, type ResourceProject, type Resources, resourceProject } from "./support/resources";
import { startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";

jest.setTimeout(600_000);

const golden = openGolden("diagnosis");

const script = "echo hello";
/** Each on a VM of its own, which is in the situation of that name. */
const RESOURCES: Resources = {
  // They bring the extension, so that it is there for certain when something is said of it.
  "before-lost": { ...on("lost"), script },
  "before-preempted": { ...on("preempted"), script },
  locked: { ...on("locked"), script },
  stopped: { ...on("stopped"), script },
  deallocated: { ...on("deallocated"), script },
  "not-ready": { ...on("not-ready"), script, readyTimeoutInSeconds: 0 },
  silent: { ...on("silent"), script },
  unheard: { ...on("unheard"), script },
  closed: { ...on("closed"), script },
  disallowed: { ...on("disallowed"), script },
  unreported: { ...on("unreported"), script: "rm -r /var/lib/waagent/run-command/download/*" },
  throttled: { ...on("throttled"), script },
  patient: { ...on("patient"), script },
  unwanted: { ...on("unwanted"), script },
  unknown: { ...on("unknown"), commandId: "RunShelScript" },
  lost: { ...on("lost"), commandId: "Restart", dependsOn: ["before-lost"] },
  preempted: { ...on("preempted"), commandId: "Restart", dependsOn: ["before-preempted"] },
  missing: { ...on("nowhere"), script },
  groupless: { resourceGroupName: "nowhere", vmName: "vm1", script },
};
const VMS = [...new Set(Object.values(RESOURCES).map(({ vmName }) => String(vmName)))].filter(
  (name) => !["nowhere", "vm1"].includes(name),
);

let simulator: SimulatorProcess;
let project: ResourceProject;
let ended: Ended;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: VMS });
  await simulator.addRunCommand({ id: "Restart", script: ["echo restarted"] });
  project = await resourceProject(simulator, RESOURCES);
  await simulator.setLock("keep-as-it-is", { scope: simulator.ids.vm("locked"), level: "ReadOnly" });
  await changeVm(simulator, "stopped", "powerOff");
  await changeVm(simulator, "deallocated", "deallocate");
  await simulator.setAgent("not-ready", { status: "NotReady" });
  await simulator.setAgent("silent", { status: "Silent" });
  await simulator.setAgent("closed", { outbound443: "closed" });
  await simulator.setAgent("disallowed", { allowExtensionOperations: false });
  await simulator.admin("POST", "faults", [
    { fault: "agent-not-ready", vm: "unheard" },
    // As often as a question is asked again, and once for a POST, which waits.
    { fault: "throttled-retry-after", on: "vm", vm: "throttled", count: 6 },
    { fault: "throttled-retry-after", on: "post", vm: "patient", count: 1 },
    { fault: "token-expired", on: "vm", vm: "unwanted", count: 6 },
    { fault: "reply-lost-after", vm: "lost", skip: 1 },
    { fault: "operation-preempted", vm: "preempted", skip: 1 },
  ]);
  ended = withoutTimes(await project.up("--continue-on-error"));
});

afterAll(async () => {
  project?.cleanUp();
  await simulator?.stop();
});

/** How long somebody waited, and when, differs from one time to the next. */
function withoutTimes({ output, ...rest }: Ended): Ended {
  const text = output
    .replace(/\b(after|for) \d+ s\b/g, "$1 <n> s")
    .replace(/\d+\/\d+\/\d{4} \d+:\d\d:\d\d [AP]M/g, "<time>");
  return { ...rest, output: text };
}

test.each([
  ["locked", "a ReadOnly lock is named, with its level and where it is"],
  ["stopped", "a VM that was stopped in its system is said to be stopped"],
  ["deallocated", "a VM that was deallocated is said to be deallocated"],
  ["not-ready", "an agent that is not ready is waited for, then said with what Azure sees of it"],
  ["silent", "an extension of which Azure hears nothing is a provisioning timeout"],
  ["unheard", "an agent that does not report is told, with what it needs to do so"],
  ["closed", "a VM that does not reach Azure on port 443 is told so"],
  ["disallowed", "a VM that takes no extensions is told so"],
  ["unreported", "a report that does not come is followed by the last lines of the handler's log"],
  ["throttled", "too many questions are refused with Azure's own numbers"],
  ["patient", "too many commands are waited for, with no error"],
  ["unwanted", "a token that Azure does not take is told"],
  ["unknown", "the id of a command that is not there is followed by those that are"],
  ["lost", "a command whose answer was lost is not sent again"],
  ["preempted", "a command that was pushed aside is not sent again"],
  ["missing", "a VM that is not there is told by its name and its group's"],
  ["groupless", "a group that is not there is told"],
])("%s: %s", async (name) => {
  const page = golden.page();
  await page.ran("up --continue-on-error", ended, [name]);
  page.expectGolden();
});

describe("a right that is missing is named", () => {
  let other: ResourceProject;

  beforeAll(async () => {
    other = await resourceProject(simulator, {}, "rights");
  });

  afterEach(() => simulator.denyActions([]));

  afterAll(() => other?.cleanUp());

  async function upWithout(actions: readonly string[], resources: Resources): Promise<Page> {
    other.declare(resources);
    await simulator.denyActions(actions);
    const page = golden.page();
    await page.ran(
      "up --continue-on-error",
      withoutTimes(await other.up("--continue-on-error")),
      Object.keys(resources),
    );
    return page;
  }

  test("to run a command", async () => {
    const page = await upWithout(["Microsoft.Compute/virtualMachines/runCommand/action"], {
      patient: { ...on("patient"), script },
    });
    page.expectGolden();
  });

  test("to look at the VM", async () => {
    const page = await upWithout(["Microsoft.Compute/virtualMachines/read"], {
      patient: { ...on("patient"), script },
    });
    page.expectGolden();
  });

  test("to follow a command, to see locks, and to see which commands there are", async () => {
    const page = await upWithout(
      [
        "Microsoft.Compute/locations/operations/read",
        "Microsoft.Authorization/locks/read",
        "Microsoft.Compute/locations/runCommands/read",
      ],
      {
        patient: { ...on("patient"), script },
        locked: { ...on("locked"), script },
        unknown: { ...on("unknown"), commandId: "RunShelScript" },
      },
    );
    page.expectGolden();
  });
});
