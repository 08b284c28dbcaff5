/** What is wrong with the props of a run command, and what is to be heeded, in the words of the Pulumi half. */
import { Token } from "aws-cdk-lib";
import { type Problem, readDesired } from "../core/inputs/desired-state";
import { sizeProblems } from "../core/inputs/size";
import { ownProblems } from "./own-problems";
import { warningsOf } from "./prop-warnings";
import type { AzureRunCommandProps } from "./run-command-props";
import type { RunCommandScriptConfig } from "./script";
import { vmIdProblem } from "./vm-id";
import type { Warning } from "./warning";

/** The scripts of a run command, by the prop. */
export interface BoundScripts {
  readonly script: RunCommandScriptConfig;
  readonly update: RunCommandScriptConfig | undefined;
  readonly delete: RunCommandScriptConfig | undefined;
}

export interface CheckedProps {
  /** Finished sentences, each beginning with the prop. */
  readonly problems: readonly string[];
  readonly warnings: readonly Warning[];
}

/** Stands for what is known only when the script runs. */
const UNKNOWN = Symbol("known later");

/** Tokens are not judged. */
export function checkProps(props: AzureRunCommandProps, scripts: BoundScripts): CheckedProps {
  const texts = {
    script: textOf(scripts.script),
    update: textOf(scripts.update),
    delete: textOf(scripts.delete),
  };
  return { problems: problemsOf(props, texts), warnings: warningsOf(props, texts) };
}

/**
 * What else is wrong with props of which some cannot be used. The texts of scripts are not judged, since nothing is bound.
 *
 * @param unusable of these nothing is said.
 */
export function problemsBeside(
  props: Partial<AzureRunCommandProps>,
  unusable: readonly (keyof AzureRunCommandProps)[],
): readonly string[] {
  const others = Object.entries(props).filter(([name]) => !unusable.some((other) => other === name));
  return problemsOf(Object.fromEntries(others), { script: UNKNOWN, update: UNKNOWN, delete: UNKNOWN });
}

function problemsOf(
  props: Partial<AzureRunCommandProps>,
  texts: { readonly [Name in keyof BoundScripts]: unknown },
): readonly string[] {
  const isUnknown = (value: unknown) => value === UNKNOWN || Token.isUnresolved(value);
  const { desired, problems } = readDesired({ ...rawOf(props), ...texts }, { isUnknown });
  const inOurWords = ({ property, sentence }: Problem) =>
    property === "virtualMachineId" ? vmProblem(props) : sentence;
  return [...ownProblems(props), ...[...problems, ...sizeProblems(desired)].map(inOurWords)];
}

/** The VM has one prop here. */
function vmProblem({ vm }: Partial<AzureRunCommandProps>): string {
  return `vm ${vmIdProblem(vm?.virtualMachineId ?? "")}`;
}

function textOf(script: RunCommandScriptConfig | undefined): unknown {
  return script === undefined ? undefined : (script.text ?? UNKNOWN);
}

/** Durations are judged by `ownProblems`. */
function rawOf(props: Partial<AzureRunCommandProps>): Readonly<Record<string, unknown>> {
  const { vm, timeout, readyTimeout, parameters, protectedParameters, ...others } = props;
  return {
    ...others,
    virtualMachineId: vm?.virtualMachineId ?? UNKNOWN,
    parameters: withNames(parameters, (value) => value),
    protectedParameters: withNames(protectedParameters, () => UNKNOWN),
  };
}

/** Without the names that are tokens, of which `ownProblems` tells. */
function withNames(map: Readonly<Record<string, unknown>> | undefined, rawValue: (value: unknown) => unknown): unknown {
  const entries = Object.entries(map ?? {}).filter(([name]) => !Token.isUnresolved(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, rawValue(value)]));
}
