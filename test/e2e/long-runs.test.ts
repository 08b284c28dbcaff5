/** Runs that take their time, with the real engine and real guests: wait slices, time limits, cancel, restarts. */
import { changeVm } from "./support/azure";
import {
  commandsOf,
  errorsIn,
  inGuest,
  type RunCommandProject,
  type RunCommands,
  runCommandProject,
  startSimulatorProcess,
} from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";
import { until } from "./support/until";

jest.setTimeout(180_000);

const VMS = ["slices", "beside", "timeout", "destroyed", "replaced", "other", "fail", "rerun", "continue"] as const;

let simulator: SimulatorProcess;
const projects: RunCommandProject[] = [];

beforeAll(async () => {
  simulator = await startSimulatorProcess({ vms: [...VMS] });
});

afterAll(async () => {
  for (const project of projects) project.cleanUp();
  await simulator.stop();
});

async function projectOf(commands: RunCommands): Promise<RunCommandProject> {
  const project = await runCommandProject(simulator, commands);
  project.setEnvironment({ AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: "2" });
  projects.push(project);
  return project;
}

const on = (vmName: string) => ({ resourceGroupName: "rg", vmName });

function untilPrints(vm: string, command: string, expected: string): Promise<void> {
  const isSo = async () => (await inGuest(simulator, vm, command).catch(() => "")) === expected;
  return until(`'${command}' on '${vm}' prints ${JSON.stringify(expected)}`, isSo);
}

const RUNS = "cat /var/tmp/runs 2>/dev/null | wc -l | tr -d ' \\n'";
/** The processes of jobs in the guest, by what they were given to sleep. */
const sleepers = (seconds: number) => `ps -eo args | grep -c '^sleep ${seconds}$'; true`;

test("a run of three wait slices is one run, whose progress and output are shown while it goes", async () => {
  const script = "echo ran >>/var/tmp/runs; for n in 1 2 3 4 5 6; do echo line $n; sleep 1; done; echo bad >&2";
  const project = await projectOf({ long: { ...on("slices"), script, logging: "stdoutAndStderr" } });
  const up = await project.up();
  expect(up).toMatchObject({ exitCode: 0 });
  const lines = "line 1\nline 2\nline 3\nline 4\nline 5\nline 6\n";
  expect(await project.outputsOf("long")).toMatchObject({
    stdout: lines,
    stdoutTotalBytes: lines.length,
    stderr: "bad\n",
    exitCode: 0,
  });
  expect(up.output).toMatch(/running on 'slices' for \d+ s: line [2-6]/);
  expect(up.output).toContain("stdout:\n    line 1\n    line 2\n");
  expect(up.output).toContain("stderr:\n    bad\n");
  const commands = (await commandsOf(simulator)).filter((command) => command.startsWith("slices "));
  expect(commands.length).toBeGreaterThanOrEqual(3);
  expect(await inGuest(simulator, "slices", RUNS)).toBe("1");
});

test("a script with parallelOnVm runs beside a long one, which waits for what it makes, and is deleted with it", async () => {
  const script = "until [ -e /var/tmp/made ]; do sleep 0.2; done; echo seen";
  const project = await projectOf({
    long: { ...on("beside"), script, timeoutInSeconds: 100 },
    beside: { ...on("beside"), script: "echo making; touch /var/tmp/made", parallelOnVm: true },
  });
  expect(await project.up()).toMatchObject({ exitCode: 0 });
  expect(await project.outputsOf("long")).toMatchObject({ stdout: "seen\n" });
  expect(await project.outputsOf("beside")).toMatchObject({ stdout: "making\n" });
  expect(await project.destroy()).toMatchObject({ exitCode: 0 });
  const commands = (await commandsOf(simulator)).filter((command) => command.startsWith("beside "));
  expect(commands.filter((command) => command === "beside RemoveRunCommandLinuxExtension")).toHaveLength(1);
  expect(commands.at(-1)).toBe("beside RemoveRunCommandLinuxExtension");
});

test("a run that takes too long is ended with its stubborn children, and what it printed is in the state", async () => {
  const script = `echo started; (trap '' TERM; while :; do sleep 511; done) & setsid sleep 512 & exec sleep 513`;
  const project = await projectOf({ slow: { ...on("timeout"), script, timeoutInSeconds: 2 } });
  const up = await project.up();
  expect(up.exitCode).toBe(255);
  expect(errorsIn(up)).toContain(
    `* the script on 'timeout' was ended after 2 s (timeoutInSeconds), with all its children; stderr is empty, end of stdout: "started"`,
  );
  expect((await project.stored())[0]).toMatchObject({ outputs: { executionState: "TimedOut", stdout: "started\n" } });
  for (const seconds of [511, 512, 513]) expect(await inGuest(simulator, "timeout", sleepers(seconds))).toBe("0\n");

  project.declare({ slow: { ...on("timeout"), script: "echo in time", timeoutInSeconds: 60 } });
  expect(await project.up()).toMatchObject({ exitCode: 0 });
  expect(await project.outputsOf("slow")).toMatchObject({ stdout: "in time\n", executionState: "Succeeded" });
});

