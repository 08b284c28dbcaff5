/** What is killed in mid-run: the script has run once, counted inside the guest, and the next deployment has its result. */
import { readFileSync } from "node:fs";
import { changeVm } from "./support/azure";
import { marked } from "./support/processes";
import { inGuest, type RunCommandProject, runCommandProject, startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";

jest.setTimeout(180_000);

const VM1 = { resourceGroupName: "rg", vmName: "vm1" };
const SCRIPT = "echo began >> /var/tmp/count; sleep 5; echo done";

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

async function untilBegun(): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await inGuest(simulator, "vm1", "cat /var/tmp/count 2>/dev/null")) === "began\n") {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the script did not begin");
}

/** The processes of this project's provider. Pulumi's own language host outlives a killed engine, which is not ours. */
function providers(): number[] {
  return marked(project.folder).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("dynamic-provider"),
  );
}

async function untilNoProvider(timeoutMs: number): Promise<void> {
  for (const endMs = Date.now() + timeoutMs; providers().length > 0; ) {
    if (Date.now() > endMs) {
      throw new Error(`the provider is still there after ${timeoutMs} ms: ${providers().join(", ")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

test("the engine is killed: the script goes on, its orphaned provider ends, and the next up takes the run up", async () => {
  const up = project.start("up");
  await untilBegun();
  expect(providers()).not.toEqual([]);
  up.kill("SIGKILL");
  await up.ended;
  await untilNoProvider(30_000);
  expect(await project.cancel()).toMatchObject({ exitCode: 0 });

  const resumed = await project.up();
  expect(resumed).toMatchObject({ exitCode: 0 });
  expect(resumed.output).toContain(
    "an earlier deployment had started this run on 'vm1' already (state Exited): it is taken up, not started again",
  );
  expect(await project.outputsOf("slow")).toMatchObject({ stdout: "done\n", exitCode: 0 });
  expect(await inGuest(simulator, "vm1", "cat /var/tmp/count")).toBe("began\n");
});

test("the provider is killed: the next up attaches to the script while it runs", async () => {
  const up = project.start("up");
  await untilBegun();
  for (const pid of providers()) {
    process.kill(pid, "SIGKILL");
  }
  expect(await up.ended).toMatchObject({ exitCode: 255 });
  const resumed = await project.up();
  expect(resumed).toMatchObject({ exitCode: 0 });
  expect(resumed.output).toContain("an earlier deployment had started this run on 'vm1' already (state");
  expect(await project.outputsOf("slow")).toMatchObject({ stdout: "done\n", exitCode: 0 });
  expect(await inGuest(simulator, "vm1", "cat /var/tmp/count")).toBe("began\n");
});

test("the VM is powered off: the resource stays in the state as unknown, and the next up has what became of the run", async () => {
  project.declare({ slow: { ...VM1, script: "echo began >> /var/tmp/count; sleep 20; echo done" } });
  const up = project.start("up");
  await untilBegun();
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
