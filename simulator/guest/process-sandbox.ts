/**
 * A "guest" that is no sandbox: scripts run as child processes of this machine, with its files and its rights. Only for
 * machines without namespaces and containers, and only if asked for. What the handler keeps lies in a private folder, so
 * `$0` and the working folder differ from a VM's; every absolute path in a script means this machine's. There is no boot
 * id, no reboot and no separate /tmp; `stop` ends the sessions that it started, not what left them.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { GuestOptions } from "./guest";
import { deleteTree } from "./namespace-disk";
import type { Invocation, Log, Sandbox } from "./sandbox";
import { ownTools } from "./tools";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export class ProcessSandbox implements Sandbox {
  readonly kind = "process";
  readonly tools = ownTools();
  readonly base: string;
  private readonly sessions: string;

  constructor(
    private readonly options: GuestOptions,
    private readonly log: Log,
  ) {
    const folder = resolve(options.folder);
    if (/[\s'"]/.test(folder))
      throw new Error(`the folder '${folder}' of a process guest must have no blanks or quotes in its path`);
    this.base = join(folder, "disk");
    this.sessions = join(folder, "sessions");
  }

  async boot(): Promise<void> {
    const who =
      process.getuid?.() === 0 ? "as root, with every right on this machine" : "with your rights on this machine";
    this.log(
      `warning: the guest of '${this.options.vmName}' is no sandbox: its scripts run ${who}, and see and change its files`,
    );
    mkdirSync(this.base, { recursive: true, mode: 0o700 });
    writeFileSync(this.sessions, "");
  }

  async kill(): Promise<void> {
    if (!existsSync(this.sessions)) return;
    const leaders = readFileSync(this.sessions, "utf8")
      .split("\n")
      .map(Number)
      .filter((pid) => pid > 1);
    rmSync(this.sessions);
    for (const leader of leaders) endGroup(leader);
  }

  /** `startInside` gives each a session of its own; its leader's id is noted, so that `kill` finds it. */
  invocation(argv: readonly string[], env: Readonly<Record<string, string>>): Invocation {
    const note = 'echo "$$" >>"$0"; exec "$@"';
    return { file: "/bin/sh", args: ["-c", note, this.sessions, ...argv], env: { PATH: DEFAULT_PATH, ...env } };
  }

  async remove(): Promise<void> {
    await deleteTree(this.options.folder);
  }
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // It has ended.
  }
}
