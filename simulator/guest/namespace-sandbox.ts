/** A guest in Linux namespaces of its own, over an overlay of this machine's root or of a given one. */
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { join, resolve } from "node:path";
import type { GuestOptions } from "./guest";
import { spawnApart } from "./inside";
import { deleteTree, makeDisk } from "./namespace-disk";
import { EMPTIED, layOut, type Shown } from "./namespace-layout";
import { prepareBoot } from "./namespace-mounts";
import { INIT_REBOOT, INIT_SCRIPT, STAGE_IDS, STAGE_MOUNTS, STAGE_PIVOT } from "./namespace-stages";
import { Start, StartError } from "./namespace-start";
import type { Invocation, Log, Sandbox, SandboxEnd } from "./sandbox";
import { findProgram, TOOLS_FOLDER, type Tools, toolsAt, toolVariables } from "./tools";

/** A running guest, by what is needed to reach and to end it. */
interface Running {
  /** The `unshare` that waits for init: our own child, outside the guest, in the mount namespace that made the mounts. */
  readonly keeper: ChildProcess;
  /** The guest's process 1, by its id on this machine. */
  readonly initPid: number;
  readonly ended: Promise<void>;
}

export class NamespaceSandbox implements Sandbox {
  readonly kind = "namespace";
  readonly base = "";
  readonly tools: Tools = toolsAt(TOOLS_FOLDER);
  private readonly folder: string;
  private readonly root: string;
  private readonly unprivileged = process.getuid?.() !== 0;
  private running: Running | undefined;

  constructor(
    private readonly options: GuestOptions,
    private readonly log: Log,
  ) {
    this.folder = resolve(options.folder);
    this.root = resolve(options.rootfs ?? "/");
  }

  async boot(ended: (end: SandboxEnd) => void): Promise<void> {
    if (!fs.statSync(this.root, { throwIfNoEntry: false })?.isDirectory()) {
      throw new Error(`cannot start the guest of '${this.options.vmName}': the root '${this.root}' is not a folder`);
    }
    fs.mkdirSync(this.folder, { recursive: true });
    // A set-user-ID file that the guest makes must be out of reach for the users of this machine.
    fs.chmodSync(this.folder, 0o700);
    const shown = layOut(this.root, fs.realpathSync(this.folder), FOLDER_READER);
    const { vmName } = this.options;
    const ownRoot = this.root === "/";
    await makeDisk({ folder: this.folder, vmName, shown, ownRoot, unprivileged: this.unprivileged });
    try {
      await this.launch(shown, false, ended);
    } catch (error) {
      if (!(error instanceof StartError) || !/overlay/.test(error.detail)) throw error;
      this.log(
        `warning: the folder '${this.folder}' cannot hold the disk of '${vmName}' (${error.detail}); its disk is kept in memory and lost when it stops; choose a folder on ext4, xfs or tmpfs`,
      );
      await this.launch(shown, true, ended);
    }
  }

  private async launch(shown: readonly Shown[], inMemory: boolean, ended: (end: SandboxEnd) => void): Promise<void> {
    const top = inMemory ? join(this.folder, "volatile") : this.folder;
    await deleteTree(join(this.folder, "boot"));
    prepareBoot({ folder: this.folder, top, shown, unprivileged: this.unprivileged }, randomUUID());
    fs.mkdirSync(join(this.folder, "root"), { recursive: true });
    const [file, ...args] = this.launchCommand();
    const env = this.launchEnvironment(shown, top, inMemory);
    const keeper = spawnApart({ file, args, env });
    const ending = new Promise<SandboxEnd>((settle) => {
      keeper.once("exit", (code) => settle(code === INIT_REBOOT ? "reboot" : "off"));
      keeper.once("error", () => settle("off"));
    });
    try {
      const initPid = await new Start(keeper, this.options.vmName, this.log).ready(ending);
      this.running = { keeper, initPid, ended: ending.then(() => undefined) };
    } catch (error) {
      keeper.kill("SIGKILL");
      await ending;
      throw error;
    }
    const { running } = this;
    void ending.then((end) => {
      if (this.running !== running) return;
      this.running = undefined;
      ended(end);
    });
  }

  /** The PID namespace ends with this process: `--pdeathsig` for unshare, `--kill-child` for what it starts. */
  private launchCommand(): readonly [string, ...string[]] {
    const own = this.unprivileged ? ["--user", "--map-root-user", "--uts", "--ipc", "--net"] : [];
    const unshare = ["unshare", ...own, "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL"];
    return [program("setpriv"), "--pdeathsig", "KILL", "--", ...unshare, "--", "sh", "-c", STAGE_MOUNTS];
  }

  private launchEnvironment(shown: readonly Shown[], top: string, inMemory: boolean): Record<string, string> {
    return {
      ...toolVariables(this.tools),
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      LC_ALL: "C",
      FOLDER: this.folder,
      TOP: top,
      ROOT: join(this.folder, "root"),
      POINTS: shown.flatMap(({ kind, path }) => (kind === "overlay" || kind === "folder" ? [path] : [])).join("\n"),
      EMPTIED: EMPTIED.map(([path, mode]) => `${mode.toString(8)} ${path}`).join("\n"),
      VOLATILE: inMemory ? "yes" : "",
      STAGE2: this.unprivileged ? "" : STAGE_IDS,
      STAGE3: STAGE_PIVOT,
      INIT: INIT_SCRIPT,
      VM_NAME: this.options.vmName,
    };
  }

  async kill(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    if (running === undefined) return;
    // The end of process 1 ends all of its namespace, and its parent ends after it.
    if (running.keeper.exitCode === null && running.keeper.signalCode === null) signal(running.initPid);
    await running.ended;
  }

  invocation(argv: readonly string[], env: Readonly<Record<string, string>>): Invocation {
    const { running } = this;
    if (running === undefined) throw new Error(`the sandbox of '${this.options.vmName}' is off`);
    const nsenter = program("nsenter");
    const inside = [...this.tools.setsid, ...argv];
    const all = ["-t", String(running.initPid), "-U", "-m", "-u", "-i", "-n", "-p"];
    if (this.unprivileged) return { file: nsenter, args: [...all, "--preserve-credentials", "--", ...inside], env };
    // First to the namespace in which the copied tools are read-only, then on with one of them (see `toolMounts`).
    const copy = toolsAt(join(this.folder, "boot/tools")).nsenter;
    const args = ["-t", String(running.keeper.pid), "-m", "--", ...copy, ...all, "--", ...inside];
    return { file: nsenter, args, env };
  }

  async remove(): Promise<void> {
    await deleteTree(this.folder);
  }
}

const FOLDER_READER = {
  list: (folder: string) => fs.readdirSync(folder, { withFileTypes: true }),
  link: (path: string) => fs.readlinkSync(path),
};

function program(name: string): string {
  return findProgram(name) ?? name;
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
