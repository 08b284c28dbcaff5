/** `examples/fleet`, unchanged, on the real engine and the simulator: a rolling update over a Flexible scale set. */
import { exampleProject, filesOf } from "./support/examples";
import type { PulumiProject } from "./support/pulumi-project";
import { inGuest } from "./support/run-commands";
import { type SimulatorProcess, startSimulatorProcess } from "./support/simulator-process";

jest.setTimeout(180_000);

let simulator: SimulatorProcess;
let project: PulumiProject | undefined;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: [], args: ["--scale-set", "web:mode=flexible,count=3"] });
});

afterAll(async () => {
  project?.cleanUp();
  await simulator.stop();
});

/** Its members, in the order in which they are run on. */
async function members(): Promise<readonly string[]> {
  const [web] = (await simulator.admin("GET", "scale-sets")) as { members: { name: string }[] }[];
  return (web?.members ?? []).map(({ name }) => name).sort();
}

const versionsOn = (vms: readonly string[]) =>
  Promise.all(
    vms.map(async (vm) =>
      (await inGuest(simulator, vm, "cat /srv/app/current/version 2>/dev/null || echo none")).trim(),
    ),
  );

/** What `check.sh` says on a VM, by hand. */
function checked(vm: string, version: string): ReturnType<SimulatorProcess["exec"]> {
  const argv = ["/usr/bin/env", `APP_VERSION=${version}`, "/bin/sh"];
  return simulator.exec(vm, argv, filesOf("fleet")["scripts/check.sh"]);
}

test("a new version goes from VM to VM, stops at one that is held back, goes on from there, and comes to new VMs", async () => {
  const scaleSetId = `${simulator.ids.group}/providers/Microsoft.Compute/virtualMachineScaleSets/web`;
  const config = { "fleet:scaleSetId": scaleSetId, "fleet:version": "1.0.0" };
  project = await exampleProject(simulator, "fleet", { config });
  const vms = await members();
  const [first = "", second = "", third = ""] = vms;

  expect(await project.up()).toMatchObject({ exitCode: 0 });
  expect(await project.outputs()).toEqual({
    results: Object.fromEntries(vms.map((vm) => [vm, { executionState: "Succeeded", exitCode: 0 }])),
    said: { [first]: `${first} has 1.0.0\n` },
  });

  await inGuest(simulator, second, "echo 'a customer is on it' >/srv/app/hold");
  project.write("Pulumi.test.yaml", JSON.stringify({ config: { ...config, "fleet:version": "1.1.0" } }));
  const stopped = await project.up();
  expect(stopped.exitCode).not.toBe(0);
  expect(stopped.output).toContain(
    `1 of 3 VMs failed: the script on '${second}' exited with 75; end of stderr: "this VM is held back: a customer is on it"; 1 was not tried ('${third}'), because more failed than maxErrors allows (0% of 3); the next deployment runs it only where it is not done yet`,
  );
  expect(await versionsOn(vms)).toEqual(["1.1.0", "1.0.0", "1.0.0"]);

  await inGuest(simulator, second, "rm /srv/app/hold");
  // As a run leaves it that was cut off before the switch.
  await inGuest(simulator, third, "ln -s releases/1.0.0 /srv/app/next");
  await simulator.admin("PUT", "scale-sets/web", { capacity: 4 });
  const all = await members();
  expect(await project.up()).toMatchObject({ exitCode: 0 });
  expect(await versionsOn(all)).toEqual(["1.1.0", "1.1.0", "1.1.0", "1.1.0"]);
  expect(await checked(third, "1.1.0")).toMatchObject({ exitCode: 0, stdout: "" });
  expect(await checked(third, "1.2.0")).toMatchObject({ exitCode: 1, stdout: "version 1.1.0, expected 1.2.0\n" });

  expect(await project.destroy()).toMatchObject({ exitCode: 0 });
  expect(await versionsOn(all)).toEqual(["none", "none", "none", "none"]);
  expect(await checked(third, "1.1.0")).toMatchObject({ exitCode: 1, stdout: "version none, expected 1.1.0\n" });
});
