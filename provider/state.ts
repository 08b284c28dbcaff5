/** What Pulumi's state says of a resource, and the one function through which everything leaves the provider. Pure. */
import { parseVmId } from "../core/arm/vm-id";
import { FLEET_INPUT_NAMES } from "../core/fleet/fleet-inputs";
import {
  INPUT_NAMES,
  type Known,
  type KnownWork,
  readDesired,
  readWork,
  whenKnown,
} from "../core/inputs/desired-state";
import { makeReader } from "../core/inputs/input";
import { readStoredSettings } from "../core/inputs/input-settings";
import { isObject } from "../core/json";
import type { KnownRuns, Prior } from "../core/plan";
import { EXECUTION_STATES, type ExecutionState } from "../core/run/outcome";
import { kindOf, PROBE_SCRIPT, type ResourceKind } from "./kinds";

export type Properties = Record<string, unknown>;

/** The stand-in for a value that is not known yet. Source: seen in `check` and `diff` of the real engine, 3.220.0. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isUnknown(value: unknown): boolean {
  return value === UNKNOWN;
}

/** Inputs that the constructor adds, and the one that Pulumi adds. */
export const HIDDEN_NAMES: readonly string[] = [
  "key",
  "kind",
  "members",
  "resourceUrn",
  "secretInputs",
  "customTimeouts",
  "replaceOnChanges",
  "__provider",
];

/** The inputs as the user wrote them. */
export function userInputs(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(([name, value]) => !HIDDEN_NAMES.includes(name) && value !== undefined),
  );
}

/** The inputs as the core reads them, which knows of scripts only. */
export function coreInputs(properties: Properties): Properties {
  const inputs = userInputs(properties);
  switch (kindOf(properties)) {
    case "RunCommand":
    case "RunCommandFleet":
      return inputs;
    case "RunCommandExtension":
      return { ...inputs, script: PROBE_SCRIPT };
  }
}

/** What the state of a resource on one VM says. */
export interface Stored extends KnownRuns {
  readonly kind: ResourceKind;
  /** What the `check` script printed that found drift; undefined when none did. */
  readonly drift: { readonly exitCode: number | undefined; readonly output: string } | undefined;
}

/** What is not an input of the user's. */
export function withoutInputs(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !isInput(name)));
}

function isInput(name: string): boolean {
  return INPUT_NAMES.some((input) => input === name) || FLEET_INPUT_NAMES.includes(name);
}

/**
 * What an older version stored counts too: an input that it did not know has its default. So does what a newer version
 * stored: whatever is there of inputs and of the end of the last run, the resource can be deleted.
 *
 * @returns undefined when the properties are not those of a resource that was created.
 */
export function readStored(properties: Properties): Stored | undefined {
  const { key, generation, runId, virtualMachineId, executionState } = properties;
  const vm = typeof virtualMachineId === "string" ? parseVmId(virtualMachineId) : undefined;
  if (
    typeof key !== "string" ||
    typeof generation !== "number" ||
    typeof runId !== "string" ||
    typeof executionState !== "string" ||
    vm?.kind !== "vm"
  ) {
    return undefined;
  }
  const { created, driftCheckId, rebuilt, scriptRunId, vmId, checkExitCode, checkOutput } = properties;
  const state = readExecutionState(executionState);
  // Before there was an `update` script, every run was one of `script`, and every success one of its own.
  const isOfFirstVersion = typeof created !== "boolean";
  const prior: Prior = {
    ...readStoredWork(properties),
    target: vm.target,
    executionState: state,
    created: isOfFirstVersion ? state === "Succeeded" : created,
    driftCheckId: textOrNull(driftCheckId),
    rebuilt: rebuilt === true,
  };
  const exitCode = typeof checkExitCode === "number" ? checkExitCode : undefined;
  return {
    prior,
    key,
    generation,
    runId,
    kind: kindOf(properties),
    scriptRunId: isOfFirstVersion ? runId : (textOrNull(scriptRunId) ?? undefined),
    vmId: textOrNull(vmId) ?? undefined,
    drift: prior.driftCheckId === null ? undefined : { exitCode, output: textOrNull(checkOutput) ?? "" },
  };
}

export function readExecutionState(text: unknown): ExecutionState {
  return EXECUTION_STATES.find((known) => known === text) ?? "Unknown";
}

/** It does not matter whether another version allows what this one does not. */
export function readStoredWork(properties: Properties): KnownWork {
  const inputs = Object.fromEntries(Object.entries(coreInputs(properties)).filter(([name]) => isInput(name)));
  const desired = readWork(
    inputs,
    makeReader({ isUnknown: () => false }, () => {}),
  );
  const { commandId } = inputs;
  return {
    script: desired.script ?? textOrNull(inputs.script) ?? "",
    command: desired.command ?? (typeof commandId === "string" ? { commandId, parameters: [] } : null),
    update: desired.update ?? textOrNull(inputs.update),
    delete: desired.delete ?? textOrNull(inputs.delete),
    check: desired.check ?? textOrNull(inputs.check),
    guards: desired.guards ?? {
      creates: textOrNull(inputs.creates),
      unless: textOrNull(inputs.unless),
      onlyIf: textOrNull(inputs.onlyIf),
    },
    environment: desired.environment ?? variablesIn(inputs.parameters),
    protectedEnvironment: desired.protectedEnvironment ?? variablesIn(inputs.protectedParameters),
    arguments: desired.arguments ?? (Array.isArray(inputs.arguments) ? inputs.arguments.map(String) : []),
    triggers: desired.triggers ?? inputs.triggers ?? null,
    replaceTriggers: desired.replaceTriggers ?? inputs.replaceTriggers ?? null,
    runAsUser: desired.runAsUser ?? textOrNull(inputs.runAsUser),
    workingDirectory: desired.workingDirectory ?? textOrNull(inputs.workingDirectory),
    settings: desired.settings ?? readStoredSettings(inputs),
  };
}

function variablesIn(map: unknown): Record<string, string> {
  return isObject(map) ? Object.fromEntries(Object.entries(map).map(([name, value]) => [name, String(value)])) : {};
}

export function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/**
 * Everything that leaves the provider goes through here: an `undefined` at any depth makes the engine lose the resource
 * ("Unexpected struct type.") or hang. Source: seen with engine 3.220.0 and SDK 3.270.0.
 */
export function clean(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, cleanValue(value)]),
  );
}

function cleanValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => (element === undefined ? null : cleanValue(element)));
  }
  return typeof value === "object" && value !== null ? clean(value as Properties) : value;
}

/** What a deployment of known inputs would run. */
export function knownInputs(properties: Properties): Known | undefined {
  return whenKnown(readDesired(coreInputs(properties), { isUnknown }).desired);
}
