/** Reads what reaches the VM as text: script, environment variables, arguments. Pure. */
import { SHELL_OWN_NAMES } from "../guest/job-prelude";
import { ARGUMENT_MAX_BYTES } from "../limits";
import { isGiven, isMap, type Reader, readOptionalText, wrongKind } from "./input";

/** The scripts of a resource beside `script`, which need not be there. */
export const OTHER_SCRIPT_NAMES = ["update", "delete", "check"] as const;

export const SCRIPT_NAMES = ["script", ...OTHER_SCRIPT_NAMES] as const;

export type ScriptName = (typeof SCRIPT_NAMES)[number];

export function readScript(value: unknown, reader: Reader): string | undefined {
  if (!isGiven(value)) {
    reader.report("script", "is missing; give the text to run, or a Pulumi asset");
    return undefined;
  }
  return readOtherScript("script", value, reader) ?? undefined;
}

/** A script that need not be there. @returns null when there is none. */
export function readOtherScript(property: ScriptName, value: unknown, reader: Reader): string | null | undefined {
  return readOptionalText(property, value, (text) => scriptProblem(property, text), reader, "text or a Pulumi asset");
}

function scriptProblem(property: ScriptName, text: string): string | undefined {
  if (text.trim() === "") {
    // Azure would run its own sample script in its place and report success. Source: Azure/azure-cli#32286.
    return `is empty; give the text to run${property === "script" ? "" : ", or leave it out"}`;
  }
  const nul = text.indexOf("\0");
  if (nul < 0) {
    return undefined;
  }
  const line = text.slice(0, nul).split("\n").length;
  return `has a NUL byte in line ${line}; a shell script cannot hold one (is it a program, or UTF-16 text?)`;
}

type Variables = Readonly<Record<string, string>>;

interface Environment {
  readonly environment: Variables | undefined;
  readonly protectedEnvironment: Variables | undefined;
}

export function readEnvironment(open: unknown, secret: unknown, reader: Reader): Environment {
  const inBoth = isMap(open) && isMap(secret) ? Object.keys(secret).filter((name) => Object.hasOwn(open, name)) : [];
  for (const name of inBoth) {
    reader.report(
      "protectedParameters",
      `has ${JSON.stringify(name)}, which 'parameters' has too; give it in one of them`,
    );
  }
  const environment = readVariables("parameters", open, openVariableProblem, reader);
  const protectedEnvironment = readVariables("protectedParameters", secret, protectedVariableProblem, reader);
  return { environment, protectedEnvironment: inBoth.length > 0 ? undefined : protectedEnvironment };
}

/** @returns a sentence without the values, which goes on after the input's name. */
type VariableProblem = (name: string, names: readonly string[]) => string | undefined;

function readVariables(
  property: string,
  value: unknown,
  problemOf: VariableProblem,
  reader: Reader,
): Variables | undefined {
  if (reader.isUnknown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return {};
  }
  if (!isMap(value)) {
    reader.report(property, wrongKind(value, "a map of names to texts"));
    return undefined;
  }
  const entries = Object.entries(value);
  const names = Object.keys(value).sort();
  const problems = entries.flatMap(([name, variable]) => {
    const found = reader.isKnown(variable) ? valueProblem(variable) : undefined;
    return problemOf(name, names) ?? (found === undefined ? [] : [named(name, found)]);
  });
  for (const problem of problems) {
    reader.report(property, problem);
  }
  return problems.length > 0 || !reader.isKnown(value)
    ? undefined
    : Object.fromEntries(entries.map(([name, variable]) => [name, String(variable)]));
}

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names that the runner itself gives to a job. */
const RESERVED_PREFIX = "AZURE_RUN_COMMAND_";

const NO_NAME = "cannot be the name of an environment variable (letters, digits and '_', not a digit first)";

function named(name: string, problem: string): string {
  return `has ${JSON.stringify(name)}, which ${problem}`;
}

function openVariableProblem(name: string): string | undefined {
  return SHELL_NAME.test(name) ? reservedProblem(name) : named(name, NO_NAME);
}

/** A map that is written the wrong way round has its secrets as names: what looks like no name is not shown. */
function protectedVariableProblem(name: string, names: readonly string[]): string | undefined {
  if (!SHELL_NAME.test(name)) {
    return `has a name that ${NO_NAME}; it is number ${names.indexOf(name) + 1} of ${names.length} in alphabetical order, and not shown since it may be a secret (is the map written the wrong way round?)`;
  }
  return SHELL_OWN_NAMES.includes(name)
    ? named(
        name,
        "is a variable of the shell's own: its value would be visible in the VM's process list; use another name",
      )
    : reservedProblem(name);
}

function reservedProblem(name: string): string | undefined {
  return name.startsWith(RESERVED_PREFIX)
    ? named(name, `begins with ${RESERVED_PREFIX}, which is kept for the runner; use another name`)
    : undefined;
}

export function readArguments(value: unknown, reader: Reader): readonly string[] | undefined {
  if (reader.isUnknown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return [];
  }
  if (!Array.isArray(value)) {
    reader.report("arguments", wrongKind(value, "a list of texts"));
    return undefined;
  }
  const problems = value.flatMap((argument, index) => {
    const problem = reader.isKnown(argument) ? textProblem(argument) : undefined;
    return problem === undefined ? [] : [`has at position ${index + 1} a value that ${problem}`];
  });
  for (const problem of problems) {
    reader.report("arguments", problem);
  }
  return problems.length > 0 || !reader.isKnown(value) ? undefined : value.map(String);
}

/** In a map, the program's `undefined` has become `null` on its way here. */
function valueProblem(value: unknown): string | undefined {
  return isGiven(value) ? textProblem(value) : "is undefined or null, expected text; give it a value or leave it out";
}

function textProblem(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return stringProblem(value);
    case "number":
    case "boolean":
      return undefined;
    case "bigint":
    case "symbol":
    case "undefined":
    case "object":
    case "function":
      return wrongKind(value, "text");
  }
}

function stringProblem(text: string): string | undefined {
  if (text.includes("\0")) {
    return "has a NUL byte; the shell cannot hold one";
  }
  const bytes = Buffer.byteLength(text);
  return bytes > ARGUMENT_MAX_BYTES
    ? `has ${bytes} bytes; Linux gives a program at most ${ARGUMENT_MAX_BYTES} in one text`
    : undefined;
}
