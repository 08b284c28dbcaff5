/** A VM for tests: imitates Azure's handler around the real runner, with a private state folder and a chosen shell. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  DecodedCall,
  GuestRequest,
  ListReport,
  ListRequest,
  PurgeReport,
  Receipt,
  Report,
  RunName,
  RunnerCall,
  RunReport,
  RunRequest,
  RunState,
} from "../../../core/guest/protocol";
import { assembleStreams, decodeCall } from "../../../core/guest/report";
import { encodeCallWith } from "../../../core/guest/requests";
import { runnerText, stripRunner } from "../../../core/guest/runner-text";
import { decodeText } from "../../../core/guest/text";
import { runRequestExample } from "../../support/examples";

export type ShellName = "dash" | "bash" | "busybox";
export const SHELLS: readonly ShellName[] = ["dash", "bash", "busybox"];

/** All that the runner uses where nothing optional is there: no gzip, setsid, sha256sum. */
const REQUIRED_PROGRAMS = "base64 cat chmod cksum date env head ln mkdir mv rm rmdir sed sleep tail tr true wc".split(
  " ",
);

/** What else the runner uses where it is there, and what the scripts of the tests use. */
const OTHER_PROGRAMS = "gzip setsid sha256sum grep id chown su cut dirname ls readlink seq touch".split(" ");

export interface VmOptions {
  readonly shell?: ShellName;
  /** Only the required programs are on the PATH, less those named here. */
  readonly bare?: boolean;
  readonly without?: readonly string[];
}

/** What tests do to the runner's text before it is sent, beside moving its folders. */
export type Tamper = (text: string) => string;

const RUNNER_SOURCE = readFileSync(join(__dirname, "../../../core/guest/runner.sh"), "utf8");

