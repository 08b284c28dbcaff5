/** The command line as a process: real guests, signals, and what is left afterwards (nothing). */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAULT_NAMES } from "../../simulator/faults/names";
import { type CliProcess, execInGuest, firstLine, readEnvironment, startCli } from "./cli-process";
import { compileCli } from "./compiled-cli";

jest.setTimeout(60_000);

let cli: ReturnType<typeof compileCli>;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  cli = compileCli();
});
afterAll(() => cli.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simulate-test-"));
});
afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Started extends CliProcess {
  readonly ready: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Started with a temp folder of its own, so that what it leaves there can be seen. */
function spawnCli(args: readonly string[]): CliProcess {
  const started = startCli(cli.main, args, { TMPDIR: folder });
  children.push(started.child);
  return started;
}

async function start(args: readonly string[] = []): Promise<Started> {
  const file = join(folder, "azure.env");
  const started = spawnCli(["simulate", "--env-file", file, ...args]);
  const ready = await firstLine(started);
  return { ...started, ready, environment: readEnvironment(file) };
}

function inGuest(sim: Pick<Started, "environment">, vm: string, ...argv: string[]): Promise<string> {
  return execInGuest(sim.environment, vm, argv);
}

/** All processes below one, with the moment of their start, so that a number that is used again is not taken for them. */
function descendants(pid: number): Map<number, string> {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const stats = new Map(all.flatMap((each) => statOf(each)));
  const found = new Map<number, string>();
  let before = -1;
  while (found.size !== before) {
    before = found.size;
    for (const [each, { parent, start }] of stats) {
      if (parent === pid || found.has(parent)) {
        found.set(each, start);
      }
    }
  }
  return found;
}

function statOf(pid: number): [number, { state: string; parent: number; start: string }][] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return [[pid, { state: fields[0] ?? "", parent: Number(fields[1]), start: fields[19] ?? "" }]];
  } catch {
    return [];
  }
}

/** Zombies wait for whoever adopted them; they hold nothing. */
function stillAlive(processes: ReadonlyMap<number, string>): number[] {
  return [...processes]
    .filter(([pid, start]) => statOf(pid).some(([, now]) => now.start === start && now.state !== "Z"))
    .map(([pid]) => pid);
}

function mountsBelow(path: string): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(path));
}

/** A shell that has sourced the env-file still needs roots when the simulator has ended. */
const LEFT_FOR_THE_SHELL = ["azure.env", "azure.env.node-extra-ca-certs.pem", "azure.env.requests-ca-bundle.pem"];

