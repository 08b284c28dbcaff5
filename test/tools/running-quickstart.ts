/** A quick start as a process of its own, and what may be left of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(__dirname, "../..");

/** With Pulumi or with the CDK; both on simulators. */
type Kind = "simulated" | "cdk";

export function expectNothingLeft(pid: number, kind?: Kind): void {
  expect(processesOf(pid, kind)).toEqual([]);
  expect(existsSync(folderOf(pid, kind))).toBe(false);
}

function folderOf(pid: number, kind: Kind = "simulated"): string {
  return join(ROOT, `.quickstart/${kind}-${pid}`);
}

/** The pattern of a step's first line, by how its title begins: a step that takes long is named once more at its end. */
export function begun(title: string): string {
  return `(?<=^- )${title}`;
}

/** The quick start's children and grandchildren have its folder in their environment. */
export function processesOf(pid: number, kind?: Kind): string[] {
  const mark = `AZURE_RUN_COMMAND_QUICKSTART=${folderOf(pid, kind)}`;
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(mark);
    } catch {
      return false;
    }
  });
}

export interface Started {
  readonly pid: number;
  readonly ended: Promise<number | null>;
  output(): string;
  seen(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export function start(...args: string[]): Started {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, "tools/quickstart.mjs"), ...args], {
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
    });
  const ended = new Promise<number | null>((resolve) =>
    child.on("exit", (code) => {
      child.once("close", () => resolve(code));
      // What a killed one leaves behind keeps the pipes open. What was printed is read between timer and immediate.
      setTimeout(() => setImmediate(() => setImmediate(() => resolve(code))), 100);
    }),
  );
  return {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    seen: async (pattern) => {
      while (!pattern.test(output)) {
        if (child.exitCode !== null) throw new Error(`ended without ${pattern}:\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    kill: (signal) => void child.kill(signal),
  };
}
