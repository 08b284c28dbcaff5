/** Turns the properties of an event back into the inputs that the core reads. Pure. */
import { type Known, type Problem, readDesired, whenKnown } from "../../core/inputs/desired-state";
import { type RunSettings, readStoredSettings } from "../../core/inputs/input-settings";
import { sizeProblems } from "../../core/inputs/size";
import { canonicalJson, isObject, type JsonObject, textAt } from "../../core/json";
import type { BegunRun } from "../resource-properties";
import { vmIdProblem } from "../vm-id";
import { DeploymentFailure } from "./reason";
import { RESPONSE_MAX_BYTES } from "./response";

/** Scripts that the resource has, by the names of the core and of the properties. */
export const SCRIPT_PROPERTIES = { script: "Script", update: "Update", delete: "Delete" } as const;

export type ScriptName = keyof typeof SCRIPT_PROPERTIES;

/**
 * Most bytes of each stream that are brought back where there is a bucket for them: one look, of 14 minutes at most, has to read
 * all of it, and an Azure operation brings 5.6 kB in 13 s and more. Source: our own choice.
 */
const OUTPUT_FOR_BUCKET_MAX_BYTES = 131_072;

/** What stands for texts that are not in the event: where they are, until they have been read. */
export interface Texts {
  /** The texts of the scripts that have been read. */
  readonly scripts: Readonly<Partial<Record<ScriptName, string>>>;
  /** The values of the protected parameters, by their names. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** For comparing: a script and a secret count as changed when it is another place where they are. */
export const BY_REFERENCE: Texts = { scripts: {}, secrets: {} };

export type ReadInputs =
  | { readonly kind: "known"; readonly known: Known }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

export function readInputs(properties: JsonObject, texts: Texts): ReadInputs {
  const { desired, problems } = readDesired(rawInputs(properties, texts), { isUnknown: () => false });
  const known = whenKnown(desired);
  const all = [...problems.map((problem) => ofOtherCloud(problem, properties)), ...sizeProblems(desired)];
  return known === undefined || all.length > 0 ? { kind: "problems", problems: all } : { kind: "known", known };
}

/** An id that comes from a parameter of the stack, the construct could not look at. */
function ofOtherCloud(problem: Problem, { VirtualMachineId: id }: JsonObject): Problem {
  const found = problem.property === "virtualMachineId" && typeof id === "string" ? vmIdProblem(id) : undefined;
  return found === undefined ? problem : { ...problem, sentence: `virtualMachineId ${found}` };
}

/**
 * @param left what is still true when they cannot be used.
 * @throws DeploymentFailure with every problem.
 */
export function requireInputs(properties: JsonObject, texts: Texts, left: string): Known {
  const read = readInputs(properties, texts);
  if (read.kind === "problems") {
    throw new DeploymentFailure(`${read.problems.map(({ sentence }) => sentence).join("; ")}; ${left}`);
  }
  return read.known;
}

export const NOTHING_WAS_RUN = "nothing was run";

/** Each setting by itself, or its default: for what has to be done whatever else is wrong. */
export function readSettingsOf(properties: JsonObject): RunSettings {
  return readStoredSettings(rawInputs(properties, BY_REFERENCE));
}

/** CloudFormation makes a string of every number and boolean. Source: AWS::CloudFormation::CustomResource. */
function rawInputs(properties: JsonObject, { scripts, secrets }: Texts): JsonObject {
  const text = (name: ScriptName) => scripts[name] ?? textOrPlace(properties[SCRIPT_PROPERTIES[name]]);
  return {
    virtualMachineId: properties.VirtualMachineId,
    script: text("script"),
    update: text("update"),
    delete: text("delete"),
    creates: properties.Creates,
    unless: properties.Unless,
    onlyIf: properties.OnlyIf,
    parameters: properties.Parameters,
    protectedParameters: valuesOrPlaces(properties.ProtectedParameters, secrets),
    arguments: properties.Arguments,
    triggers: properties.Triggers,
    replaceTriggers: properties.ReplaceTriggers,
    runAsUser: properties.RunAsUser,
    workingDirectory: properties.WorkingDirectory,
    timeoutInSeconds: numberOf(properties.TimeoutInSeconds),
    rebootPolicy: properties.RebootPolicy,
    parallelOnVm: flagOf(properties.ParallelOnVm),
    successExitCodes: numbersOf(properties.SuccessExitCodes),
    treatFailureAsDeploymentFailure: flagOf(properties.TreatFailureAsDeploymentFailure),
    readyTimeoutInSeconds: numberOf(properties.ReadyTimeoutInSeconds),
    outputMaxBytes:
      readOptions(properties).outputBucket === undefined ? RESPONSE_MAX_BYTES : OUTPUT_FOR_BUCKET_MAX_BYTES,
    logging: properties.Logging,
    deleteFailure: properties.DeleteFailure,
    removeExtension: properties.RemoveExtension,
  };
}

/** What is only between the construct and the handler. What cannot be read counts as absent. */
export interface ResourceOptions {
  readonly skipsRollback: boolean;
  readonly isSensitive: boolean;
  readonly outputBucket: string | undefined;
  readonly outputNames: readonly string[];
  readonly handsOver: boolean;
  readonly continues: BegunRun | undefined;
  /** How long CloudFormation waits for the answer, in seconds; `undefined` for an hour. */
  readonly serviceTimeoutSeconds: number | undefined;
}

export function readOptions(properties: JsonObject): ResourceOptions {
  const { Rollback, SensitiveOutput, OutputNames, HandsOver, Continues, ServiceTimeout } = properties;
  const serviceTimeout = numberOf(ServiceTimeout);
  return {
    skipsRollback: Rollback === "SKIP",
    isSensitive: flagOf(SensitiveOutput) === true,
    outputBucket: textAt(properties, "OutputBucket"),
    outputNames: Array.isArray(OutputNames) ? OutputNames.map(String) : [],
    handsOver: flagOf(HandsOver) === true,
    continues: begunRun(Continues),
    serviceTimeoutSeconds: typeof serviceTimeout === "number" ? serviceTimeout : undefined,
  };
}

function begunRun(value: unknown): BegunRun | undefined {
  const text = (name: keyof BegunRun) => textAt(value, name) ?? "";
  return isObject(value)
    ? {
        Key: text("Key"),
        RunId: text("RunId"),
        SecretVersions: text("SecretVersions"),
        LastRunId: text("LastRunId"),
        ExecutionState: text("ExecutionState"),
      }
    : undefined;
}

function textOrPlace(source: unknown): unknown {
  return isObject(source) ? (source.Text ?? canonicalJson(source)) : source;
}

function valuesOrPlaces(references: unknown, values: Texts["secrets"]): unknown {
  return isObject(references)
    ? Object.fromEntries(
        Object.entries(references).map(([name, reference]) => [name, values[name] ?? canonicalJson(reference)]),
      )
    : references;
}

/** What is no number stays as it is, and is told of. */
function numberOf(value: unknown): unknown {
  return typeof value === "string" && /^-?[0-9]+([.][0-9]+)?$/.test(value) ? Number(value) : value;
}

function numbersOf(value: unknown): unknown {
  return Array.isArray(value) ? value.map(numberOf) : value;
}

function flagOf(value: unknown): unknown {
  return value === "true" ? true : value === "false" ? false : value;
}
