/**
 * Which inputs are secrets. The provider is given every value in clear, so the program, which knows, tells it the names.
 * Source: tried with engine 3.220.0 (plain values in check, create, update, delete; `initErrors` and logs in clear).
 */
import * as pulumi from "@pulumi/pulumi";
import { isObject } from "../core/json";

/** Names of inputs with texts in them; `parameters` for all of them, or `parameters.NAME`. */
export type SecretInputNames = readonly string[];

/** Inputs with texts of the user's own, in the order in which they are told. */
const WHOLE_NAMES = [
  "triggers",
  "runAsUser",
  "workingDirectory",
  "update",
  "delete",
  "check",
  "creates",
  "unless",
  "onlyIf",
  "rawParameters",
  "replaceTriggers",
] as const;

type Inputs = { readonly [Name in (typeof WHOLE_NAMES)[number]]?: unknown } & {
  readonly script?: unknown;
  readonly parameters?: unknown;
  readonly protectedParameters?: unknown;
  readonly arguments?: unknown;
};

/** Runs in the user's program. Does not wait for values, only for what is known of them. */
export async function secretInputNames(inputs: Inputs): Promise<SecretInputNames> {
  const { parameters } = inputs;
  const candidates: (readonly [string, unknown])[] = [
    ["script", inputs.script],
    ["arguments", inputs.arguments],
    ...(isObject(parameters) && !pulumi.Output.isInstance(parameters) && !(parameters instanceof Promise)
      ? Object.entries(parameters).map(([name, value]) => [`parameters.${name}`, value] as const)
      : [["parameters", parameters] as const]),
    ...WHOLE_NAMES.map((name) => [name, inputs[name]] as const),
  ];
  const secret = await Promise.all(candidates.map(([, value]) => pulumi.isSecret(pulumi.output(value))));
  const names = candidates.filter((_candidate, index) => secret[index]).map(([name]) => name);
  return inputs.protectedParameters === undefined ? names : [...names, "protectedParameters"];
}
