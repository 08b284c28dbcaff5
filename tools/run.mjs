// Runs one command and keeps what it printed; nothing is shown unless it fails.
import { spawn } from "node:child_process";

/** A command that a step needs has failed; `message` says which, and ends with what it printed last. */
export class CommandFailed extends Error {}

/** Lines of a failed command's output that its message carries. */
const TAIL_LINES = 30;

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void }} [options]
 * @returns {Promise<string>} stdout and stderr, in the order of their arrival.
 */
export async function run(command, args, options = {}) {
  const { exitCode, output } = await attempt(command, args, options);
  if (exitCode === 0) return output;
  const tail = output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  throw new CommandFailed(`'${[command, ...args].join(" ")}' ended with ${exitCode}; it printed:\n${tail}`);
}

/** Like `run`, but a failure is a result: `exitCode` is a number, or the signal's name, or why it could not start. */
export function attempt(command, args, { cwd, env, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ["ignore", "pipe", "pipe"] });
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
    child.on("close", (code, signal) => resolve({ exitCode: code ?? signal, output }));
  });
}
