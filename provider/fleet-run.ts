/** Carries out what a deployment is to do with a fleet, and makes of it what is stored. */
import { vmResourceId } from "../core/arm/invocation";
import { describeFailure } from "../core/failures/errors";
import { executeFleetRun, isFailure, type MemberEnd, type NotLeft } from "../core/fleet/execute-fleet";
import type { KnownFleet } from "../core/fleet/fleet-inputs";
import type { FleetPlan, Member, PlannedMember, StoredFleet } from "../core/fleet/fleet-plan";
import type { FleetProgress } from "../core/fleet/fleet-progress";
import { describeFleetFailure, type FailedMember } from "../core/fleet/fleet-sentences";
import { memberNames } from "../core/fleet/member-names";
import { describeShare, vmsIn } from "../core/fleet/share";
import type { ExecutedRun } from "../core/run/execute";
import { lastRunAfter } from "../core/run/last-run";
import { isDone, type RunResult } from "../core/run/outcome";
import { logStreams } from "../core/run/script-log";
import { countVms } from "../core/words";
import { memberOutputs } from "./fleet-state";
import { textsOf, textsToKeep } from "./fleet-texts";
import { fleetWork, leaveVms, reporterOfVm, type SharedWork, withProgress } from "./fleet-work";
import { noteMade } from "./made-here";
import { ProviderError, partialFailure } from "./provider-error";
import { GOES_ON, tellSkip } from "./run-and-store";
import { earlierSecrets } from "./secret-values";
import { clean, type Properties, userInputs } from "./state";
import { hiddenToKeep } from "./stored-outputs";
import { currentWork } from "./work";

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

/**
 * Takes what the fleet left off the VMs that are in it no more, then runs the script where it is to run.
 *
 * @returns the outputs to store.
 * @throws with `properties`, when something can have been done and not all of it was a success.
 */
export async function runFleet(fleet: FleetToRun): Promise<Properties> {
  const { operation, inputs, known, key, members, leaving, before } = fleet;
  const shared = fleetWork({
    key,
    properties: inputs,
    olds: before?.properties,
    targets: [...members, ...leaving].map(({ target }) => target),
    maxConcurrency: known.maxConcurrency,
    operation,
  });
  const { mask } = shared.owner;
  const notLeft = await leaveVms(leaving, shared);
  const runs = members.filter(({ cause }) => cause !== undefined);
  const ends = await run(runs, fleet, shared);
  const endOf = new Map(runs.map((member, index) => [member, ends[index]] as const));
  const now = [
    ...members.map((member) => afterEnd(member, endOf.get(member), fleet)),
    ...notLeft.map(({ member }) => member),
  ];
  const outs = outputsOf(fleet, now, ends, runs);
  await currentWork().log.flush();
  const sentence = sentenceOf(fleet, { runs, ends, notLeft, shared });
  if (sentence === undefined) {
    return outs;
  }
  const hasDoneSomething = leaving.length > 0 || ends.some((end) => end.kind === "ran");
  // Nothing is known that the state does not say already.
  throw hasDoneSomething ? partialFailure(key, outs, inputs, mask(sentence)) : new ProviderError(mask(sentence));
}

function run(
  runs: readonly PlannedMember[],
  { operation, known, key, members }: FleetToRun,
  shared: SharedWork,
): Promise<readonly MemberEnd[]> {
  const { settings } = known.work;
  const { reporter, nameOf, owner } = shared;
  const ran = ({ target }: PlannedMember, { outcome }: ExecutedRun, onEach: FleetProgress["onEach"]) => {
    if (operation === "create") {
      noteMade(key, target);
    }
    tellSkip(outcome, target.vmName, onEach);
    logStreams(outcome.result, settings, reporterOfVm(nameOf({ target }), reporter));
    if (outcome.failure !== undefined && isDone(outcome.result.executionState, settings)) {
      const sentence = describeFailure(outcome.failure, true, "run", outcome.evidence);
      onEach.warn(owner.mask(`${sentence}; ${GOES_ON}`));
    }
  };
  return withProgress(runs.length, shared, async (progress) => {
    const { underWay } = currentWork();
    const one = { where: () => countVms(progress.underWayCount), reporter };
    underWay.add(one);
    return executeFleetRun(runs, {
      ...shared,
      work: known.work,
      maxErrors: vmsIn(known.maxErrors, members.length),
      progress,
      ran: (member, executed) => ran(member, executed, progress.onEach),
    }).finally(() => underWay.delete(one));
  });
}