/** The steps marked in runner.sh, at which it can be killed. */
export const STEPS: readonly string[] = [...RUNNER_SOURCE.matchAll(/^ *#@ (.+)$/gm)].map((match) => match[1] ?? "");

export class GuestVm {
  readonly folder = mkdtempSync(join(tmpdir(), "guest-vm-"));
  readonly state = join(this.folder, "state");
  readonly log = join(this.folder, "log");
  private readonly agent = join(this.folder, "waagent");
  private readonly programs = join(this.folder, "programs");
  private readonly gate = join(this.folder, "gate");
  private readonly options: VmOptions;
  /** While this file exists, the runner (call, supervisor or launcher) kills itself at its step, once. */
  private readonly bomb = join(this.folder, "bomb");
  private charge: { readonly step: string; readonly text: string } | undefined;
  private sequence = 0;

  constructor(options: VmOptions = {}) {
    this.options = options;
    mkdirSync(this.programs);
    installShell(options.shell ?? "dash", this.programs);
    if (options.bare) {
      for (const name of readdirSync(this.programs)) {
        if (name !== "sh" && !REQUIRED_PROGRAMS.includes(name)) rmSync(join(this.programs, name));
      }
      const missing = new Set(options.without ?? []);
      for (const name of REQUIRED_PROGRAMS) if (!missing.has(name)) link(which(name), join(this.programs, name));
    }
  }

  get shell(): string {
    return join(this.programs, "sh");
  }

  /** Sends a call as Azure does and gives the message of its operation. */
  async message(call: RunnerCall, tamper: Tamper = (text) => text): Promise<string> {
    const { child, folder } = this.start(call, tamper);
    await ended(child);
    return handlerMessage(folder);
  }

  /** The handler runs `/bin/sh -c <path>`, with SIGHUP and SIGINT ignored. Source: azure-wire.md 4.2, 4.8. */
  start(call: RunnerCall, tamper: Tamper = (text) => text): { child: ChildProcess; folder: string } {
    const folder = join(this.agent, "run-command/download", String(this.sequence++));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, "script.sh");
    writeFileSync(path, this.moved(tamper(encodeCallWith(this.runner(), call))), { mode: 0o500 });
    const streams = ["stdout", "stderr"].map((name) => openSync(join(folder, name), "w"));
    const child = spawn("/bin/sh", ["-c", 'trap "" HUP INT; exec "$0" -c "$1"', this.shell, path], {
      cwd: folder,
      env: { PATH: this.path, PWD: folder, LANG: "C.UTF-8", SHLVL: "0" },
      stdio: ["ignore", ...streams] as ["ignore", number, number],
    });
    for (const stream of streams) closeSync(stream);
    return { child, folder };
  }

  /** As of a VM that has been busy for long, so that what has ended waits for the others of its call. */
  async decoded(
    requests: readonly GuestRequest[],
    waitSliceSeconds = 20,
    tamper?: Tamper,
    busyForSeconds = 9_999,
  ): Promise<DecodedCall> {
    const call: RunnerCall = { nonce: randomBytes(16).toString("hex"), waitSliceSeconds, busyForSeconds, requests };
    return decodeCall(await this.message(call, tamper), call);
  }

  async reports(requests: readonly GuestRequest[], waitSliceSeconds = 20, tamper?: Tamper): Promise<readonly Report[]> {
    const decoded = await this.decoded(requests, waitSliceSeconds, tamper);
    if (decoded.kind === "unreadable") throw new Error(`unreadable: ${decoded.why}: ${decoded.evidence}`);
    return decoded.reports;
  }

  async report(request: GuestRequest, waitSliceSeconds = 20, tamper?: Tamper): Promise<RunReport> {
    const [report] = await this.reports([request], waitSliceSeconds, tamper);
    if (report?.kind !== "run") throw new Error("not the report of a run");
    return report;
  }

  async purge(key: string, generation: number): Promise<PurgeReport> {
    const [report] = await this.reports([{ verb: "purge", key, generation }]);
    if (report?.kind !== "purge") throw new Error("not the report of a purge");
    return report;
  }

  async list(key: string | undefined): Promise<readonly Receipt[]> {
    return (await this.page({ verb: "list", key })).receipts;
  }

  async page(request: ListRequest): Promise<ListReport> {
    const [report] = await this.reports([request]);
    if (report?.kind !== "list") throw new Error("not the report of a list");
    return report;
  }

  /**
   * Words of sh that wait for `letGo`: a number of seconds would be too few, or too many, for some machine. They end where the VM was
   * removed, with its `sleep`.
   */
  get untilLetGo(): string {
    return this.until(this.gate);
  }

  /** The same for another file. */
  until(path: string): string {
    return `until [ -e ${path} ]; do sleep 0.05 || exit; done`;
  }

  letGo(): void {
    writeFileSync(this.gate, "");
  }

  /** Resolves when a file of a receipt is as it should be; a test that waits in vain is ended by its time. */
  async untilFile(name: RunName, file: string, isSo: (text: string) => boolean): Promise<void> {
    const path = this.receipt(name.key, name.runId, file);
    while (!existsSync(path) || !isSo(readFileSync(path, "utf8"))) await pause(20);
  }

  /** Resolves when the end of a run is recorded. */
  async untilEnded({ key, runId }: RunName): Promise<void> {
    while (!readdirSync(this.receipt(key, runId)).some((file) => file.startsWith("end."))) await pause(20);
  }

  /** Resolves when nothing goes on any more. */
  async untilAllEnded(): Promise<void> {
    for (const key of readdirSync(this.state)) {
      const runs = key === ".queue" ? [] : readdirSync(join(this.state, key));
      for (const runId of runs) await this.untilEnded({ key, runId });
    }
  }

  /** Lines that scripts appended to `$LOG`: what really ran. */
  ran(): readonly string[] {
    return existsSync(this.log) ? readFileSync(this.log, "utf8").split("\n").slice(0, -1) : [];
  }

  /** Lets other users of this machine into the VM's folder. */
  open(): void {
    chmodSync(this.folder, 0o711);
  }

  /** Puts a program of this machine on the VM's path. */
  add(program: string): void {
    link(which(program), join(this.programs, program));
  }

  prepareLog(): void {
    writeFileSync(this.log, "");
  }

  /** Makes a run that is going look like one of an earlier boot: its processes are gone, and the boot has another id. */
  reboot(name: RunName): void {
    const go = this.receipt(name.key, name.runId, "go");
    const text = readFileSync(go, "utf8");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // First, in one step, and with time for a look that has begun: on a VM no runner is there to see the processes vanish.
    writeFileSync(`${go}.rebooted`, text.replaceAll(boot, "00000000-0000-0000-0000-000000000000"));
    renameSync(`${go}.rebooted`, go);
    execFileSync("sleep", ["0.3"]);
    for (const id of text.split(" ").slice(0, 2)) process.kill(Number(id.split(".")[0]), "SIGKILL");
  }

  receipt(key: string, runId: string, name = ""): string {
    return join(this.state, key, runId, name);
  }

  /** Makes the receipt of an ended run look as if it had ended so many seconds earlier. */
  age(name: RunName, seconds: number): void {
    const folder = this.receipt(name.key, name.runId);
    const end = readdirSync(folder).find((file) => file.startsWith("end.")) ?? "";
    const [word, kind, value, endedAt, uptime, ...sizes] = end.split(".");
    const aged = [word, kind, value, Number(endedAt) - seconds, Number(uptime) - 100 * seconds, ...sizes];
    renameSync(join(folder, end), join(folder, aged.join(".")));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The next process of the runner that reaches the step dies there as by `kill -9`. */
  killAt(step: string): void {
    if (!STEPS.includes(step)) throw new Error(`runner.sh has no step '${step}'`);
    this.charge = { step, text: `if [ -e ${this.bomb} ]; then rm -f ${this.bomb}; kill -9 $$; fi` };
    writeFileSync(this.bomb, "");
  }

  /** A supervisor of a receipt beside the one that the runner starts, as after an unlucky kill. */
  supervisor(key: string, runId: string, number: number): Promise<void> {
    const path = this.receipt(key, runId, "runner");
    const words = [path, "supervise", key, runId, "0".repeat(32), "0022", String(number)];
    return ended(spawn(this.shell, words, { env: { PATH: this.path }, stdio: "ignore" }));
  }

  /** Every process of the runner that reaches the step waits there until these words of sh are true. */
  waitAt(step: string, words: string): void {
    this.charge = { step, text: `until ${words}; do sleep 0.05; done` };
  }

  /** Every process of the runner that reaches the step rests there for a while. */
  pauseAt(step: string, seconds: number): void {
    this.charge = { step, text: `sleep ${seconds}` };
  }

  get exploded(): boolean {
    return !existsSync(this.bomb);
  }

  private runner(): string {
    const { charge } = this;
    if (charge === undefined) return runnerText();
    return stripRunner(RUNNER_SOURCE.replace(`#@ ${charge.step}\n`, () => `${charge.text}\n`));
  }

  get path(): string {
    const alone = this.options.bare || this.options.shell === "busybox";
    return alone ? this.programs : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  }

  private moved(text: string): string {
    return text
      .replace("grace=1000", "grace=60")
      .replaceAll("/var/lib/azure-run-command", this.state)
      .replaceAll("/var/lib/waagent", this.agent)
      .replaceAll("/bin/sh", this.shell);
  }
}

/** The last 4,096 bytes of each stream, decoded afterwards. Source: azure-wire.md 4.4, 4.8. */
export function handlerMessage(folder: string): string {
  const [stdout, stderr] = ["stdout", "stderr"].map((name) => {
    const path = join(folder, name);
    return existsSync(path) ? decodeText(readFileSync(path).subarray(-4_096)).text : "";
  });
  return `Enable succeeded: \n[stdout]\n${stdout}\n[stderr]\n${stderr}`;
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when a process that was killed is dead, also where nobody has asked for its end. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await pause(5);
}

function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
}

function installShell(shell: ShellName, folder: string): void {
  const program = which(shell === "bash" ? "bash" : shell);
  if (shell !== "busybox") {
    symlinkSync(program, join(folder, "sh"));
    return;
  }
  const applets = execFileSync(program, ["--list"], { encoding: "utf8" }).split("\n");
  // Debian builds busybox without cksum, Alpine with it. Bash is for the scripts that ask for it.
  for (const name of [...REQUIRED_PROGRAMS, ...OTHER_PROGRAMS, "bash"]) {
    link(applets.includes(name) ? program : which(name), join(folder, name));
  }
  link(program, join(folder, "sh"));
}

function link(target: string, path: string): void {
  if (!existsSync(path)) symlinkSync(target, path);
}

function which(program: string): string {
  for (const folder of ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]) {
    if (existsSync(join(folder, program))) return join(folder, program);
  }
  throw new Error(`these tests need '${program}': apt-get install dash bash busybox coreutils util-linux gzip`);
}

/** A run with what most tests do not care about; all of its output is asked for. */
export function run(script: string, other: Partial<RunRequest> = {}): RunRequest {
  return runRequestExample({ script, outputMaxBytes: 1_048_576, ...other });
}

/** The streams of an ended run, of which the report brought everything. */
export function streams(report: RunReport): { stdout: string; stderr: string } {
  const assembled = assembleStreams(report, report.chunk?.bytes ?? new Uint8Array());
  if (assembled.kind === "problem") throw new Error(assembled.problem);
  return { stdout: decodeText(assembled.stdout).text, stderr: decodeText(assembled.stderr).text };
}

/** Asks again and again without a wait in the VM until the run is in one of the states. */
export async function until(vm: GuestVm, name: RunName, ...states: readonly RunState[]): Promise<RunReport> {
  for (let turn = 0; turn < 100; turn += 1) {
    const report = await vm.report({ verb: "wait", outputMaxBytes: 65_536, key: name.key, runId: name.runId }, 0);
    if (states.includes(report.state)) return report;
  }
  throw new Error(`the run did not become ${states.join(" or ")}`);
}