/** An update whose provider is killed while its script sleeps. */
async function interruptedUpdate(vm: string, seconds: number): Promise<RunCommandProject> {
  const project = await projectOf({ it: { ...on(vm), script: "echo first" } });
  expect(await project.up()).toMatchObject({ exitCode: 0 });
  project.declare({ it: { ...on(vm), script: `sleep ${seconds} & sleep ${seconds}; echo never >>/var/tmp/never` } });
  const up = project.start("up");
  await untilPrints(vm, sleepers(seconds), "2\n");
  up.kill("SIGINT");
  await up.waitForOutput(/\^C: waiting for the script/, 60_000);
  up.kill("SIGINT");
  expect((await up.ended).output).toContain(
    `^C: waiting for the script on '${vm}' to end; a second ^C leaves it running there, and the next 'pulumi up' takes it up`,
  );
  expect(await inGuest(simulator, vm, sleepers(seconds))).toBe("2\n");
  return project;
}

test("destroy ends a run that is still going, with all its children, before it removes everything", async () => {
  const project = await interruptedUpdate("destroyed", 521);
  const destroyed = await project.destroy();
  expect(destroyed).toMatchObject({ exitCode: 0 });
  expect(destroyed.output).toContain(
    "what this resource was still running on 'destroyed' was ended, with all its children",
  );
  expect(await inGuest(simulator, "destroyed", sleepers(521))).toBe("0\n");
  expect(await inGuest(simulator, "destroyed", "ls /var/tmp/never /var/lib/azure-run-command 2>/dev/null; true")).toBe(
    "",
  );
  expect((await commandsOf(simulator)).at(-1)).toBe("destroyed RemoveRunCommandLinuxExtension");
});

test("a replacement ends the run that is still going on the old VM before it runs on the new one", async () => {
  const project = await interruptedUpdate("replaced", 531);
  project.declare({ it: { ...on("other"), script: "echo moved" } });
  expect(await project.up()).toMatchObject({ exitCode: 0 });
  expect(await project.outputsOf("it")).toMatchObject({ stdout: "moved\n" });
  expect(await inGuest(simulator, "replaced", sleepers(531))).toBe("0\n");
  expect(await inGuest(simulator, "replaced", "ls /var/tmp/never /var/lib/azure-run-command 2>/dev/null; true")).toBe(
    "",
  );
});

test("a restart from outside fails the run, with what it had printed, and the next up runs it again", async () => {
  const script = "echo ran >>/var/tmp/runs; echo begun; [ -e /var/tmp/twice ] || sleep 541; echo done";
  const project = await projectOf({ it: { ...on("fail"), script } });
  const up = project.start("up");
  await untilPrints("fail", RUNS, "1");
  await inGuest(simulator, "fail", "touch /var/tmp/twice");
  await changeVm(simulator, "fail", "restart");
  const ended = await up.ended;
  expect(ended.exitCode).toBe(255);
  expect(errorsIn(ended)).toContain(
    "* the script on 'fail' was cut off by a restart of the VM before it ended; what it printed before is in the stack's state; the next deployment runs it again",
  );
  expect((await project.stored())[0]).toMatchObject({ outputs: { executionState: "Interrupted", stdout: "begun\n" } });
  expect(await project.up()).toMatchObject({ exitCode: 0 });
  expect(await project.outputsOf("it")).toMatchObject({ stdout: "begun\ndone\n" });
  expect(await inGuest(simulator, "fail", RUNS)).toBe("2");
});

test("with rebootPolicy 'rerun' a restart from outside makes the script run again from its beginning", async () => {
  const script =
    "echo ran >>/var/tmp/runs; echo begun $AZURE_RUN_COMMAND_BOOT; [ -e /var/tmp/twice ] || sleep 551; echo done";
  const project = await projectOf({ it: { ...on("rerun"), script, rebootPolicy: "rerun" } });
  const up = project.start("up");
  await untilPrints("rerun", RUNS, "1");
  await inGuest(simulator, "rerun", "touch /var/tmp/twice");
  await changeVm(simulator, "rerun", "restart");
  const ended = await up.ended;
  expect(ended).toMatchObject({ exitCode: 0 });
  expect(ended.output).toContain("'rerun' was restarted while the script ran: it runs again from the beginning");
  expect(await project.outputsOf("it")).toMatchObject({ stdout: "begun 1\ndone\n" });
  expect(await inGuest(simulator, "rerun", RUNS)).toBe("2");
});

test("with rebootPolicy 'continue' a script that restarts its VM goes on after it, and all its output is there", async () => {
  const script = [
    "echo ran >>/var/tmp/runs",
    "echo boot $AZURE_RUN_COMMAND_BOOT",
    'echo "at$AZURE_RUN_COMMAND_BOOT=yes" >>"$AZURE_RUN_COMMAND_OUTPUT"',
    "[ $AZURE_RUN_COMMAND_BOOT = 3 ] || { reboot; sleep 561; }",
    "echo done",
  ].join("\n");
  const project = await projectOf({ it: { ...on("continue"), script, rebootPolicy: "continue" } });
  expect(await project.up()).toMatchObject({ exitCode: 0 });
  expect(await project.outputsOf("it")).toMatchObject({
    stdout: "boot 1\nboot 2\nboot 3\ndone\n",
    outputs: { at1: "yes", at2: "yes", at3: "yes" },
  });
  expect(await inGuest(simulator, "continue", RUNS)).toBe("3");
  expect(await project.destroy()).toMatchObject({ exitCode: 0 });
  expect(await inGuest(simulator, "continue", "ls /var/lib/azure-run-command 2>/dev/null; true")).toBe("");
});
