/** Carries out what a deployment is to do with a fleet. */
import { describeFailure } from "../core/failures/errors";
import { executeFleetRun, isFailure, type MemberEnd } from "../core/fleet/execute-fleet";
import type { NotLeft } from "../core/fleet/execute-fleet-removal";
import type { PlannedMember } from "../core/fleet/fleet-plan";
import type { FleetProgress } from "../core/fleet/fleet-progress";
import { describeFleetFailure, describeGone, type FailedMember } from "../core/fleet/fleet-sentences";
import { describeShare, vmsAtOnce, vmsIn } from "../core/fleet/share";
import { isGiven } from "../core/inputs/input";
import type { ExecutedRun } from "../core/run/execute";
import { isDone } from "../core/run/outcome";
import { logStreams } from "../core/run/script-log";
import { countVms } from "../core/words";
import { afterEnd, type FleetToRun, outputsOf } from "./fleet-outs";
import { fleetWork, leaveVms, reporterOfVm, type SharedWork, withProgress } from "./fleet-work";
import { noteMade } from "./made-here";
import { ProviderError, partialFailure } from "./provider-error";
import { GOES_ON, tellSkip } from "./run-and-store";
import type { Properties } from "./state";
import { currentWork } from "./work";

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
  const atOnce = (vms: number) => ({ ...shared, maxConcurrency: vmsAtOnce(known.maxConcurrency, vms) });
  const notLeft = await leaveVms(leaving, atOnce(leaving.length));
  const runs = members.filter(({ cause }) => cause !== undefined);
  const ends = await run(runs, fleet, atOnce(members.length));
  const endOf = new Map(runs.map((member, index) => [member, ends[index]] as const));
  const now = [
    ...members.flatMap((member) => afterEnd(member, endOf.get(member), fleet) ?? []),
    ...notLeft.map(({ member }) => member),
  ];
  const outs = outputsOf(fleet, now, ends, runs);
  await currentWork().log.flush();
  const sentence = sentenceOf(fleet, { runs, ends, notLeft, shared });
  if (sentence === undefined) {
    return outs;
  }
  const hasDoneSomething = leaving.length > 0 || ends.some(({ kind }) => kind === "ran" || kind === "gone");
  // Nothing is known that the state does not say already.
  throw hasDoneSomething ? partialFailure(key, outs, inputs, mask(sentence)) : new ProviderError(mask(sentence));
}

function run(
  runs: readonly PlannedMember[],
  { operation, inputs, known, key, members }: FleetToRun,
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
    const ends = await executeFleetRun(runs, {
      ...shared,
      work: known.work,
      maxErrors: vmsIn(known.maxErrors, members.length),
      progress,
      // Of the first VM it is stored.
      leavesWhenGone: isGiven(inputs.scaleSetId),
      usesOutputOf: (member) => member === members[0] || settings.logging !== "none",
      ran: (member, executed) => ran(member, executed, progress.onEach),
    }).finally(() => underWay.delete(one));
    runs.forEach((member, index) => {
      if (ends[index]?.kind === "gone") progress.onEach.info(describeGone(nameOf(member)));
    });
    return ends;
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
    if (end.kind === "gone") {
      return;
    }
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

function whyFailed(end: Extract<MemberEnd, { kind: "ran" | "notRun" }>): Omit<FailedMember, "name"> {
  if (end.kind === "notRun") {
    return end;
  }
  const { failure, evidence = [] } = end.executed.outcome;
  return { sentence: failure === undefined ? "" : describeFailure(failure, true), evidence };
}
