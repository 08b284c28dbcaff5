/** The values of the inputs that are secrets, by their name or because the program says so (`secretInputs`), and a mask. Pure. */
import { isObject } from "../core/json";
import { type Mask, maskOf } from "../core/secret-texts";

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
    // Last: the names of runs that are on VMs were made of the others in their order.
    ...protectedParameters,
  ].map(String);
}

export function maskFor(inputs: Record<string, unknown>): Mask {
  return maskOf(secretValues(inputs));
}
