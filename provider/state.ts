/** What is kept of a resource in Pulumi's state, and the one function through which everything leaves the provider. Pure. */

import { parseVmId, type VmTarget, vmResourceId } from "../core/arm/invocation";
import { INPUT_NAMES, type Known, readDesired, whenKnown } from "../core/inputs/desired-state";
import { DEFAULT_SETTINGS } from "../core/inputs/input-settings";
import type { LastRun, Prior } from "../core/plan";
import { EXECUTION_STATES, type RunResult } from "../core/run/outcome";
import { MASK } from "../core/secrets/secret-texts";
import { secretValues } from "./secret-values";

export type Properties = Record<string, unknown>;

/** The stand-in for a value that is not known yet. Source: seen in `check` and `diff` of the real engine, 3.220.0. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isUnknown(value: unknown): boolean {
  return value === UNKNOWN;
}

/** Inputs that the constructor adds, and the one that Pulumi adds. */
const HIDDEN_NAMES: readonly string[] = ["key", "resourceUrn", "secretInputs", "__provider"];

/** The inputs as the user wrote them. */
export function userInputs(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(([name, value]) => !HIDDEN_NAMES.includes(name) && value !== undefined),
  );
}

/** What the state of a resource says. */
export interface Stored extends LastRun {
  readonly prior: Prior;
}

/** What is not an input of the user's. */
export function withoutInputs(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !isInput(name)));
}

function isInput(name: string): boolean {
  return INPUT_NAMES.some((input) => input === name);
}

/**
 * What an older version stored counts too: an input that it did not know has its default.
 *
 * @returns undefined when the properties are not those of a resource that was created.
 */
export function readStored(properties: Properties): Stored | undefined {
  const { key, generation, runId, virtualMachineId, executionState } = properties;
  const vm = typeof virtualMachineId === "string" ? parseVmId(virtualMachineId) : undefined;
  const state = EXECUTION_STATES.find((known) => known === executionState);
  const inputs = Object.fromEntries(Object.entries(properties).filter(([name]) => isInput(name)));
  const { resourceGroupName: _group, vmName: _name, ...content } = inputs;
  const { desired } = readDesired(content, { isUnknown: () => false });
  // How the last run was watched does not matter any more: whatever is stored of it, the resource can be deleted.
  // Nor does it matter whether another version allows the user and the folder.
  const known = whenKnown({
    ...desired,
    runAsUser: desired.runAsUser ?? textOrNull(inputs.runAsUser),
    workingDirectory: desired.workingDirectory ?? textOrNull(inputs.workingDirectory),
    settings: desired.settings ?? DEFAULT_SETTINGS,
  });
  if (
    typeof key !== "string" ||
    typeof generation !== "number" ||
    typeof runId !== "string" ||
    vm?.kind !== "vm" ||
    state === undefined ||
    known === undefined
  ) {
    return undefined;
  }
  return { prior: { ...known, target: vm.target, executionState: state }, key, generation, runId };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

export interface Tried {
  readonly inputs: Properties;
  readonly key: string;
  readonly generation: number;
  readonly runId: string;
  readonly target: VmTarget;
  readonly vmId: string | undefined;
  readonly result: RunResult;
}

/** The outputs to store: what was tried last, and how it ended. */
export function storedOutputs(tried: Tried): Properties {
  const { inputs, key, generation, runId, target, vmId, result } = tried;
  return clean({
    ...userInputs(inputs),
    resourceUrn: inputs.resourceUrn,
    virtualMachineId: vmResourceId(target),
    vmId,
    key,
    generation,
    runId,
    ...withoutTellingDigests(result, secretValues(inputs).length > 0),
  });
}

/** The digest of a stream with a secret in it would let everybody who sees it try values until one fits. */
function withoutTellingDigests(result: RunResult, hasSecrets: boolean): RunResult {
  const tells = (text: string | undefined, truncated: boolean | undefined) =>
    hasSecrets && (truncated === true || text?.includes(MASK) === true);
  return {
    ...result,
    stdoutSha256: tells(result.stdout, result.stdoutTruncated) ? undefined : result.stdoutSha256,
    stderrSha256: tells(result.stderr, result.stderrTruncated) ? undefined : result.stderrSha256,
  };
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
  return whenKnown(readDesired(userInputs(properties), { isUnknown }).desired);
}