function afterEnd({ target, before }: PlannedMember, end: MemberEnd | undefined, fleet: FleetToRun): Member {
  const nothing = { target, last: undefined, endedAs: undefined, exitCode: undefined, due: undefined };
  const member: Member = before === undefined ? nothing : { ...before, target };
  switch (end?.kind) {
    case undefined:
      return member;
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

function afterRun(member: Member, { outcome, ran, vmId }: ExecutedRun, { key, known }: FleetToRun): Member {
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
  // A script that was not needed has no exit code: that of the last one is what there is.
  const isSkipped = executionState === "Skipped" && ran.run.purpose !== "create";
  return {
    target,
    last: { ...last, vmId, prior: { ...work, target, ...last.prior } },
    exitCode: isSkipped ? member.exitCode : result.exitCode,
    due: undefined,
    endedAs,
  };
}

function outputsOf(
  { inputs, key, known, before }: FleetToRun,
  members: readonly Member[],
  ends: readonly MemberEnd[],
  runs: readonly PlannedMember[],
): Properties {
  const { settings } = known.work;
  const outputs = memberOutputs(members, settings);
  const names = memberNames(members.map(({ target }) => target));
  const nameOf = new Map(members.map(({ target }, index) => [vmResourceId(target), names[index] ?? ""]));
  const results = new Map<string, RunResult>();
  runs.forEach(({ target }, index) => {
    const end = ends[index];
    // A script that was not needed has printed nothing: what the last one printed is what there is.
    if (end?.kind === "ran" && end.executed.outcome.result.executionState !== "Skipped") {
      results.set(nameOf.get(vmResourceId(target)) ?? "", end.executed.outcome.result);
    }
  });
  return clean({
    ...userInputs(inputs),
    ...hiddenToKeep(inputs),
    key,
    ...outputs,
    ...textsToKeep({ names, failed: outputs.failed, results, before: before?.properties }),
    checkOutput: textsOf(before?.properties.checkOutput, outputs.drifted),
    earlierSecrets: earlierSecrets(before?.properties, inputs),
  });
}

interface Came {
  readonly runs: readonly PlannedMember[];
  readonly ends: readonly MemberEnd[];
  readonly notLeft: readonly NotLeft[];
  readonly shared: SharedWork;
}

/** @returns undefined where all is well. */
function sentenceOf(
  { known, members }: FleetToRun,
  { runs, ends, notLeft, shared: { nameOf, timeLimit } }: Came,
): string | undefined {
  const failed: FailedMember[] = [];
  const notTried: string[] = [];
  let why: Extract<MemberEnd, { kind: "notTried" }>["why"] | undefined;
  ends.forEach((end, index) => {
    const member = runs[index];
    const name = member === undefined ? "" : nameOf(member);
    if (end.kind === "notTried") {
      why ??= end.why;
      notTried.push(name);
    } else if (isFailure(end, known.work)) {
      failed.push({ name, ...whyFailed(end) });
    }
  });
  if (failed.length === 0 && notTried.length === 0 && notLeft.length === 0) {
    return undefined;
  }
  return describeFleetFailure({
    vms: runs.length,
    failed,
    notTried: why === undefined ? undefined : { names: notTried, why },
    notLeft: notLeft.map(({ member, sentence }) => ({ name: nameOf(member), sentence })),
    maxErrors: describeShare(known.maxErrors, members.length),
    seconds: timeLimit?.seconds,
  });
}

function whyFailed(end: Exclude<MemberEnd, { kind: "notTried" }>): Omit<FailedMember, "name"> {
  if (end.kind === "notRun") {
    return end;
  }
  const { failure, evidence = [] } = end.executed.outcome;
  return { sentence: failure === undefined ? "" : describeFailure(failure, true), evidence };
}
