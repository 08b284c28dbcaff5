/** Reads when a script is not needed. Pure. */
import { type Reader, readOptionalText } from "./input";
import { pathProblem } from "./input-path";

/** `null` where there is none. */
export interface Guards {
  /** A path on the VM: the script is not run when it is there. */
  readonly creates: string | null;
  /** A shell command: the script is not run when it exits with 0. */
  readonly unless: string | null;
  /** A shell command: the script is not run when it exits with anything but 0. */
  readonly onlyIf: string | null;
}

export const GUARD_NAMES = ["creates", "unless", "onlyIf"] as const;

export const NO_GUARDS: Guards = { creates: null, unless: null, onlyIf: null };

type Raw = Readonly<Record<string, unknown>>;

/** A guard that is not known or has a problem is `undefined`, and keeps none of the others from being judged. */
export type EachGuard = { readonly [Name in keyof Guards]: Guards[Name] | undefined };

export function readEachGuard(raw: Raw, reader: Reader): EachGuard {
  return {
    creates: readOptionalText("creates", raw.creates, createsProblem, reader),
    unless: readOptionalText("unless", raw.unless, commandProblem, reader),
    onlyIf: readOptionalText("onlyIf", raw.onlyIf, commandProblem, reader),
  };
}

export function readGuards(raw: Raw, reader: Reader): Guards | undefined {
  const { creates, unless, onlyIf } = readEachGuard(raw, reader);
  return creates === undefined || unless === undefined || onlyIf === undefined
    ? undefined
    : { creates, unless, onlyIf };
}

function createsProblem(path: string): string | undefined {
  if (path.trim() === "") {
    return "is blank; give the path of a file on the VM, or leave it out";
  }
  return path.startsWith("/") ? pathProblem(path) : "is no absolute path; begin it with '/'";
}

/** What a shell would put something else for. */
const EXPANDED = ["$", "*", "~"] as const;

/** The runner only looks whether there is a file of this very name. */
export function createsWarnings(path: string): readonly string[] {
  const found = EXPANDED.filter((character) => path.includes(character)).map((character) => `'${character}'`);
  return found.length === 0
    ? []
    : [
        `creates has ${found.join(" and ")} in it, and is taken as it stands: nothing in it is expanded; if that is meant, use unless: "test -e …"`,
      ];
}

const NO_COMMAND = "give a shell command that tells by its exit code, or leave it out";

/** An empty command succeeds: the script would never run, or always. */
function commandProblem(command: string): string | undefined {
  if (command.trim() === "") {
    return `is blank; ${NO_COMMAND}`;
  }
  if (command.split("\n").every((line) => /^\s*(?:#|$)/.test(line))) {
    return `is only a comment, which always succeeds; ${NO_COMMAND}`;
  }
  return command.includes("\0") ? "has a NUL byte; a shell command cannot hold one" : undefined;
}
