/** `examples/teardown`, unchanged, on the real engine and the simulator: two stacks that share a VM. */
import { exampleProject, filesOf } from "./support/examples";
import type { Ended } from "./support/processes";
import type { PulumiProject } from "./support/pulumi-project";
import { commandsOf, inGuest } from "./support/run-commands";
import { type SimulatorProcess, startSimulatorProcess } from "./support/simulator-process";

jest.setTimeout(300_000);

const REMOVAL = "vm1 RemoveRunCommandLinuxExtension";
const FOUND = "cd / && ls -d srv/* etc/cron.d/* var/backups/*.tar var/lib/azure-run-command 2>/dev/null";

let simulator: SimulatorProcess;
let project: PulumiProject | undefined;

beforeAll(async () => {
  simulator = await startSimulatorProcess();
});

afterAll(async () => {
  project?.cleanUp();
  await simulator.stop();
});

test("each stack takes back what it did, in the other order, and the last one takes the extension along", async () => {
  const config = { "teardown:resourceGroupName": "rg", "teardown:vmName": "vm1" };
  project = await exampleProject(simulator, "teardown", { config });
  const { pulumi } = project;
  const before = await found();
  project.write("Pulumi.shop.yaml", JSON.stringify({ config }));
  await pulumi("stack", "init", "shop");
  const on = (stack: string, verb: string): Promise<Ended> => pulumi(verb, "--stack", stack, "--yes", "--skip-preview");

  const made = await Promise.all([on(project.stack, "up"), on("shop", "up")]);
  expect(made.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(await project.outputs()).toEqual({ folder: "/srv/test", schedule: "every hour" });
  expect(await found()).toEqual(
    [...before, "etc/cron.d/shop", "etc/cron.d/test", "srv/shop", "srv/test", "var/lib/azure-run-command"].sort(),
  );

  const { resources = [] } = (await project.export()).deployment;
  const job = resources.find(({ urn }) => urn.endsWith("::job"));
  expect(job).toMatchObject({ dependencies: [expect.stringMatching(/::data$/)] });

  expect(await on(project.stack, "destroy")).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining("- 4 deleted"),
  });
  const others = ["etc/cron.d/shop", "srv/shop", "var/backups/test.tar", "var/lib/azure-run-command"];
  expect(await found()).toEqual([...before, ...others].sort());
  expect(await commandsOf(simulator)).not.toContain(REMOVAL);
  expect(await kept("test")).toBe("./\n./about.txt\n");

  expect(await undoDataOfShop()).toMatchObject({ exitCode: 1, stderr: "the job still works in /srv/shop\n" });
  // Somebody has taken the job away by hand, and the undo of the folder was cut off in the middle of its removal.
  await inGuest(simulator, "vm1", "rm /etc/cron.d/shop");
  const cutOff = 'rm() { [ "$1" = -rf ] || { command rm "$2/about.txt"; exit 9; }; }';
  expect(await undoDataOfShop(cutOff)).toMatchObject({ exitCode: 9 });
  expect(await on("shop", "destroy")).toMatchObject({ exitCode: 0, output: expect.stringContaining("- 4 deleted") });
  expect(await found()).toEqual([...before, "var/backups/shop.tar", "var/backups/test.tar"].sort());
  expect(await kept("shop")).toBe("./\n./about.txt\n");
  expect((await commandsOf(simulator)).at(-1)).toBe(REMOVAL);
});

/** `undo-data.sh` by hand, as on the VM. @param before what its shell is told first. */
function undoDataOfShop(before = ""): ReturnType<SimulatorProcess["exec"]> {
  const { "scripts/undo-data.sh": script } = filesOf("teardown");
  return simulator.exec("vm1", ["/usr/bin/env", "APP=shop", "/bin/sh"], `${before}\n${script}`);
}

/** What is in the backup of an app. */
function kept(app: string): Promise<string> {
  return inGuest(simulator, "vm1", `tar -tf /var/backups/${app}.tar`);
}

async function found(): Promise<readonly string[]> {
  return (await inGuest(simulator, "vm1", FOUND))
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}
