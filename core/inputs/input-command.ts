/** Reads which of Azure's commands is to run in place of a script. Pure. */
import { isGiven, isMap, kindOf, type Reader, readOptionalText, wrongKind } from "./input";

/** One of Azure's commands other than `RunShellScript`: of how it ends on the VM, Azure tells nothing. */
export interface RawCommand {
  readonly commandId: string;
  /** In their order, as Azure is given them: it pastes the values unquoted into shell text. */
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

/** What our runner does on the VM, which is not there when Azure runs a command of its own. */
const NOT_WITH_COMMAND = [
  "update",
  "delete",
  "check",
  "creates",
  "unless",
  "onlyIf",
  "parameters",
  "protectedParameters",
  "arguments",
  "runAsUser",
  "workingDirectory",
  "timeoutInSeconds",
  "rebootPolicy",
  "parallelOnVm",
  "successExitCodes",
  "treatFailureAsDeploymentFailure",
  "deleteFailure",
] as const;

type Raw = Readonly<Record<string, unknown>>;

/** @returns null when there is none. */
export function readCommand(raw: Raw, reader: Reader): RawCommand | null | undefined {
  const parameters = readRawParameters(raw.rawParameters, reader);
  if (!isGiven(raw.commandId)) {
    if (isGiven(raw.rawParameters)) {
      reader.report("rawParameters", "is only for 'commandId', which is not given; a script is given 'parameters'");
    }
    return null;
  }
  reportOthers(raw, reader);
  const commandId = readOptionalText(
    "commandId",
    raw.commandId,
    idProblem,
    reader,
    "text: the id of one of Azure's commands",
  );
  return typeof commandId !== "string" || parameters === undefined ? undefined : { commandId, parameters };
}

function reportOthers(raw: Raw, reader: Reader): void {
  if (isGiven(raw.script)) {
    reader.report("commandId", "and 'script' are both given; give one or the other");
  }
  const others = NOT_WITH_COMMAND.filter((name) => isGiven(raw[name]));
  if (others.length > 0) {
    reader.report(
      "commandId",
      `runs Azure's own command, of which no exit code and no process is known; leave out ${others.map((name) => `'${name}'`).join(", ")}`,
    );
  }
}

/** Which ids there are, Azure says for each location. Source: Learn, "Run scripts in your Linux VM by using action Run Commands". */
function idProblem(id: string): string | undefined {
  if (id.trim() === "") {
    return "is blank; give the id of one of Azure's commands, or 'script' in its place";
  }
  switch (id.toLowerCase()) {
    case "runshellscript":
      return "is RunShellScript, which runs a script; give 'script' instead, and its exit code and whole output are known";
    case "removeruncommandlinuxextension":
      return "is RemoveRunCommandLinuxExtension, which would remove what runs it; use the resource RunCommandExtension, or 'removeExtension'";
    default:
      return /[\s\0]/.test(id) ? "has a blank or a NUL byte, which no id of Azure's commands has" : undefined;
  }
}

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function readRawParameters(value: unknown, reader: Reader): RawCommand["parameters"] | undefined {
  if (reader.isUnknown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return [];
  }
  if (!Array.isArray(value)) {
    const how = isMap(value) ? '; write { a: "b" } as [{ name: "a", value: "b" }]' : "";
    reader.report("rawParameters", `${wrongKind(value, "a list of names and values")}${how}`);
    return undefined;
  }
  const problems = value.flatMap((parameter: unknown, index) => {
    const problem = parameterProblem(parameter, reader);
    return problem === undefined ? [] : [`has at position ${index + 1} ${problem}`];
  });
  for (const problem of problems) {
    reader.report("rawParameters", problem);
  }
  return problems.length > 0 || !reader.isKnown(value)
    ? undefined
    : value.map((parameter: { name: unknown; value: unknown }) => ({
        name: String(parameter.name),
        value: String(parameter.value),
      }));
}

function parameterProblem(parameter: unknown, reader: Reader): string | undefined {
  if (reader.isUnknown(parameter)) {
    return undefined;
  }
  if (!isMap(parameter)) {
    return `a value that ${wrongKind(parameter, "{ name, value }")}`;
  }
  if (Object.keys(parameter).some((key) => key !== "name" && key !== "value")) {
    return "a map with something else than 'name' and 'value'";
  }
  const { name, value } = parameter;
  if (!reader.isUnknown(name) && (typeof name !== "string" || !SHELL_NAME.test(name))) {
    return "a name that cannot be one of a shell variable (letters, digits and '_', not a digit first)";
  }
  const shown = typeof name === "string" ? `the value of ${JSON.stringify(name)}` : "a value";
  if (!reader.isKnown(value) || typeof value === "number" || typeof value === "boolean") {
    return undefined;
  }
  if (!isGiven(value)) {
    return `${shown}, which is ${kindOf(value)}, expected text`;
  }
  if (typeof value !== "string") {
    return `${shown}, which ${wrongKind(value, "text")}`;
  }
  return value.includes("\0") ? `${shown}, which has a NUL byte; the shell cannot hold one` : undefined;
}
