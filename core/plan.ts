/** What one deployment will do with a resource, and why. Pure. */

import { isSameVm } from "./arm/invocation";
import { type RunContent, type RunReason, runId } from "./identity";
import type { Desired, Known } from "./inputs/desired-state";
import { canonicalJson } from "./json";
import type { ExecutionState } from "./run/outcome";

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

/** What the state tells of the run that was tried last. */
export interface LastRun {
  readonly key: string;
  /** Grows with each deliberate rerun. */
  readonly generation: number;
  readonly runId: string;
  readonly prior: Pick<Prior, "executionState">;
}

export interface NextRun {
  readonly generation: number;
  readonly reason: RunReason;
  /** Whether the state knows this very run, which had not ended for all that was known. */
  readonly knownRun: boolean;
}

/**
 * The generation and reason of the next run. A run of which it is not known how it ended is the same intent still, as
 * long as what it runs is the same: it is taken up, not started again.
 */
export function nextRun(last: LastRun, content: RunContent | undefined, secrets: readonly string[]): NextRun {
  const { key, generation } = last;
  if (last.prior.executionState === "Unknown" && content !== undefined) {
    const reasons: readonly RunReason[] = ["create", "update"];
    const same = reasons.find((reason) => runId(key, generation, reason, content, secrets) === last.runId);
    if (same !== undefined) {
      return { generation, reason: same, knownRun: true };
    }
  }
  return { generation: generation + 1, reason: "update", knownRun: false };
}
