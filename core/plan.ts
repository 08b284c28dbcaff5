/** What one deployment will do with a resource, and why. Pure. */
import type { Desired, Known } from "./desired-state";
import { isSameVm } from "./invocation";
import { canonicalJson } from "./json";
import type { ExecutionState } from "./outcome";

export type Plan =
  | { readonly action: "create" }
  | { readonly action: "keep" }
  /** Runs the script again. `lastRun` is set when the inputs alone would not ask for it. */
  | { readonly action: "rerun"; readonly because: readonly string[]; readonly lastRun: ExecutionState | undefined }
  | { readonly action: "replace"; readonly because: readonly string[] };

/** What was tried last, and how it ended. */
export interface Prior extends Known {
  readonly executionState: ExecutionState;
}

/** `because` names inputs. Something that is not known yet counts as changed: the VM too, since a new VM has a new disk. */
export function plan(prior: Prior | undefined, desired: Desired): Plan {
  if (prior === undefined) {
    return { action: "create" };
  }
  if (desired.target === undefined || !isSameVm(prior.target, desired.target)) {
    return { action: "replace", because: ["virtualMachineId"] };
  }
  const because = changedContent(prior, desired);
  const failed = prior.executionState !== "Succeeded";
  if (because.length === 0 && !failed) {
    return { action: "keep" };
  }
  return { action: "rerun", because, lastRun: failed ? prior.executionState : undefined };
}

/** The settings are not among them: how a run is watched and told of does not change what it did. */
function changedContent(prior: Prior, desired: Desired): readonly string[] {
  const differs = (a: unknown, b: unknown) => b === undefined || canonicalJson(a) !== canonicalJson(b);
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["script", prior.script, desired.script],
    ["parameters", prior.environment, desired.environment],
    ["protectedParameters", prior.protectedEnvironment, desired.protectedEnvironment],
    ["arguments", prior.arguments, desired.arguments],
    ["triggers", prior.triggers, desired.triggers],
    ["runAsUser", prior.runAsUser, desired.runAsUser],
    ["workingDirectory", prior.workingDirectory, desired.workingDirectory],
  ];
  return pairs.filter(([, before, after]) => differs(before, after)).map(([name]) => name);
}
