/** `examples/teardown`, unchanged, on the real engine and the simulator: two stacks that share a VM. */
import { exampleProject } from "./support/examples";
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

  expect(await on(project.stack, "destroy")).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining("- 4 deleted"),
  });
  const others = ["etc/cron.d/shop", "srv/shop", "var/backups/test.tar", "var/lib/azure-run-command"];
  expect(await found()).toEqual([...before, ...others].sort());
  expect(await commandsOf(simulator)).not.toContain(REMOVAL);

  // Somebody has taken the other one's folder away by hand, which keeps nothing from going.
  await inGuest(simulator, "vm1", "rm -r /srv/shop");
  expect(await on("shop", "destroy")).toMatchObject({ exitCode: 0, output: expect.stringContaining("- 4 deleted") });
  expect(await found()).toEqual([...before, "var/backups/test.tar"].sort());
  expect((await commandsOf(simulator)).at(-1)).toBe(REMOVAL);
});

async function found(): Promise<readonly string[]> {
  return (await inGuest(simulator, "vm1", FOUND))
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}
