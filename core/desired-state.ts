/** From what a user wrote to what is wanted, or every problem at once. Pure; knows neither Pulumi nor CDK. */
import { type ParsedVmId, parseVmId, resourceGroupNameProblem, type VmTarget, vmNameProblem } from "./invocation";
import { isObject } from "./json";
import { ARGUMENT_MAX_BYTES } from "./limits";

/** What a resource wants to be true. A part that is not known yet (its resource does not exist) is `undefined`. */
export interface Desired {
  /** Its subscription is empty when it was named by group and name. */
  readonly target: VmTarget | undefined;
  readonly script: string | undefined;
  readonly environment: Readonly<Record<string, string>> | undefined;
  readonly arguments: readonly string[] | undefined;
  /** Any values; compared, never looked into. `null` when there are none. */
  readonly triggers: unknown;
}

/** A `Desired` of which everything is known. */
export interface Known {
  readonly target: VmTarget;
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
  readonly triggers: unknown;
}

export interface Problem {
  /** The input that has the problem. */
  readonly property: string;
  /** Begins with the input's name, holds no value that could be a secret. */
  readonly sentence: string;
}

export interface ReadDesired {
  readonly desired: Desired;
  readonly problems: readonly Problem[];
}

export interface ReadOptions {
  /** Whether a value stands for one that is not known yet. No rule is applied to such a value. */
  isUnknown(value: unknown): boolean;
}

/** The inputs of a run command, in the order in which they are documented. */
export const INPUT_NAMES = [
  "virtualMachineId",
  "resourceGroupName",
  "vmName",
  "script",
  "parameters",
  "arguments",
  "triggers",
] as const;

/** Reads raw inputs. Finds every problem, not only the first. */
export function readDesired(raw: Readonly<Record<string, unknown>>, options: ReadOptions): ReadDesired {
  const problems: Problem[] = [];
  const report = (property: string, sentence: string) => {
    problems.push({ property, sentence: `${property} ${sentence}` });
  };
  const known = (value: unknown) => !containsUnknown(value, options);
  for (const name of Object.keys(raw).filter((name) => !INPUT_NAMES.some((input) => input === name))) {
    report(name, `is no input of a RunCommand; its inputs are ${INPUT_NAMES.join(", ")}`);
  }
  const desired: Desired = {
    target: readTarget(raw, options, report),
    script: known(raw.script) ? readScript(raw.script, report) : undefined,
    environment: known(raw.parameters) ? readParameters(raw.parameters, report) : undefined,
    arguments: known(raw.arguments) ? readArguments(raw.arguments, report) : undefined,
    triggers: known(raw.triggers) ? (raw.triggers ?? null) : undefined,
  };
  return { desired, problems };
}

/** @returns undefined while something is not known. */
export function whenKnown(desired: Desired): Known | undefined {
  const { target, script, environment, triggers } = desired;
  const values = desired.arguments;
  return target === undefined ||
    script === undefined ||
    environment === undefined ||
    values === undefined ||
    triggers === undefined
    ? undefined
    : { target, script, environment, arguments: values, triggers };
}

type Report = (property: string, sentence: string) => void;

