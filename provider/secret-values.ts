/** The values of the inputs that are secrets, by their name or because the program says so (`secretInputs`), and a mask. Pure. */
import { isObject } from "../core/json";
import { type Mask, maskOf } from "../core/secrets/secret-texts";

/** The values that must not be shown, of inputs as the provider is given them. */
export function secretValues(inputs: Record<string, unknown>): readonly string[] {
  const names = Array.isArray(inputs.secretInputs) ? inputs.secretInputs.map(String) : [];
  const parameters = isObject(inputs.parameters) ? Object.entries(inputs.parameters) : [];
  const protectedParameters = isObject(inputs.protectedParameters) ? Object.values(inputs.protectedParameters) : [];
  return [
    ...(names.includes("script") ? [inputs.script] : []),
    ...(names.includes("arguments") && Array.isArray(inputs.arguments) ? inputs.arguments : []),
    ...parameters
      .filter(([name]) => names.includes("parameters") || names.includes(`parameters.${name}`))
      .map(([, value]) => value),
    // What came later is last: the names of runs that are on VMs were made of the others in their order.
    ...protectedParameters,
    ...(names.includes("triggers") ? textsIn(inputs.triggers) : []),
    ...(names.includes("runAsUser") ? textsIn(inputs.runAsUser) : []),
    ...(names.includes("workingDirectory") ? textsIn(inputs.workingDirectory) : []),
    ...LATER_NAMES.flatMap((name) => (names.includes(name) ? textsIn(inputs[name]) : [])),
    ...(names.includes("rawParameters") && Array.isArray(inputs.rawParameters)
      ? inputs.rawParameters.flatMap((parameter) => textsIn(isObject(parameter) ? parameter.value : parameter))
      : []),
  ].map(String);
}

const LATER_NAMES = ["update", "delete", "check", "creates", "unless", "onlyIf", "replaceTriggers"] as const;

/** Most values that are kept. Source: our own choice: a state must not grow with each new password. */
const EARLIER_SECRETS_MAX = 20;

/**
 * Secrets of earlier deployments, the latest first: a script may print, or find in what an earlier one printed, what is no
 * input any more.
 *
 * @returns undefined when there are none.
 */
export function earlierSecrets(
  olds: Record<string, unknown> | undefined,
  news: Record<string, unknown>,
): readonly string[] | undefined {
  const now = secretValues(news);
  const before = olds === undefined ? [] : [...secretValues(olds), ...storedEarlier(olds)];
  const earlier = [...new Set(before.filter((value) => !now.includes(value)))].slice(0, EARLIER_SECRETS_MAX);
  return earlier.length === 0 ? undefined : earlier;
}

function storedEarlier({ earlierSecrets: stored }: Record<string, unknown>): readonly string[] {
  return Array.isArray(stored) ? stored.map(String) : [];
}

/** The texts and numbers in a value, at any depth. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string" || typeof value === "number") {
    return [String(value)];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** @param olds what is stored of the resource, whose secrets must not be shown either. */
export function maskFor(inputs: Record<string, unknown>, olds?: Record<string, unknown>): Mask {
  return maskOf([
    ...secretValues(inputs),
    ...storedEarlier(inputs),
    ...(olds === undefined ? [] : [...secretValues(olds), ...storedEarlier(olds)]),
  ]);
}
