/** What is stored of a fleet once a deployment has ended. Pure. */
import { vmResourceId } from "../core/arm/invocation";
import type { MemberEnd } from "../core/fleet/execute-fleet";
import type { KnownFleet } from "../core/fleet/fleet-inputs";
import type { FleetPlan, Member, PlannedMember, StoredFleet } from "../core/fleet/fleet-plan";
import { earlierNames, memberNames } from "../core/fleet/member-names";
import type { ExecutedRun } from "../core/run/execute";
import { lastRunAfter } from "../core/run/last-run";
import { isDone, type RunResult } from "../core/run/outcome";
import { memberOutputs } from "./fleet-state";
import { textsOf, textsToKeep } from "./fleet-texts";
import { earlierSecrets } from "./secret-values";
import { clean, type Properties, userInputs } from "./state";
import { hiddenToKeep } from "./stored-outputs";

export interface FleetToRun {
  readonly operation: "create" | "update";
  readonly inputs: Properties;
  readonly known: KnownFleet;
  readonly key: string;
  readonly members: readonly PlannedMember[];
  readonly leaving: FleetPlan["leaving"];
  /** What the state says; undefined at the first run. */
  readonly before: { readonly stored: StoredFleet; readonly properties: Properties } | undefined;
}

/** @returns undefined for one that is gone. */
export function afterEnd(
  { target, before }: PlannedMember,
  end: MemberEnd | undefined,
  fleet: FleetToRun,
): Member | undefined {
  const nothing = { target, last: undefined, endedAs: undefined, exitCode: undefined, due: undefined };
  const member: Member = before === undefined ? nothing : { ...before, target };
  switch (end?.kind) {
    case undefined:
      return member;
    case "gone":
      return undefined;
    case "notTried":
      return { ...member, due: "notTried" };
    case "notRun": {
      const { last } = member;
      const prior = last && { ...last.prior, executionState: "NotStarted" as const };
      return { ...member, due: "failed", exitCode: undefined, last: last && prior && { ...last, prior } };
    }
    case "ran":
      return afterRun(member, end.executed, fleet);
  }
}

/** A script that was not needed has printed nothing, and has no exit code: those of the last one on this VM are what there is. */
function keepsOutput({ outcome, ran }: ExecutedRun): boolean {
  return outcome.result.executionState === "Skipped" && ran.run.purpose !== "create";
}

function afterRun(member: Member, executed: ExecutedRun, { key, known }: FleetToRun): Member {
  const { outcome, ran, vmId } = executed;
  const { result, endedAs } = outcome;
  const { executionState } = result;
  const { work } = known;
  const last = lastRunAfter({
    key,
    run: ran.run,
    runId: ran.name.runId,
    endedAs: endedAs ?? ran.name.runId,
    executionState,
    isDone: outcome.failure === undefined || isDone(executionState, work.settings),
    before: member.last,
  });
  const { target } = member;
  return {
    target,
    last: { ...last, vmId, prior: { ...work, target, ...last.prior } },
    exitCode: keepsOutput(executed) ? member.exitCode : result.exitCode,
    due: undefined,
    endedAs,
  };
}

export function outputsOf(
  { inputs, key, known, before }: FleetToRun,
  members: readonly Member[],
  ends: readonly MemberEnd[],
  runs: readonly PlannedMember[],
): Properties {
  const { settings } = known.work;
  const outputs = memberOutputs(members, settings);
  const targets = members.map(({ target }) => target);
  const names = memberNames(targets);
  const earlier = earlierNames(before?.stored.members.map(({ target }) => target) ?? [], targets);
  const nameOf = new Map(members.map(({ target }, index) => [vmResourceId(target), names[index] ?? ""]));
  const results = new Map<string, RunResult>();
  runs.forEach(({ target }, index) => {
    const end = ends[index];
    if (end?.kind === "ran" && !keepsOutput(end.executed)) {
      results.set(nameOf.get(vmResourceId(target)) ?? "", end.executed.outcome.result);
    }
  });
  return clean({
    ...userInputs(inputs),
    ...hiddenToKeep(inputs),
    key,
    ...outputs,
    ...textsToKeep({ names, failed: outputs.failed, results, before: before?.properties, earlierNames: earlier }),
    checkOutput: textsOf(before?.properties.checkOutput, outputs.drifted, earlier),
    earlierSecrets: earlierSecrets(before?.properties, inputs),
  });
}
