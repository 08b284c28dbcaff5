/** Reads what reaches the VM as text: script, environment variables, arguments. Pure. */
import { SHELL_OWN_NAMES } from "./guest/job-prelude";
import { isGiven, kindOf, type Reader } from "./input";
import { isObject } from "./json";
import { ARGUMENT_MAX_BYTES } from "./limits";

export function readScript(value: unknown, reader: Reader): string | undefined {
  if (!reader.isKnown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    reader.report("script", "is missing; give the text to run, or a Pulumi asset");
    return undefined;
  }
  if (typeof value !== "string") {
    reader.report("script", `is ${kindOf(value)}, expected text`);
    return undefined;
  }
  if (value.trim() === "") {
    // Azure would run its own sample script in its place and report success. Source: Azure/azure-cli#32286.
    reader.report("script", "is empty; give the text to run");
    return undefined;
  }
  const nul = value.indexOf("\0");
  if (nul >= 0) {
    const line = value.slice(0, nul).split("\n").length;
    reader.report(
      "script",
      `has a NUL byte in line ${line}; a shell script cannot hold one (is it a program, or UTF-16 text?)`,
    );
    return undefined;
  }
  return value;
}

type Variables = Readonly<Record<string, string>>;

interface Environment {
  readonly environment: Variables | undefined;
  readonly protectedEnvironment: Variables | undefined;
}

export function readEnvironment(open: unknown, secret: unknown, reader: Reader): Environment {
  const inBoth =
    isObject(open) && isObject(secret) ? Object.keys(secret).filter((name) => Object.hasOwn(open, name)) : [];
  for (const name of inBoth) {
    reader.report(
      "protectedParameters",
      `has ${JSON.stringify(name)}, which 'parameters' has too; give it in one of them`,
    );
  }
  const environment = readVariables("parameters", open, nameProblem, reader);
  const protectedEnvironment = readVariables("protectedParameters", secret, protectedNameProblem, reader);
  return { environment, protectedEnvironment: inBoth.length > 0 ? undefined : protectedEnvironment };
}

type ProblemOf = (name: string) => string | undefined;

function readVariables(property: string, value: unknown, problemOf: ProblemOf, reader: Reader): Variables | undefined {
  if (reader.isUnknown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return {};
  }
  if (!isObject(value)) {
    reader.report(property, `is ${kindOf(value)}, expected a map of names to texts`);
    return undefined;
  }
  const entries = Object.entries(value);
  const problems = entries.flatMap(([name, variable]) => {
    const problem = problemOf(name) ?? (reader.isKnown(variable) ? textProblem(variable) : undefined);
    return problem === undefined ? [] : [`has ${JSON.stringify(name)}, which ${problem}`];
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

function nameProblem(name: string): string | undefined {
  if (!SHELL_NAME.test(name)) {
    return "cannot be the name of an environment variable (letters, digits and '_', not a digit first)";
  }
  return name.startsWith(RESERVED_PREFIX) ? `begins with ${RESERVED_PREFIX}, which is kept for the runner` : undefined;
}

function protectedNameProblem(name: string): string | undefined {
  return SHELL_OWN_NAMES.includes(name)
    ? "is a variable of the shell's own: its value would be visible in the VM's process list; use another name"
    : nameProblem(name);
}

export function readArguments(value: unknown, reader: Reader): readonly string[] | undefined {
  if (reader.isUnknown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return [];
  }
  if (!Array.isArray(value)) {
    reader.report("arguments", `is ${kindOf(value)}, expected a list of texts`);
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
      return `is ${kindOf(value)}, expected text`;
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
