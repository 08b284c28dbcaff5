/** The life of a `RunCommand` with the real engine and a real guest: create, update, keep, refresh, replace, destroy. */
import {
  commandsOf,
  inGuest,
  type RunCommandProject,
  runCommandProject,
  startSimulatorProcess,
} from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";

jest.setTimeout(180_000);

const VM1 = { resourceGroupName: "rg", vmName: "vm1" };
const RECEIPTS = "find /var/lib/azure-run-command 2>/dev/null | head -n 5";

let simulator: SimulatorProcess;
let project: RunCommandProject;

beforeEach(async () => {
  simulator = await startSimulatorProcess({ vms: ["vm1", "vm2"] });
});

afterEach(async () => {
  project?.cleanUp();
  await simulator.stop();
});

test("up runs the script, up again runs nothing, a changed script runs again, destroy takes all back", async () => {
  const script = 'echo "hello $NAME from $1"; echo careful >&2; echo ran >> /var/tmp/runs';
  project = await runCommandProject(simulator, {
    prepare: { ...VM1, script, parameters: { NAME: "it's $HOME; `x`" }, arguments: ['a "b" c'] },
  });

  const created = await project.up();
  expect(created).toMatchObject({ exitCode: 0, output: expect.stringContaining("+ 2 created") });
  expect(await project.outputsOf("prepare")).toMatchObject({
    stdout: 'hello it\'s $HOME; `x` from a "b" c\n',
    stderr: "careful\n",
    exitCode: 0,
    executionState: "Succeeded",
    stdoutTruncated: false,
    stderrTruncated: false,
    startTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    endTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    runId: expect.stringMatching(/^1-create-[0-9a-f]{12}$/),
    virtualMachineId: `/subscriptions/${simulator.environment.ARM_SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1`,
  });

  expect(await project.preview()).toMatchObject({ exitCode: 0, output: expect.stringContaining("2 unchanged") });
  expect(await project.up()).toMatchObject({ exitCode: 0, output: expect.stringContaining("2 unchanged") });
  expect(await commandsOf(simulator)).toEqual(["vm1 RunShellScript"]);

  project.declare({ prepare: { ...VM1, script: "echo changed; echo ran >> /var/tmp/runs" } });
  const preview = await project.preview();
  expect(preview.output).toContain("[diff: -arguments,parameters~script]");
  const updated = await project.up();
  expect(updated).toMatchObject({ exitCode: 0, output: expect.stringContaining("~ 1 updated") });
  expect(await project.outputsOf("prepare")).toMatchObject({
    stdout: "changed\n",
    stderr: "",
    runId: expect.stringMatching(/^2-update-/),
  });
  expect(await inGuest(simulator, "vm1", "cat /var/tmp/runs")).toBe("ran\nran\n");

  expect(await project.refresh()).toMatchObject({ exitCode: 0, output: expect.stringContaining("2 unchanged") });
  expect(await inGuest(simulator, "vm1", RECEIPTS)).not.toBe("");
  expect(await project.destroy()).toMatchObject({ exitCode: 0, output: expect.stringContaining("- 2 deleted") });
  expect(await commandsOf(simulator)).toEqual([
    "vm1 RunShellScript",
    "vm1 RunShellScript",
    "vm1 RunShellScript",
    "vm1 RemoveRunCommandLinuxExtension",
  ]);
  expect(await inGuest(simulator, "vm1", RECEIPTS)).toBe("");
  expect(await inGuest(simulator, "vm1", "ls /var/lib/waagent/run-command 2>&1 | wc -l; cat /var/tmp/runs")).toBe(
    "1\nran\nran\n",
  );
});

test("a script that exits with 3 fails the deployment with its message, keeps its output, and a better one mends it", async () => {
  const script = "echo before the fall; echo first line >&2; echo cannot go on >&2; exit 3";
  project = await runCommandProject(simulator, { prepare: { ...VM1, script } });

  const failed = await project.up();
  expect(failed.exitCode).toBe(255);
  expect(failed.output).toContain("* the script on 'vm1' exited with 3; end of stderr: \"first line\\ncannot go on\"");
  const [stored] = await project.stored();
  expect(stored).toMatchObject({
    outputs: {
      stdout: "before the fall\n",
      stderr: "first line\ncannot go on\n",
      exitCode: 3,
      executionState: "Failed",
    },
    initErrors: ["the script on 'vm1' exited with 3; end of stderr: \"first line\\ncannot go on\""],
  });

  // A refresh wipes the engine's own memory of the failure; the resource still counts as not done.
  expect(await project.refresh()).toMatchObject({ exitCode: 0 });
  const preview = await project.preview();
  expect(preview.output).toContain("~ 1 to update");
  expect(preview.output).toContain("the last run did not succeed (Failed): an update runs the script again");

  project.declare({ prepare: { ...VM1, script: "echo better" } });
  expect(await project.up()).toMatchObject({ exitCode: 0, output: expect.stringContaining("~ 1 updated") });
  expect(await project.outputsOf("prepare")).toMatchObject({ stdout: "better\n", exitCode: 0 });
  expect(await project.destroy()).toMatchObject({ exitCode: 0 });
  expect(await inGuest(simulator, "vm1", RECEIPTS)).toBe("");
});