test("it says where it is in one line, runs scripts in a real guest, and leaves nothing after SIGTERM", async () => {
  const sim = await start(["--vm", "web", "--vm", "db", "--scale-set", "pool:mode=uniform,count=1"]);
  expect(sim.ready).toMatch(
    /^simulator ready at https:\/\/localhost:\d+ with web, db, pool_0 in subscription [0-9a-f-]{36}\n$/,
  );
  expect(await inGuest(sim, "db", "hostname")).toBe("db\n");
  expect(await inGuest(sim, "pool_0", "hostname")).toBe("pool_0\n");
  expect(await inGuest(sim, "web", "sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo started")).toBe("started\n");
  const processes = descendants(sim.child.pid ?? 0);
  expect(processes.size).toBeGreaterThan(0);
  expect(statSync(join(folder, "azure.env")).mode & 0o777).toBe(0o600);

  sim.child.kill("SIGTERM");
  expect(await sim.ended).toEqual({ code: 0, signal: null });
  expect(stillAlive(processes)).toEqual([]);
  expect(mountsBelow(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual(LEFT_FOR_THE_SHELL);
  // Secrets are in the file, and nowhere else.
  for (const name of ["ARM_CLIENT_SECRET", "AZURE_RUN_COMMAND_SIMULATOR_KEY"]) {
    expect(`${sim.stdout()}${sim.stderr()}`).not.toContain(sim.environment[name]);
  }
});

test("killed and started again on the same --state, the disk and the VM are as they were", async () => {
  const state = join(folder, "state");
  const first = await start(["--state", state]);
  await inGuest(first, "vm1", "sh", "-c", "echo kept > /root/note");
  first.child.kill("SIGKILL");
  await first.ended;

  const second = await start(["--state", state]);
  expect(await inGuest(second, "vm1", "cat", "/root/note")).toBe("kept\n");
  expect(second.environment.ARM_SUBSCRIPTION_ID).toBe(first.environment.ARM_SUBSCRIPTION_ID);
  expect(second.environment.ARM_CLIENT_SECRET).not.toBe(first.environment.ARM_CLIENT_SECRET);

  const third = spawnCli(["simulate", "--state", state]);
  expect(await third.ended).toEqual({ code: 2, signal: null });
  expect(third.stderr()).toBe(
    `azure-run-command simulate: the --state folder '${state}' is in use by another simulator (process ${second.child.pid}); stop that one or give another folder\n`,
  );
  second.child.kill("SIGINT");
  expect(await second.ended).toEqual({ code: 0, signal: null });
  expect(mountsBelow(folder)).toEqual([]);
  expect(existsSync(join(state, "simulator.json"))).toBe(true);
});

test("killed without --state, its folder goes when the next one starts, and that of a living one stays", async () => {
  const folders = (): string[] => readdirSync(folder).filter((name) => name.startsWith("azure-run-command-simulator-"));
  const killed = await start();
  const [left] = folders();
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(folders()).toEqual([left]);
  await start();
  const [living] = folders();
  expect(folders()).toEqual([expect.not.stringMatching(new RegExp(`^${left}$`))]);
  await start();
  expect(folders()).toHaveLength(2);
  expect(folders()).toContain(living);
});

test("two signals end it at once, with nothing left", async () => {
  const sim = await start();
  const processes = descendants(sim.child.pid ?? 0);
  sim.child.kill("SIGINT");
  sim.child.kill("SIGINT");
  expect(await sim.ended).toEqual({ code: 0, signal: null });
  expect(stillAlive(processes)).toEqual([]);
  expect(readdirSync(folder)).toEqual(LEFT_FOR_THE_SHELL);
});

test("a signal during the start ends it in order", async () => {
  const sim = spawnCli(["simulate"]);
  await new Promise((resolve) => sim.child.once("spawn", resolve));
  while (!readdirSync(folder).some((name) => name.startsWith("azure-run-command-simulator-"))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  sim.child.kill("SIGTERM");
  expect({ ...(await sim.ended), stderr: sim.stderr() }).toEqual({
    code: 0,
    signal: null,
    stderr: expect.not.stringContaining("rror"),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("it goes on when nobody reads its output any more", async () => {
  const file = join(folder, "azure.env");
  const sim = spawnCli(["simulate", "-e", file]);
  sim.child.stdout?.destroy();
  sim.child.stderr?.destroy();
  while (!existsSync(file)) {
    expect(sim.child.exitCode).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await inGuest({ environment: readEnvironment(file) }, "vm1", "hostname")).toBe("vm1\n");
  sim.child.kill("SIGTERM");
  expect(await sim.ended).toEqual({ code: 0, signal: null });
});

test.each<{ args: readonly string[]; sentence: string }>([
  { args: ["--guest", "vmware"], sentence: "--guest is 'vmware', expected one of auto, namespace, docker, process" },
  {
    args: ["--subscription", "x"],
    sentence: "--subscription is 'x', expected a GUID such as 00000000-0000-0000-0000-000000000001",
  },
  {
    args: ["--fault", "throttled:count=0"],
    sentence: "--fault is 'throttled:count=0': count is 0, expected a whole number from 1",
  },
  { args: ["--seed", "x"], sentence: "--seed is 'x', expected a whole number from 0 to 4294967295" },
  { args: ["--rootfs", "/nope"], sentence: "--rootfs is '/nope', which is not a folder" },
  { args: ["--env-file", "/nope/env"], sentence: "cannot write the --env-file '/nope/env': no such file or folder" },
])("$args: one sentence and exit code 2", async ({ args, sentence }) => {
  const sim = spawnCli(["simulate", ...args]);
  expect(await sim.ended).toEqual({ code: 2, signal: null });
  expect(sim.stderr()).toBe(`azure-run-command simulate: ${sentence}\n`);
  expect(sim.stdout()).toBe("");
  expect(readdirSync(folder)).toEqual([]);
});

test("a port that is in use: one sentence and exit code 2", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const sim = spawnCli(["simulate", "--port", String(port)]);
  expect(await sim.ended).toEqual({ code: 2, signal: null });
  expect(sim.stderr()).toBe(
    `azure-run-command simulate: port ${port} is in use; give another --port, or 0 for a free one\n`,
  );
  server.close();
});

test("an unknown flag and an unknown command end with exit code 2", async () => {
  for (const args of [["simulate", "--nope"], ["nope"]]) {
    expect((await spawnCli(args).ended).code).toBe(2);
  }
});

test("--version and --help work without loading the simulator", async () => {
  const version = (JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as { version: string })
    .version;
  expect(execFileSync(process.execPath, ["--", cli.main, "--version"]).toString()).toBe(`${version}\n`);
  const help = execFileSync(process.execPath, ["--", cli.main, "simulate", "--help"]).toString();
  for (const flag of [
    "--vm",
    "--resource-group",
    "--location",
    "--subscription",
    "--port",
    "--timing",
    "--state",
    "--env-file",
    "--guest",
    "--rootfs",
    "--fault",
    "--seed",
    ...FAULT_NAMES,
  ]) {
    expect(help).toContain(flag);
  }
  const spy = join(folder, "spy.js");
  writeFileSync(
    spy,
    "process.on('exit', () => console.error(Object.keys(require.cache).filter((name) => /fastify|x509/.test(name)).length));",
  );
  const shown = spawn(process.execPath, ["-r", spy, "--", cli.main, "simulate", "--help"]);
  let stderr = "";
  shown.stderr.on("data", (chunk) => (stderr += chunk));
  await new Promise((resolve) => shown.once("close", resolve));
  expect(stderr).toBe("0\n");
});

test("started by npm, it ends when npm does, since npm passes no signal on", async () => {
  const file = join(folder, "azure.env");
  // A stand-in for npm: it starts the command in its environment, and is ended alone.
  const npm = spawn(
    process.execPath,
    [
      "-e",
      `const child = require("node:child_process").spawn(process.execPath, ["--", ${JSON.stringify(cli.main)}, "simulate", "-e", ${JSON.stringify(file)}], { stdio: "ignore" });
       console.log(child.pid); setInterval(() => {}, 1000);`,
    ],
    { env: { PATH: process.env.PATH, TMPDIR: folder, npm_execpath: "npm" } },
  );
  children.push(npm);
  const pid = Number(await new Promise<string>((resolve) => npm.stdout?.once("data", (data) => resolve(String(data)))));
  while (!existsSync(file)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  npm.kill("SIGTERM");
  for (let tries = 0; existsSync(`/proc/${pid}`) && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(readdirSync(folder)).toEqual(LEFT_FOR_THE_SHELL);
});
