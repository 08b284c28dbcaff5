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
  ].map(String);
}

/** The texts and numbers in a value, at any depth. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string" || typeof value === "number") {
    return [String(value)];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

export function maskFor(inputs: Record<string, unknown>): Mask {
  return maskOf(secretValues(inputs));
}
