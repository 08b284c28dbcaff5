/** What the constructors of the resources have in common: hidden inputs, options, scripts. Runs in the user's program. */
import * as pulumi from "@pulumi/pulumi";
import { resourceKey } from "../core/identity";
import { isMap } from "../core/inputs/input";
import { SCRIPT_NAMES } from "../core/inputs/input-texts";
import { readUnsendable } from "../core/inputs/unsendable";
import { isTimeoutsProblem, readCustomTimeouts } from "./custom-timeouts";
import type { ResourceKind } from "./kinds";
import { resolveScript, type UnwrappedScript } from "./script-asset";
import { secretInputNames } from "./secret-inputs";
import { provider } from "./shim";

const MODULE = "azure-run-command";

/** A script: text, or a Pulumi asset (`FileAsset`, `StringAsset`, `RemoteAsset`) with UTF-8 text. */
export type Script = pulumi.Input<string> | pulumi.Input<pulumi.asset.Asset>;

export interface Declared {
  readonly kind: ResourceKind;
  readonly name: string;
  /** What can be sent of what the user gave. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly opts: pulumi.CustomResourceOptions | undefined;
}

type Registered = ConstructorParameters<typeof pulumi.dynamic.Resource>;

export interface Registration {
  /** Names of what the user does not give: inputs that are `undefined` become outputs of the resource object. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** In place of what the user gave, or beside it. @default none */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Kept secret in the state. */
  readonly secretOutputs: readonly string[];
}

/** What the SDK's own constructor is given. */
export function registered(declared: Declared, { outputs, more = {}, secretOutputs }: Registration): Registered {
  const { kind, name, inputs, opts } = declared;
  const all = { ...outputs, ...inputs, ...more, ...hiddenInputs(declared) };
  return [provider, name, all, withOurOptions(opts, [...secretOutputs, "earlierSecrets"]), MODULE, kind];
}

/** The same for a resource that runs scripts of the user's. */
export function registeredScripts(declared: Declared, given: Omit<Registration, "secretOutputs">): Registered {
  const more = { ...scriptInputs(declared.inputs), ...given.more };
  return registered(declared, { ...given, more, secretOutputs: ["protectedParameters"] });
}

/** What the provider is told beside the user's inputs, because the engine does not tell it. */
function hiddenInputs({ kind, name, inputs, opts }: Declared): Record<string, unknown> {
  const urn = pulumi.createUrn(name, `pulumi-nodejs:dynamic/${MODULE}:${kind}`, opts?.parent);
  const customTimeouts = readCustomTimeouts(opts?.customTimeouts);
  return {
    // The key names this resource on the VM for as long as it lives; `check` keeps the first one.
    key: urn.apply(resourceKey),
    // For messages only. An input of the name `urn` would not be sent.
    resourceUrn: urn,
    // Their values are kept out of messages and outputs.
    secretInputs: pulumi.output(secretInputNames(inputs)).apply((names) => (names.length === 0 ? undefined : names)),
    ...(customTimeouts === undefined ? {} : { customTimeouts }),
    // The engine does not tell of it, and a line that says what would run must be true.
    ...(opts?.replaceOnChanges === undefined ? {} : { replaceOnChanges: opts.replaceOnChanges }),
    ...(kind === "RunCommand" ? {} : { kind }),
  };
}

/** Our options under the user's own, which win. */
function withOurOptions(
  opts: pulumi.CustomResourceOptions | undefined,
  additionalSecretOutputs: readonly string[],
): pulumi.CustomResourceOptions {
  const ours = { deleteBeforeReplace: true, additionalSecretOutputs: [...additionalSecretOutputs] };
  // The engine would end the program at a duration that it cannot read; without it, `check` reports the problem.
  const theirs = isTimeoutsProblem(readCustomTimeouts(opts?.customTimeouts)) ? withoutTimeouts(opts) : opts;
  return pulumi.mergeOptions(ours, theirs);
}

function withoutTimeouts(opts: pulumi.CustomResourceOptions | undefined): pulumi.CustomResourceOptions {
  const { customTimeouts: _unreadable, ...others } = opts ?? {};
  return others;
}

/** The inputs of a resource that runs scripts, which are not sent as they are. */
function scriptInputs(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { parameters, protectedParameters } = inputs;
  return {
    ...resolveScripts(SCRIPT_NAMES, inputs),
    ...(parameters === undefined ? {} : { parameters: withoutUndefined(parameters) }),
    ...(protectedParameters === undefined
      ? {}
      : { protectedParameters: pulumi.secret(withoutUndefined(protectedParameters)) }),
  };
}

/** The scripts among the inputs, as text. What cannot be read, or sent, is handed on as what says so. */
function resolveScripts(names: readonly string[], inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = names.filter((name) => inputs[name] !== undefined);
  const resolve = (script: UnwrappedScript) => (readUnsendable(script) === undefined ? resolveScript(script) : script);
  return Object.fromEntries(given.map((name) => [name, pulumi.output(inputs[name] as Script).apply(resolve)]));
}

/** A variable without a value would not be sent, and the script would run without it; `check` reports one that is null. */
function withoutUndefined(parameters: unknown): unknown {
  const isPulumis = pulumi.Output.isInstance(parameters) || pulumi.Resource.isInstance(parameters);
  if (!isMap(parameters) || isPulumis || parameters instanceof Promise) {
    return parameters;
  }
  const orNull = (value: unknown) => (value === undefined ? null : value);
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      pulumi.Output.isInstance(value) || value instanceof Promise ? pulumi.output(value).apply(orNull) : orNull(value),
    ]),
  );
}
