/** `examples/post-deploy`, unchanged, on the real engine and the simulator: with no other rights than those of `runCommandRole`. */
import { RUN_ACTIONS } from "../../azure-native/actions";
import { ACTIONS } from "../../simulator/arm/actions";
import { exampleProject, filesOf } from "./support/examples";
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

/** What `check.sh` says on a VM, by hand. */
function checked(vm: string, settings: string): ReturnType<SimulatorProcess["exec"]> {
  const variables = [`SETTINGS=${settings}`, `DATABASE_PASSWORD=${PASSWORD}`];
  return simulator.exec(vm, ["/usr/bin/env", ...variables, "/bin/sh"], filesOf("post-deploy")["scripts/check.sh"]);
}

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
  const stored = await project.export();
  expect(first.output + JSON.stringify(stored)).not.toContain(PASSWORD);
  const service = stored.deployment.resources?.find(({ urn }) => urn.endsWith("::web1-service"));
  expect(service).toMatchObject({ dependencies: [expect.stringMatching(/::web1-configuration$/)] });

  const settings = await inGuest(simulator, "web1", "cat /etc/example-app/app.conf");
  const asWritten = { exitCode: 0, stdout: "" };
  expect(await checked("web1", settings)).toMatchObject(asWritten);
  await inGuest(simulator, "web2", "rm /etc/example-app/secrets.env");
  const otherSecrets = { exitCode: 1, stdout: "secrets.env is not as it was written\n" };
  expect(await checked("web2", settings)).toMatchObject(otherSecrets);
  await inGuest(simulator, "web2", "echo DATABASE_PASSWORD=another >/etc/example-app/secrets.env");
  expect(await checked("web2", settings)).toMatchObject(otherSecrets);
  await inGuest(simulator, "web2", `echo DATABASE_PASSWORD=${PASSWORD} >/etc/example-app/secrets.env`);
  await inGuest(simulator, "web2", "chmod 644 /etc/example-app/secrets.env");
  const readable = { exitCode: 1, stdout: "secrets.env can be read by others\n" };
  expect(await checked("web2", settings)).toMatchObject(readable);

  await inGuest(simulator, "web2", "echo 'workers = 400' >> /etc/example-app/app.conf");
  const repaired = await project.up("--refresh");
  expect(repaired).toMatchObject({ exitCode: 0, output: expect.stringMatching(/~ 1 updated\s+4 unchanged/) });
  expect(repaired.output).toContain("app.conf is not as it was written");
  const repairedThere = "configured (repair)\nrestarted\n";
  expect(await project.outputs()).toEqual({ printed: { web1: printed, web2: repairedThere } });
  expect(await inGuest(simulator, "web2", "cd /etc/example-app && stat -c '%a %U %n' . *")).toBe(
    "755 root .\n644 root app.conf\n600 root secrets.env\n",
  );
  expect(await checked("web2", settings)).toMatchObject(asWritten);

  project.write("app.conf", "listen = 8080\nworkers = 8\n");
  const changed = await project.up();
  expect(changed).toMatchObject({ exitCode: 0, output: expect.stringMatching(/~ 4 updated\s+1 unchanged/) });
  expect(await inGuest(simulator, "web2", "cat /etc/example-app/app.conf")).toBe("listen = 8080\nworkers = 8\n");

  // The service reads the password at its start, too.
  await project.setConfig("databasePassword", `${PASSWORD}-2`, "--secret");
  expect(await project.preview()).toMatchObject({ exitCode: 0, output: expect.stringContaining("~ 4 to update") });
});