test("200 lines of UTF-8, about 20 KB, arrive whole: their SHA-256 is that of the guest's file", async () => {
  const script = `i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo "line $i: Grüße aus München — 你好, мир 🚀 $(echo $i | sha256sum | cut -c1-40)"; done | tee /var/tmp/whole`;
  project = await runCommandProject(simulator, { print: { ...VM1, script } });
  expect(await project.up()).toMatchObject({ exitCode: 0 });
  const { stdout, stdoutTruncated } = await project.outputsOf("print");
  const { createHash } = jest.requireActual<typeof import("node:crypto")>("node:crypto");
  const text = String(stdout);
  expect(text.split("\n")).toHaveLength(201);
  expect(Buffer.byteLength(text)).toBeGreaterThan(19_000);
  expect(stdoutTruncated).toBe(false);
  expect(`${createHash("sha256").update(text).digest("hex")}  /var/tmp/whole\n`).toBe(
    await inGuest(simulator, "vm1", "sha256sum /var/tmp/whole"),
  );
});

test("three scripts of one VM share operations and not results, and the extension goes with the last of them", async () => {
  const commands = {
    one: { ...VM1, script: "echo 1" },
    two: { ...VM1, script: "echo 2 >&2; exit 2" },
    three: { ...VM1, script: "echo 3" },
  };
  project = await runCommandProject(simulator, commands);
  const failed = await project.up();
  expect(failed.exitCode).toBe(255);
  expect(failed.output).toContain("the script on 'vm1' exited with 2; end of stderr: \"2\"");
  const stored = await project.stored();
  expect(stored.map(({ outputs }) => [outputs?.exitCode, outputs?.stdout, outputs?.stderr]).sort()).toEqual([
    [0, "1\n", ""],
    [0, "3\n", ""],
    [2, "", "2\n"],
  ]);
  expect((await commandsOf(simulator)).length).toBeLessThanOrEqual(3);

  project.declare({ one: commands.one, three: commands.three });
  const removedOne = await project.up();
  expect(removedOne).toMatchObject({ exitCode: 0, output: expect.stringContaining("- 1 deleted") });
  expect(removedOne.output).toContain("the extension stays on 'vm1': 2 other resources have runs there");
  expect(await commandsOf(simulator)).not.toContain("vm1 RemoveRunCommandLinuxExtension");
  expect(await project.destroy()).toMatchObject({ exitCode: 0 });
  const commandsSent = await commandsOf(simulator);
  expect(commandsSent.filter((command) => command === "vm1 RemoveRunCommandLinuxExtension")).toHaveLength(1);
  expect(commandsSent.at(-1)).toBe("vm1 RemoveRunCommandLinuxExtension");
  expect(await inGuest(simulator, "vm1", RECEIPTS)).toBe("");
});

test("another VM replaces: the old VM is cleaned before the script runs on the new one", async () => {
  project = await runCommandProject(simulator, { prepare: { ...VM1, script: "hostname" } });
  expect(await project.up()).toMatchObject({ exitCode: 0 });
  project.declare({ prepare: { ...VM1, vmName: "vm2", script: "hostname" } });
  const replaced = await project.up();
  expect(replaced).toMatchObject({ exitCode: 0, output: expect.stringContaining("+-1 replaced") });
  expect(await project.outputsOf("prepare")).toMatchObject({
    stdout: "vm2\n",
    runId: expect.stringMatching(/^1-create-/),
  });
  expect(await commandsOf(simulator)).toEqual([
    "vm1 RunShellScript",
    "vm1 RunShellScript",
    "vm1 RemoveRunCommandLinuxExtension",
    "vm2 RunShellScript",
  ]);
  expect(await inGuest(simulator, "vm1", RECEIPTS)).toBe("");
});
