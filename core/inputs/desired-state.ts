/** From what a user wrote to what is wanted, or every problem at once. Pure; knows neither Pulumi nor CDK. */

import type { VmTarget } from "../arm/invocation";
import { isGiven, makeReader, type Problem, type Reader, type ReadOptions } from "./input";
import { type RawCommand, readCommand } from "./input-command";
import { type Guards, readGuards } from "./input-guards";
import { type RunSettings, readRunSettings, readUser, readWorkingDirectory } from "./input-settings";
import { readTarget } from "./input-target";
import { readArguments, readEnvironment, readOtherScript, readScript } from "./input-texts";
import { readTriggers } from "./input-triggers";
import { pastedProblems } from "./pasted";

export type { Problem, ReadOptions } from "./input";
export type { RawCommand } from "./input-command";
export type { Guards } from "./input-guards";
export type { DeleteFailure, Logging, RebootPolicy, RemoveExtension, RunSettings } from "./input-settings";

/** What a resource wants to be true, of which everything is known. */
export interface Known {
  /** Its subscription is empty when it was named by group and name. */
  readonly target: VmTarget;
  /** Empty where one of Azure's other commands is to run. */
  readonly script: string;
  /** One of Azure's commands other than `RunShellScript`; `null` for `script`. */
  readonly command: RawCommand | null;
  /** What runs in place of `script` when something changed and it was a success before; `null` for `script` itself. */
  readonly update: string | null;
  /** What runs on the VM before the resource is taken off it; `null` for nothing. */
  readonly delete: string | null;
  /** What tells by its exit code whether the VM still is as `script` left it; `null` for nothing. */
  readonly check: string | null;
  readonly guards: Guards;
  readonly environment: Readonly<Record<string, string>>;
  /** Environment variables whose values are secrets. No name is in both. */
  readonly protectedEnvironment: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
  /** Any values; compared, never looked into. `null` when there are none. */
  readonly triggers: unknown;
  /** The same; a change of them makes the resource anew. */
  readonly replaceTriggers: unknown;
  /** `null` for root. */
  readonly runAsUser: string | null;
  /** `null` for the user's home. */
  readonly workingDirectory: string | null;
  readonly settings: RunSettings;
}

/** The same while parts of it are not known yet, because what they come from does not exist: those are `undefined`. */
export type Desired = { readonly [Part in keyof Known]: Known[Part] | undefined };

/** What is to be done on a VM, whichever that is. */
export type KnownWork = Omit<Known, "target">;
export type DesiredWork = Omit<Desired, "target">;

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
  "update",
  "delete",
  "check",
  "creates",
  "unless",
  "onlyIf",
  "commandId",
  "rawParameters",
  "parameters",
  "protectedParameters",
  "arguments",
  "triggers",
  "replaceTriggers",
  "runAsUser",
  "workingDirectory",
  "timeoutInSeconds",
  "rebootPolicy",
  "parallelOnVm",
  "successExitCodes",
  "treatFailureAsDeploymentFailure",
  "readyTimeoutInSeconds",
  "outputMaxBytes",
  "logging",
  "deleteFailure",
  "removeExtension",
] as const;

/** Reads raw inputs. Finds every problem, not only the first; other names are passed over (`nameProblems` reports them). */
export function readDesired(raw: Readonly<Record<string, unknown>>, options: ReadOptions): ReadDesired {
  const { reader, problems } = problemReader(raw, INPUT_NAMES, options);
  return { desired: { target: readTarget(raw, reader), ...readWork(raw, reader) }, problems };
}

/** A reader that notes problems, beginning with those that pasted text makes. */
export function problemReader(
  raw: Readonly<Record<string, unknown>>,
  names: readonly string[],
  options: ReadOptions,
): { readonly reader: Reader; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const report = (property: string, sentence: string) => {
    problems.push({ property, sentence: `${property} ${sentence}` });
  };
  for (const property of names) {
    for (const problem of pastedProblems(property, raw[property])) {
      report(property, problem);
    }
  }
  return { reader: makeReader(options, report), problems };
}

/** Reads all inputs but those that name the VM. */
export function readWork(raw: Readonly<Record<string, unknown>>, reader: Reader): DesiredWork {
  return {
    script: isGiven(raw.commandId) ? "" : readScript(raw.script, reader),
    command: readCommand(raw, reader),
    update: readOtherScript("update", raw.update, reader),
    delete: readOtherScript("delete", raw.delete, reader),
    check: readOtherScript("check", raw.check, reader),
    guards: readGuards(raw, reader),
    ...readEnvironment(raw.parameters, raw.protectedParameters, reader),
    arguments: readArguments(raw.arguments, reader),
    triggers: readTriggers("triggers", raw.triggers, reader),
    replaceTriggers: readTriggers("replaceTriggers", raw.replaceTriggers, reader),
    runAsUser: readUser(raw.runAsUser, reader),
    workingDirectory: readWorkingDirectory(raw.workingDirectory, reader),
    settings: readRunSettings(raw, reader),
  };
}

/** @returns undefined while something is not known. */
export function whenKnown(desired: Desired): Known | undefined {
  return areKnown<Known>(desired) ? desired : undefined;
}

/** The same where no VM is asked for. */
export function whenWorkKnown(work: DesiredWork): KnownWork | undefined {
  return areKnown<KnownWork>(work) ? work : undefined;
}

function areKnown<All extends object>(parts: { readonly [Part in keyof All]: All[Part] | undefined }): parts is All {
  return Object.values(parts).every((part) => part !== undefined);
}
