/** What one deployment will do with a resource, and why. Pure. */

import { isSameVm } from "./arm/invocation";
import { type Purpose, type RunContent, runId } from "./identity";
import type { Desired, Known, RawCommand } from "./inputs/desired-state";
import { NO_GUARDS } from "./inputs/input-guards";
import { SETTING_NAMES } from "./inputs/input-settings";
import { canonicalJson } from "./json";
import { type ExecutionState, isDone } from "./run/outcome";

export type Plan =
  | { readonly action: "create" }
  | { readonly action: "keep" }
  /** Runs nothing: only what is stored changes. */
  | { readonly action: "update"; readonly because: readonly string[] }
  /** Runs a script. `cause` is set when the inputs alone would not ask for it. */
  | { readonly action: "rerun"; readonly because: readonly string[]; readonly cause: Cause | undefined }
  | { readonly action: "replace"; readonly because: readonly string[] };

export type Cause =
  /** The last run was no success. */
  | { readonly kind: "lastRun"; readonly executionState: ExecutionState }
  /** A refresh ran the `check` script, which said that the VM is not as it should be. */
  | { readonly kind: "drift" }
  /** A refresh found another VM under the same name. */
  | { readonly kind: "rebuilt" };

/** What was tried last, and what is known of it now. */
export interface Prior extends Known {
  readonly executionState: ExecutionState;
  /** Whether `script` was ever a success on this VM. */
  readonly created: boolean;
  /** Names the check that found the VM not as it should be; `null` when none did. */
  readonly driftCheckId: string | null;
  /** Whether the VM under this name is another one than that on which the script ran. */
  readonly rebuilt: boolean;
}

/** `because` names inputs. Something that is not known yet counts as changed: the VM too, since a new VM has a new disk. */
export function plan(prior: Prior | undefined, desired: Desired): Plan {
  if (prior === undefined) {
    return { action: "create" };
  }
  const replaces = changed(prior, desired, REPLACING);
  const isOtherVm = desired.target === undefined || !isSameVm(prior.target, desired.target);
  if (isOtherVm || isOtherKind(prior, desired) || replaces.length > 0) {
    const kinds = isOtherKind(prior, desired) ? ["commandId"] : [];
    return { action: "replace", because: [...(isOtherVm ? ["virtualMachineId"] : []), ...kinds, ...replaces] };
  }
  const because = changed(prior, desired, CONTENT);
  const cause = causeOf(prior, desired);
  if (because.length > 0 || cause !== undefined) {
    return { action: "rerun", because, cause };
  }
  const stored = changed(prior, desired, STORED);
  return stored.length > 0 ? { action: "update", because: stored } : { action: "keep" };
}

/**
 * What else than changed inputs asks for a run. Another VM under the name comes first: nothing that is known of the old one
 * counts there.
 */
export function causeOf(
  prior: Pick<Prior, "executionState" | "driftCheckId" | "rebuilt" | "settings">,
  desired: Pick<Desired, "settings">,
): Cause | undefined {
  if (prior.rebuilt) {
    return { kind: "rebuilt" };
  }
  if (!isDone(prior.executionState, desired.settings ?? prior.settings)) {
    return { kind: "lastRun", executionState: prior.executionState };
  }
  return prior.driftCheckId === null ? undefined : { kind: "drift" };
}

/** A script leaves receipts on the VM, another of Azure's commands none. */
function isOtherKind(prior: Prior, desired: Desired): boolean {
  return desired.command !== undefined && (desired.command === null) !== (prior.command === null);
}

type Compared = readonly (readonly [name: string, part: (known: Desired) => unknown])[];

const REPLACING: Compared = [["replaceTriggers", (known) => known.replaceTriggers]];

/** What a run does depends on these. */
const CONTENT: Compared = [
  ["script", (known) => known.script],
  ["commandId", (known) => partOfCommand(known, "commandId")],
  ["rawParameters", (known) => partOfCommand(known, "parameters")],
  ["parameters", (known) => known.environment],
  ["protectedParameters", (known) => known.protectedEnvironment],
  ["arguments", (known) => known.arguments],
  ["triggers", (known) => known.triggers],
  ["runAsUser", (known) => known.runAsUser],
  ["workingDirectory", (known) => known.workingDirectory],
];

/** What counts from the next run on. */
const STORED: Compared = [
  ["update", (known) => known.update],
  ["delete", (known) => known.delete],
  ["check", (known) => known.check],
  ...(["creates", "unless", "onlyIf"] as const).map(
    (name) => [name, (known: Desired) => known.guards?.[name]] as const,
  ),
  ...SETTING_NAMES.map((name) => [name, (known: Desired) => known.settings?.[name]] as const),
];

