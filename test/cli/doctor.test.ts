/** `azure-run-command doctor` as a process: what it prints, and how it exits. */
import { spawn } from "node:child_process";
import { runnerAnswers } from "../core/doctor/patient";
import { type Running, run, stopAll } from "../simulator/running";
import { compileCli } from "./compiled-cli";

/** Processes on a machine that others use too. */
jest.setTimeout(60_000);

let cli: ReturnType<typeof compileCli>;
let sim: Running;
beforeAll(async () => {
  cli = compileCli();
  sim = await run();
  sim.guest.answer = runnerAnswers;
});
afterAll(async () => {
  await stopAll();
  cli.remove();
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function doctor(...args: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env.PATH, ...sim.simulator.environment };
  const child = spawn(process.execPath, ["--", cli.main, "doctor", ...args], { env });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}

const subscription = () => sim.simulator.environment.ARM_SUBSCRIPTION_ID;

test("all is well: a line for each check, nothing on stderr, exit code 0", async () => {
  const { code, stdout, stderr } = await doctor("-g", "rg", "-n", "vm1");
  expect(stdout).toBe(`'vm1' in resource group 'rg', subscription ${subscription()}

ok      connection    Entra and Azure Resource Manager answer
ok      sign-in       there is a token for the credentials from ARM_CLIENT_SECRET, and Azure takes it
ok      subscription  'Simulated subscription' (${subscription()}) is there
ok      vm            'vm1' is there, in 'westeurope'
ok      system        its operating system is 'Linux'
ok      rights        the rights to run scripts are there
ok      power         its power state is 'running'
ok      agent         the agent's status is 'Ready', version 2.15.0.1: "Guest Agent is running"
ok      locks         no lock holds for the VM
ok      extension     the extension RunCommandLinux was not on the VM; the probe brought it, as any run command does: 'azure-run-command remove-extension' takes it off
ok      busy          no other run command was in the way
ok      throttling    Azure took all requests
ok      probe         our runner ran on the VM, could write there, and its report came back: agent, network, handler and disk work, and nothing of ours is left there

All is well.
`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("what was not looked at is not called well", async () => {
  const { code, stdout } = await doctor("-g", "rg", "-n", "vm1", "--no-run");
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toContain("unknown probe         not tried, as it was asked for");
  expect(lines.at(-1)).toBe("Nothing wrong was found; what is unknown was not seen.");
  expect(code).toBe(0);
});

test("something is wrong: the first cause is marked, with the command that mends it, and the exit code is 1", async () => {
  const [vm] = sim.simulator.world.list();
  if (vm !== undefined) {
    vm.power = "deallocated";
  }
  const [text, json] = await Promise.all([
    doctor("--vm-id", sim.machine),
    doctor("-g", "rg", "-n", "vm1", "--no-run", "--json"),
  ]);
  if (vm !== undefined) {
    vm.power = "running";
  }
  expect(text.code).toBe(1);
  expect(text.stdout.split("\n")).toEqual(
    expect.arrayContaining([
      "PROBLEM power         THE CAUSE: cannot run a command on 'vm1': its power state is 'deallocated', expected 'running'; start the VM, then try again",
      `        $ az vm start --resource-group rg --name vm1 --subscription ${subscription()}`,
      "unknown probe         not tried: see 'power'",
      "The cause: power. Mend that first, then look again.",
    ]),
  );
  expect(json).toMatchObject({ code: 1, stderr: "" });
  expect(JSON.parse(json.stdout)).toMatchObject({ vm: sim.machine, cause: "power" });
});

test.each([
  { args: ["-n", "vm1"], says: "-n is given without -g; give -g <resource group> -n vm1, or --vm-id <id>" },
  { args: ["-g", "rg", "-n", "vm1", "--no-rn"], says: "unknown option '--no-rn'; did you mean '--no-run'?" },
])("a mistake ($args) is one sentence, and exit code 2", async ({ args, says }) => {
  expect(await doctor(...args)).toEqual({
    code: 2,
    stdout: "",
    stderr: `azure-run-command doctor: ${says}\n`,
  });
});
