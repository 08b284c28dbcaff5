/** Writes what the runner reads before it becomes the job: user, folder, environment, arguments, guards. Root-only, wiped at the start. */

import type { RunGuards } from "./protocol";
import { shellQuote } from "./shell-quote";

/**
 * Variables that a shell on the VM keeps for itself, so that `export` would fail or change nothing. They are given to
 * `env` as arguments, which every user of the VM can see for a moment.
 *
 * Source: bash 5.2, "Shell Variables"; dash 0.5.12 and busybox 1.35, which refuse some values of OPTIND.
 */
export const SHELL_OWN_NAMES: readonly string[] = [
  "BASHOPTS",
  "BASHPID",
  "BASH_ALIASES",
  "BASH_ARGC",
  "BASH_ARGV",
  "BASH_ARGV0",
  "BASH_CMDS",
  "BASH_COMMAND",
  "BASH_LINENO",
  "BASH_SOURCE",
  "BASH_SUBSHELL",
  "BASH_VERSINFO",
  "BASH_VERSION",
  "COMP_WORDBREAKS",
  "DIRSTACK",
  "EPOCHREALTIME",
  "EPOCHSECONDS",
  "EUID",
  "FUNCNAME",
  "GROUPS",
  "HISTCMD",
  "IFS",
  "LINENO",
  "OLDPWD",
  "OPTIND",
  "PIPESTATUS",
  "PPID",
  "PWD",
  "RANDOM",
  "SECONDS",
  "SHELLOPTS",
  "SHLVL",
  "SRANDOM",
  "UID",
  "_",
];

export interface JobSurroundings {
  readonly user: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
  readonly guards: RunGuards;
}

/** In the order in which they are asked. */
const GUARD_NAMES: readonly (keyof RunGuards)[] = ["creates", "unless", "onlyIf"];

/**
 * `become` sets `as`, the words that make another user of a command. `"$@"` is the interpreter and the script. The
 * function `exports` is called last, since a variable of the job may have the name of one of the runner's. Guards are asked
 * by a function too: this file may be wiped while they are.
 */
export function jobPrelude(surroundings: JobSurroundings): string {
  const { user, workingDirectory, environment } = surroundings;
  const entries = Object.entries(environment);
  const isOwn = (name: string) => SHELL_OWN_NAMES.includes(name);
  const words = entries.filter(([name]) => isOwn(name)).map(([name, value]) => shellQuote(`${name}=${value}`));
  const exported = entries.filter(([name]) => !isOwn(name)).map(([name, value]) => `${name}=${shellQuote(value)}`);
  return [
    `become ${shellQuote(user ?? "")} ${shellQuote(workingDirectory ?? "")}`,
    `set -- ${[...words, "$as", '"$@"', ...surroundings.arguments.map(shellQuote)].join(" ")}`,
    "exports() {",
    ...exported.map((assignment) => `export ${assignment}`),
    ":",
    "} 2>/dev/null",
    "guards() {",
    ...GUARD_NAMES.flatMap((name) => {
      const text = surroundings.guards[name];
      return text === undefined ? [] : [["guard", name, shellQuote(text), ...words].join(" ")];
    }),
    ":",
    "}",
    "",
  ].join("\n");
}
