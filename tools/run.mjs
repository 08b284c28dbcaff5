// Runs one command and keeps what it printed; nothing is shown unless it fails.
import { spawn } from "node:child_process";

/** A command that a step needs has failed; `message` says which, and ends with what it printed last. */
export class CommandFailed extends Error {}

/** Lines of a failed command's output that its message carries. */
const TAIL_LINES = 30;
/** What a process wrote last may come after the news of its end. */
const PIPE_DRAIN_MS = 50;

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void, onStart?: (child: ChildProcess) => void,
 *   detached?: boolean }} [options] `detached`: in a process group of its own, which a terminal's ^C does not reach.
 * @returns {Promise<string>} stdout and stderr, in the order of their arrival.
 */
export async function run(command, args, options = {}) {
  const { exitCode, output } = await attempt(command, args, options);
  if (exitCode === 0) return output;
  const tail = output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  throw new CommandFailed(`'${[command, ...args].join(" ")}' ended with ${exitCode}; it printed:\n${tail}`);
}

/** Like `run`, but a failure is a result: `exitCode` is a number, or the signal's name, or why it could not start. */
export function attempt(command, args, { cwd, env, onLine, onStart, detached = false } = {}) {
  return new Promise((resolve) => {
    const stdio = ["ignore", "pipe", "pipe"];
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio, detached });
    onStart?.(child);
    let output = "";
    let unfinished = "";
    const take = (chunk) => {
      output += chunk;
      if (onLine === undefined) return;
      const lines = (unfinished + chunk).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", (fault) => resolve({ exitCode: fault.code ?? fault.message, output }));
    // Not "close": a grandchild that lives on may keep the pipes open.
    child.on("exit", (code, signal) => setTimeout(() => resolve({ exitCode: code ?? signal, output }), PIPE_DRAIN_MS));
  });
}
