/** `examples/post-deploy`, unchanged, on the real engine and the simulator: with no other rights than those of `runCommandRole`. */
import { RUN_ACTIONS } from "../../azure-native/actions";
import { ACTIONS } from "../../simulator/arm/actions";
import { exampleProject } from "./support/examples";
import type { PulumiProject } from "./support/pulumi-project";
import { inGuest } from "./support/run-commands";
import { type SimulatorProcess, startSimulatorProcess } from "./support/simulator-process";

jest.setTimeout(300_000);

const PASSWORD = "correct-horse-battery";

let simulator: SimulatorProcess;
let project: PulumiProject | undefined;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: ["web1", "web2"] });
});

afterAll(async () => {
  project?.cleanUp();
  await simulator.stop();
});

test("VMs are configured, one that was changed by hand is repaired alone, and another file runs all again", async () => {
  const allowed: readonly string[] = RUN_ACTIONS;
  await simulator.denyActions(ACTIONS.filter((action) => !allowed.includes(action)));
  const config = { "post-deploy:resourceGroupName": "rg", "post-deploy:vmNames": ["web1", "web2"] };
  project = await exampleProject(simulator, "post-deploy", { config });
  await project.setConfig("databasePassword", PASSWORD, "--secret");

  const first = await project.up();
  expect(first).toMatchObject({ exitCode: 0, output: expect.stringContaining("+ 5 created") });
  const printed = "configured (create)\nrestarted\n";
  expect(await project.outputs()).toEqual({ printed: { web1: printed, web2: printed } });
  expect(await inGuest(simulator, "web1", "cat /etc/example-app/secrets.env")).toBe(`DATABASE_PASSWORD=${PASSWORD}\n`);
  expect(first.output + JSON.stringify(await project.export())).not.toContain(PASSWORD);

  await inGuest(simulator, "web2", "echo 'workers = 400' >> /etc/example-app/app.conf");
  const repaired = await project.up("--refresh");
  expect(repaired).toMatchObject({ exitCode: 0, output: expect.stringMatching(/~ 1 updated\s+4 unchanged/) });
  expect(repaired.output).toContain("app.conf is not as it was written");
  const repairedThere = "configured (repair)\nrestarted\n";
  expect(await project.outputs()).toEqual({ printed: { web1: printed, web2: repairedThere } });

  project.write("app.conf", "listen = 8080\nworkers = 8\n");
  const changed = await project.up();
  expect(changed).toMatchObject({ exitCode: 0, output: expect.stringMatching(/~ 4 updated\s+1 unchanged/) });
  expect(await inGuest(simulator, "web2", "cat /etc/example-app/app.conf")).toBe("listen = 8080\nworkers = 8\n");
});
