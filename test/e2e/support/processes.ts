/** Child processes of end-to-end tests: what they print is kept, none runs for ever, and none is left behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Marks every process of a test, its children too, so that those without a parent are found. */
const MARK = "AZURE_RUN_COMMAND_TEST";

export interface Ended {
  /** undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** stdout and stderr, in the order of their arrival. */
  readonly output: string;
  readonly stdout: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** What it has printed so far. */
  output(): string;
  /** Resolves when the output matches; rejects when the process ends before, or after `timeoutMs`. */
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Sends the signal to this process alone, not to its children. */
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Names the test whose process it is; `endMarked` finds it by this. */
  readonly mark: string;
  /** After this time the process and its group are killed, and the output says so. */
  readonly timeoutMs: number;
}

export function start(command: string, args: readonly string[], options: StartOptions): Running {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...options.environment, [MARK]: options.mark },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`'${command}' could not be started`);
  const seen = { output: "", stdout: "" };
  const listeners = new Set<() => void>();
  const take = (toStdout: boolean) => (chunk: string) => {
    seen.output += chunk;
    if (toStdout) seen.stdout += chunk;
    for (const listener of listeners) listener();
  };
  child.stdout?.setEncoding("utf8").on("data", take(true));
  child.stderr?.setEncoding("utf8").on("data", take(false));
  const ended = endOf(child, pid, seen, options.timeoutMs);
  return {
    pid,
    ended,
    output: () => seen.output,
    waitForOutput: (pattern, timeoutMs = 30_000) => waitFor(pattern, timeoutMs, { ended, seen, listeners }),
    kill: (signal) => void child.kill(signal),
  };
}

function endOf(
  child: ChildProcess,
  pid: number,
  seen: { output: string; stdout: string },
  timeoutMs: number,
): Promise<Ended> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      seen.output += `\n(killed by the test's harness after ${timeoutMs / 1_000} s)\n`;
      killGroup(pid);
    }, timeoutMs);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      const over = () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve({ exitCode: code ?? undefined, signal: signal ?? undefined, ...seen });
      };
      child.once("close", over);
      // A provider that outlives a killed engine keeps the pipes open. What was printed is read between timer and immediate.
      setTimeout(() => setImmediate(() => setImmediate(over)), 50);
    });
  });
}

function waitFor(
  pattern: RegExp,
  timeoutMs: number,
  { ended, seen, listeners }: { ended: Promise<Ended>; seen: { output: string }; listeners: Set<() => void> },
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      listeners.delete(look);
      clearTimeout(timer);
    };
    const look = () => {
      const match = pattern.exec(seen.output);
      if (match === null) return false;
      stop();
      resolve(match);
      return true;
    };
    const fail = (why: string) => {
      stop();
      reject(new Error(`${why} without printing ${pattern}; it printed:\n${seen.output}`));
    };
    const timer = setTimeout(() => fail(`the process ran ${timeoutMs / 1_000} s`), timeoutMs);
    listeners.add(look);
    if (!look()) void ended.then(() => look() || fail("the process ended"));
  });
}

/** Kills every process that was started under this mark, also those whose parent is gone. */
export function endMarked(mark: string): number[] {
  const pids = marked(mark);
  for (const pid of pids) killQuietly(pid);
  return pids;
}

/** The processes that live under this mark at this moment. */
export function marked(mark: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => environmentOf(name).includes(`${MARK}=${mark}`))
    .map(Number);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // ended in the meantime
  }
}

function killGroup(pid: number): void {
  killQuietly(-pid);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
