/** Decides what an Update does, from what is wanted and from what the VM tells of earlier runs. Pure. */
import { isSameVm } from "../../core/arm/invocation";
import type { Known } from "../../core/inputs/desired-state";
import { canonicalJson } from "../../core/json";
import { type LastRun, plan } from "../../core/plan";
import type { ListedReceipt } from "../../core/run/list-receipts";
import { type EarlierRun, earlierRuns, goesOn, lastRunOf, runOfRequest, stateOf } from "./receipts";

export type Decision =
  /** An earlier delivery of this very request has begun its run. */
  | { readonly kind: "takeUp"; readonly runId: string; readonly last: string | undefined }
  /** Nothing runs; the answer is what this run of an earlier request printed. */
  | { readonly kind: "show"; readonly runId: string }
  /** Nothing runs, and no earlier run can be shown. */
  | { readonly kind: "nothing" }
  /** `last` is what is known of the newest run; `undefined` where none of this resource has run on this VM. */
  | { readonly kind: "run"; readonly last: LastRun | undefined; readonly because: readonly string[] };

export interface UpdateFacts {
  readonly key: string;
  readonly requestId: string;
  /** Of this key on the VM that is wanted now. */
  readonly receipts: readonly ListedReceipt[];
  /** By reference; `undefined` when the properties of before cannot be read any more. */
  readonly before: Known | undefined;
  /** By reference. */
  readonly wanted: Known;
  /** Whether this Update rolls a failed one back, or may. */
  readonly rollsBack: boolean;
  /** Whether it does, and nothing is to be run for that. */
  readonly skips: boolean;
}

export function decideUpdate(facts: UpdateFacts): Decision {
  const { key, requestId, wanted } = facts;
  const { successExitCodes } = wanted.settings;
  const runs = earlierRuns(facts.receipts);
  const own = runOfRequest(runs, key, requestId);
  if (own !== undefined) {
    return { kind: "takeUp", runId: own.runId, last: own.receipt.last };
  }
  if (facts.skips) {
    return show(runs.find((run) => stateOf(run, successExitCodes) === "Succeeded"));
  }
  const [newest] = runs;
  const last = lastRunOf(key, runs, successExitCodes);
  if (newest === undefined || last === undefined) {
    return { kind: "run", last: undefined, because: [] };
  }
  const because = whyRun(facts, last, newest);
  return because === undefined
    ? show(newest)
    : { kind: "run", last: isReturn(facts) ? ofAnother(last) : last, because };
}

/**
 * Whether it comes back to where it had been, and had left for good. The receipts there are of a resource that was deleted while
 * its VM was off. What is rolled back to, CloudFormation has not deleted yet.
 */
function isReturn({ before, wanted, rollsBack }: UpdateFacts): boolean {
  return (
    !rollsBack &&
    before !== undefined &&
    (!isSameVm(before.target, wanted.target) ||
      canonicalJson(before.replaceTriggers) !== canonicalJson(wanted.replaceTriggers))
  );
}

/** What it tells of a resource counts for none of this one, but for its number. */
function ofAnother(last: LastRun): LastRun {
  return { ...last, prior: { ...last.prior, rebuilt: true } };
}

function show(run: EarlierRun | undefined): Decision {
  return run === undefined ? { kind: "nothing" } : { kind: "show", runId: run.runId };
}

/** @returns undefined when nothing is to be run. */
function whyRun({ before, wanted }: UpdateFacts, last: LastRun, newest: EarlierRun): readonly string[] | undefined {
  if (before === undefined) {
    return ["the properties of before, which cannot be read"];
  }
  if (!isSameVm(before.target, wanted.target)) {
    return ["virtualMachineId"];
  }
  const planned = plan({ ...before, ...last.prior }, wanted);
  switch (planned.action) {
    case "create":
    case "replace":
      return ["replaceTriggers"];
    case "keep":
    case "update":
      return undefined;
    case "rerun":
      // What goes on is no failure yet: it is followed, and not begun a second time.
      return planned.because.length === 0 && goesOn(newest) ? undefined : whatChanged(planned.because, last);
  }
}

function whatChanged(because: readonly string[], { prior }: LastRun): readonly string[] {
  return because.length > 0 ? because : [`the last run, which is ${prior.executionState}`];
}
