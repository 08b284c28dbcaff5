/** The talk with a namespace guest that comes up, from the first mount to its init's `ready`. */
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import type { Log, SandboxEnd } from "./sandbox";

/** Longest a guest may take to come up. Source: assumed; it takes about 0.1 s. */
const START_TIMEOUT_MS = 20_000;

/** Most that is kept of what the programs of a start complain about. */
const ERRORS_MAX_CHARS = 4096;

/** The talk with the stages while a guest comes up: `pid N`, `map`, `warning …`, `ready`. */
export class Start {
  private initPid = 0;
  private errors = "";
  constructor(
    private readonly keeper: ChildProcess,
    private readonly vmName: string,
    private readonly log: Log,
  ) {}

  /** @returns the id of the guest's process 1 on this machine. */
  async ready(ending: Promise<SandboxEnd>): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((settle) => {
      timer = setTimeout(settle, START_TIMEOUT_MS, `it was not up after ${START_TIMEOUT_MS / 1000} s`);
    });
    const early = ending.then(() => "it ended while it came up");
    const problem = await Promise.race([this.listen(), late, early]);
    clearTimeout(timer);
    if (problem !== undefined)
      throw new StartError(this.vmName, problem, this.errors.trim().replace(/\s*\n\s*/g, "; "));
    return this.initPid;
  }

  /** Resolves at `ready`. What the guest says later is not listened to. */
  private listen(): Promise<undefined> {
    const { stdin, stdout, stderr } = this.keeper;
    stdin?.on("error", () => undefined);
    stderr?.on("data", (chunk: Buffer) => {
      if (this.errors.length < ERRORS_MAX_CHARS) this.errors += chunk.toString("utf8");
    });
    return new Promise((settle) => {
      let rest = "";
      const hear = (chunk: Buffer): void => {
        const lines = (rest + chunk.toString("utf8")).split("\n");
        rest = lines.pop() ?? "";
        if (!lines.some((line) => this.hear(line))) return;
        stdout?.off("data", hear);
        stdout?.resume();
        settle(undefined);
      };
      stdout?.on("data", hear);
    });
  }

  /** @returns true at `ready`. */
  private hear(line: string): boolean {
    const [word, ...words] = line.split(" ");
    if (word === "pid") this.initPid = Number(words[0]);
    else if (word === "warning") this.log(`warning: guest of '${this.vmName}': ${words.join(" ")}`);
    else if (word === "map") this.giveIds();
    return word === "ready";
  }

  /** All ids of this machine, unchanged. Source: user_namespaces(7): the writer needs CAP_SETUID in the parent namespace. */
  private giveIds(): void {
    for (const name of ["uid_map", "gid_map"]) {
      const own = fs.readFileSync(`/proc/self/${name}`, "utf8").trim().split("\n");
      const map = own
        .map((line) => line.trim().split(/\s+/))
        .map(([inside, , count]) => `${inside} ${inside} ${count}\n`);
      fs.writeFileSync(`/proc/${this.initPid}/${name}`, map.join(""));
    }
    this.keeper.stdin?.write("go\n");
  }
}

/** Why a guest did not come up, with what its programs said. */
export class StartError extends Error {
  constructor(
    vmName: string,
    why: string,
    readonly detail: string,
  ) {
    super(`cannot start the guest of '${vmName}': ${why}${detail === "" ? "" : `; its programs said: ${detail}`}`);
  }
}
