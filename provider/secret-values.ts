/** The values of the inputs that the program named as secrets (`secretInputs`), and a mask for them. Pure. */
import { isObject } from "../core/json";
import { type Mask, maskOf } from "../core/secret-texts";

/** The values that must not be shown, of inputs as the provider is given them. */
export function secretValues(inputs: Record<string, unknown>): readonly string[] {
  const names = Array.isArray(inputs.secretInputs) ? inputs.secretInputs.map(String) : [];
  const parameters = isObject(inputs.parameters) ? Object.entries(inputs.parameters) : [];
  return [
    ...(names.includes("script") ? [inputs.script] : []),
    ...(names.includes("arguments") && Array.isArray(inputs.arguments) ? inputs.arguments : []),
    ...parameters
      .filter(([name]) => names.includes("parameters") || names.includes(`parameters.${name}`))
      .map(([, value]) => value),
  ].map(String);
}

export function maskFor(inputs: Record<string, unknown>): Mask {
  return maskOf(secretValues(inputs));
}