function partOfCommand({ command }: Desired, part: keyof RawCommand): unknown {
  return command === undefined ? undefined : (command?.[part] ?? null);
}

function changed(prior: Prior, desired: Desired, compared: Compared): readonly string[] {
  const differs = (before: unknown, after: unknown) =>
    after === undefined || canonicalJson(before) !== canonicalJson(after);
  return compared.filter(([, part]) => differs(part(prior), part(desired))).map(([name]) => name);
}

/** What the state tells of the run that was tried last. */
export interface LastRun {
  readonly key: string;
  /** Grows with each deliberate rerun. */
  readonly generation: number;
  readonly runId: string;
  /** The last run of `script` itself that was not skipped. */
  readonly scriptRunId: string | undefined;
  readonly prior: Pick<Prior, "executionState" | "created" | "driftCheckId" | "rebuilt">;
}

/** All that a state tells of a resource on one VM. */
export interface KnownRuns extends LastRun {
  readonly prior: Prior;
  /** The GUID of the VM that the last run was on; undefined when Azure did not say. */
  readonly vmId: string | undefined;
}

/** One run, as it is decided before anything is sent. */
export interface NextRun {
  readonly generation: number;
  readonly purpose: Purpose;
  /** Which of the resource's scripts runs. */
  readonly runs: "script" | "update" | "delete" | "check";
  readonly content: RunContent;
  /** The run whose output it can read; `undefined` when it is the first. */
  readonly last: string | undefined;
  /** Whether the state knows this very run, which had not ended for all that was known. */
  readonly knownRun: boolean;
}

/** The first run of a resource. */
export function firstRun(known: Known): NextRun {
  return decide(known, { generation: 1, purpose: "create", runs: "script" });
}

/**
 * The next run of a resource whose inputs changed, whose last run was no success, or whose VM is not as it should be.
 *
 * A run of which it is not known how it ended is the same intent still, as long as what it runs is the same: it is taken
 * up, not started again.
 */
export function nextRun(last: LastRun, known: Known, secrets: readonly string[]): NextRun {
  const { prior, scriptRunId } = last;
  if (prior.executionState === "Unknown" && !prior.rebuilt) {
    const same = everyRunOf(last, known).find(
      (run) => runId(last.key, run.generation, run.purpose, run.content, secrets) === last.runId,
    );
    if (same !== undefined) {
      return { ...same, knownRun: true };
    }
  }
  const generation = last.generation + 1;
  if (prior.rebuilt) {
    return runOnRebuiltVm(known, generation);
  }
  const runs = prior.created && known.update !== null ? "update" : "script";
  return prior.driftCheckId === null
    ? decide(known, { generation, purpose: "update", runs, last: scriptRunId })
    : decide(known, { generation, purpose: "repair", runs, last: scriptRunId, occasion: prior.driftCheckId });
}

/** The run of a resource whose VM turns out to be another one under the same name. */
export function runOnRebuiltVm(known: Known, generation: number): NextRun {
  return decide(known, { generation, purpose: "create", runs: "script" });
}

/** Whatever the last deployment may have sent of these inputs. */
function everyRunOf({ generation, scriptRunId: last, prior }: LastRun, known: Known): readonly NextRun[] {
  const texts = known.update === null ? (["script"] as const) : (["script", "update"] as const);
  return [
    decide(known, { generation, purpose: "create", runs: "script" }),
    ...texts.flatMap((runs) => [
      decide(known, { generation, purpose: "update", runs, last }),
      decide(known, { generation, purpose: "repair", runs, last, occasion: prior.driftCheckId }),
    ]),
  ];
}

/** The run of the `delete` or the `check` script, beside those that raise the generation. */
export function besideRun(last: LastRun, known: Known, runs: "delete" | "check", occasion: string | null): NextRun {
  return decide(known, { generation: last.generation, purpose: runs, runs, last: last.scriptRunId, occasion });
}

interface Decision {
  readonly generation: number;
  readonly purpose: Purpose;
  readonly runs: NextRun["runs"];
  readonly last?: string | undefined;
  readonly occasion?: string | null;
}

/** Guards say when `script` is not needed; what is to be mended is needed whatever they say. */
function decide(known: Known, { generation, purpose, runs, last, occasion = null }: Decision): NextRun {
  const guards = runs === "script" && purpose !== "repair" ? known.guards : NO_GUARDS;
  const { environment, protectedEnvironment, triggers, replaceTriggers, runAsUser, workingDirectory } = known;
  const content: RunContent = {
    script: known[runs] ?? "",
    guards,
    environment,
    protectedEnvironment,
    arguments: known.arguments,
    triggers,
    replaceTriggers,
    runAsUser,
    workingDirectory,
    occasion,
  };
  return { generation, purpose, runs, content, last, knownRun: false };
}