function containsUnknown(value: unknown, options: ReadOptions): boolean {
  if (options.isUnknown(value)) {
    return true;
  }
  if (Array.isArray(value)) {
    return value.some((element) => containsUnknown(element, options));
  }
  return isObject(value) && Object.values(value).some((element) => containsUnknown(element, options));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function readTarget(
  raw: Readonly<Record<string, unknown>>,
  options: ReadOptions,
  report: Report,
): VmTarget | undefined {
  const { virtualMachineId: id, resourceGroupName: group, vmName: name } = raw;
  const byId = isGiven(id);
  const byName = isGiven(group) || isGiven(name);
  if (byId && byName) {
    report("virtualMachineId", "and 'resourceGroupName' with 'vmName' are both given; give one or the other");
    return undefined;
  }
  if (!byId && !byName) {
    report("virtualMachineId", "is missing; give the VM's id, or 'resourceGroupName' and 'vmName'");
    return undefined;
  }
  return byId ? readVmId(id, options, report) : readGroupAndName(group, name, options, report);
}

function readVmId(id: unknown, options: ReadOptions, report: Report): VmTarget | undefined {
  if (options.isUnknown(id)) {
    return undefined;
  }
  const parsed: ParsedVmId =
    typeof id === "string" ? parseVmId(id) : { kind: "problem", problem: `is ${kindOf(id)}, expected text` };
  switch (parsed.kind) {
    case "vm":
      return parsed.target;
    case "problem":
      report("virtualMachineId", parsed.problem);
      return undefined;
  }
}

function readGroupAndName(group: unknown, name: unknown, options: ReadOptions, report: Report): VmTarget | undefined {
  const read = (property: string, value: unknown, other: string, problemOf: (text: string) => string | undefined) => {
    if (options.isUnknown(value)) {
      return undefined;
    }
    if (!isGiven(value)) {
      report(property, `is missing; '${other}' is given, and both are needed`);
      return undefined;
    }
    const problem = typeof value === "string" ? problemOf(value) : `is ${kindOf(value)}, expected text`;
    if (problem !== undefined) {
      report(property, problem);
      return undefined;
    }
    return String(value);
  };
  const resourceGroupName = read("resourceGroupName", group, "vmName", resourceGroupNameProblem);
  const vmName = read("vmName", name, "resourceGroupName", vmNameProblem);
  return resourceGroupName === undefined || vmName === undefined
    ? undefined
    : { subscriptionId: "", resourceGroupName, vmName };
}

function readScript(value: unknown, report: Report): string | undefined {
  if (!isGiven(value)) {
    report("script", "is missing; give the text to run, or a Pulumi asset");
    return undefined;
  }
  if (typeof value !== "string") {
    report("script", `is ${kindOf(value)}, expected text`);
    return undefined;
  }
  if (value.trim() === "") {
    // Azure would run its own sample script in its place and report success. Source: Azure/azure-cli#32286.
    report("script", "is empty; give the text to run");
    return undefined;
  }
  const nul = value.indexOf("\0");
  if (nul >= 0) {
    const line = value.slice(0, nul).split("\n").length;
    report(
      "script",
      `has a NUL byte in line ${line}; a shell script cannot hold one (is it a program, or UTF-16 text?)`,
    );
    return undefined;
  }
  return value;
}

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names that the runner itself gives to a job. */
const RESERVED_PREFIX = "AZURE_RUN_COMMAND_";

function readParameters(value: unknown, report: Report): Readonly<Record<string, string>> | undefined {
  if (!isGiven(value)) {
    return {};
  }
  if (!isObject(value)) {
    report("parameters", `is ${kindOf(value)}, expected a map of names to texts`);
    return undefined;
  }
  const problems = Object.entries(value).flatMap(([name, parameter]) => {
    const problem = parameterNameProblem(name) ?? textProblem(parameter);
    return problem === undefined ? [] : [`has ${JSON.stringify(name)}, which ${problem}`];
  });
  for (const problem of problems) {
    report("parameters", problem);
  }
  return problems.length > 0
    ? undefined
    : Object.fromEntries(Object.entries(value).map(([name, parameter]) => [name, String(parameter)]));
}

function parameterNameProblem(name: string): string | undefined {
  if (!SHELL_NAME.test(name)) {
    return "cannot be the name of an environment variable (letters, digits and '_', not a digit first)";
  }
  return name.startsWith(RESERVED_PREFIX) ? `begins with ${RESERVED_PREFIX}, which is kept for the runner` : undefined;
}

function readArguments(value: unknown, report: Report): readonly string[] | undefined {
  if (!isGiven(value)) {
    return [];
  }
  if (!Array.isArray(value)) {
    report("arguments", `is ${kindOf(value)}, expected a list of texts`);
    return undefined;
  }
  const problems = value.flatMap((argument, index) => {
    const problem = textProblem(argument);
    return problem === undefined ? [] : [`has at position ${index + 1} a value that ${problem}`];
  });
  for (const problem of problems) {
    report("arguments", problem);
  }
  return problems.length > 0 ? undefined : value.map(String);
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

/** What a value is, without the value. */
function kindOf(value: unknown): string {
  if (value === null) {
    return "null";
  }
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "a map" : `a ${typeof value}`;
}
