/** The VM goes off in mid-run: the script is not run again unasked, and the next deployment knows what became of it. */
import { changeVm } from "./support/azure";
import { inGuest, type RunCommandProject, runCommandProject, startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";
import { until } from "./support/until";

jest.setTimeout(180_000);

const VM1 = { resourceGroupName: "rg", vmName: "vm1" };
const SCRIPT = "echo began >> /var/tmp/count; sleep 20; echo done";

let simulator: SimulatorProcess;
let project: RunCommandProject;

beforeEach(async () => {
  simulator = await startSimulatorProcess();
  project = await runCommandProject(simulator, { slow: { ...VM1, script: SCRIPT } });
});

afterEach(async () => {
  project?.cleanUp();
  await simulator.stop();
});

test("the VM is powered off: the resource stays in the state as unknown, and the next up has what became of the run", async () => {
  const up = project.start("up");
  await until(
    "the script has begun",
    async () => (await inGuest(simulator, "vm1", "cat /var/tmp/count 2>/dev/null")) === "began\n",
  );
  await changeVm(simulator, "vm1", "powerOff");
  const failed = await up.ended;
  expect(failed.exitCode).toBe(255);
  expect(failed.output).toContain(
    "the script had been sent already and may have run; the next deployment takes up what is there",
  );
  expect(failed.output).not.toContain("nothing was run");
  expect((await project.stored())[0]).toMatchObject({ outputs: { executionState: "Unknown" } });

  await changeVm(simulator, "vm1", "start");
  const interrupted = await project.up();
  expect(interrupted.output).toContain("* the script on 'vm1' was cut off by a restart of the VM before it ended");
  expect(await inGuest(simulator, "vm1", "cat /var/tmp/count")).toBe("began\n");
  expect((await project.stored())[0]).toMatchObject({ outputs: { executionState: "Interrupted" } });
});
