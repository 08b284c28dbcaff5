/** From what a user wrote to what is wanted, or every problem at once. Pure; knows neither Pulumi nor CDK. */

import type { VmTarget } from "../arm/invocation";
import { makeReader, type Problem, type ReadOptions } from "./input";
import { type RunSettings, readRunSettings, readUser, readWorkingDirectory } from "./input-settings";
import { readTarget } from "./input-target";
import { readArguments, readEnvironment, readScript } from "./input-texts";

export type { Problem, ReadOptions } from "./input";
export type { Logging, RebootPolicy, RunSettings } from "./input-settings";

/** What a resource wants to be true. A part that is not known yet (its resource does not exist) is `undefined`. */
export interface Desired {
  /** Its subscription is empty when it was named by group and name. */
  readonly target: VmTarget | undefined;
  readonly script: string | undefined;
  readonly environment: Readonly<Record<string, string>> | undefined;
  /** Environment variables whose values are secrets. No name is in both. */
  readonly protectedEnvironment: Readonly<Record<string, string>> | undefined;
  readonly arguments: readonly string[] | undefined;
  /** Any values; compared, never looked into. `null` when there are none. */
  readonly triggers: unknown;
  /** `null` for root. */
  readonly runAsUser: string | null | undefined;
  /** `null` for the user's home. */
  readonly workingDirectory: string | null | undefined;
  readonly settings: RunSettings | undefined;
}

/** A `Desired` of which everything is known. */
export interface Known {
  readonly target: VmTarget;
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly protectedEnvironment: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
  readonly triggers: unknown;
  readonly runAsUser: string | null;
  readonly workingDirectory: string | null;
  readonly settings: RunSettings;
}

export interface ReadDesired {
  readonly desired: Desired;
  readonly problems: readonly Problem[];
}

/** The inputs of a run command, in the order in which they are documented. */
export const INPUT_NAMES = [
  "virtualMachineId",
  "resourceGroupName",
  "vmName",
  "script",
  "parameters",
  "protectedParameters",
  "arguments",
  "triggers",
  "runAsUser",
  "workingDirectory",
  "timeoutInSeconds",
  "rebootPolicy",
  "outputMaxBytes",
  "logging",
] as const;

/** Reads raw inputs. Finds every problem, not only the first. */
export function readDesired(raw: Readonly<Record<string, unknown>>, options: ReadOptions): ReadDesired {
  const problems: Problem[] = [];
  const reader = makeReader(options, (property, sentence) => {
    problems.push({ property, sentence: `${property} ${sentence}` });
  });
  for (const name of Object.keys(raw).filter((name) => !INPUT_NAMES.some((input) => input === name))) {
    reader.report(name, `is no input of a RunCommand; its inputs are ${INPUT_NAMES.join(", ")}`);
  }
  const desired: Desired = {
    target: readTarget(raw, reader),
    script: readScript(raw.script, reader),
    ...readEnvironment(raw.parameters, raw.protectedParameters, reader),
    arguments: readArguments(raw.arguments, reader),
    triggers: reader.isKnown(raw.triggers) ? (raw.triggers ?? null) : undefined,
    runAsUser: readUser(raw.runAsUser, reader),
    workingDirectory: readWorkingDirectory(raw.workingDirectory, reader),
    settings: readRunSettings(raw, reader),
  };
  return { desired, problems };
}

/** @returns undefined while something is not known. */
export function whenKnown(desired: Desired): Known | undefined {
  return isKnown(desired) ? desired : undefined;
}

function isKnown(desired: Desired): desired is Known {
  return Object.values(desired).every((part) => part !== undefined);
}
