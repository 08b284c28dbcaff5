/** Says in one line on which VMs of a fleet an update would run something, and why. Pure. */
import type { FleetPlan, Member, MemberCause, PlannedMember } from "../core/fleet/fleet-plan";
import { memberNames } from "../core/fleet/member-names";
import type { DesiredWork } from "../core/inputs/desired-state";
import type { Plan } from "../core/plan";
import { joined, quotedNames } from "../core/words";
import { changes, type News, noScriptRuns } from "./describe-plan";

export interface FleetNews extends Pick<News, "isUnknown"> {
  readonly work: DesiredWork;
}

/** So many names are read; more are counted. Source: our own choice. */
const NAMES_MAX = 3;

/**
 * @param inputs what the inputs ask for, those of the fleet itself too.
 * @returns undefined where the engine itself says all there is to say.
 */
export function describeFleetPlan(plan: FleetPlan, inputs: Plan, news: FleetNews): string | undefined {
  const { members, leaving } = plan;
  if (inputs.action === "replace") {
    return undefined;
  }
  if (members === undefined) {
    const runs = inputs.action === "rerun" ? `; ${runsOn("all of them", members, news)}: ${changed(inputs, news)}` : "";
    return `which VMs are in the fleet is not known yet${runs}`;
  }
  const runs = members.filter(({ cause }) => cause !== undefined);
  if (runs.length === 0 && leaving.length === 0) {
    return inputs.action === "update" ? noScriptRuns(inputs.because, news) : undefined;
  }
  const where =
    runs.length < members.length
      ? `${runs.length} of ${members.length} VMs`
      : members.length === 1
        ? "its only VM"
        : `all ${members.length} VMs`;
  const parts = [
    runs.length === 0 ? undefined : `${runsOn(where, runs, news)}: ${causes(runs, inputs, news)}`,
    leaving.length === 0 ? undefined : describeLeaving(runs.length === 0 ? "an update" : "it", leaving),
  ];
  return parts.filter((part) => part !== undefined).join("; ");
}

function describeLeaving(who: string, leaving: readonly Member[]): string {
  const names = quotedNames(namesOf(leaving), NAMES_MAX);
  return `${who} takes what the fleet left off ${names}, which ${leaving.length === 1 ? "is" : "are"} in it no more`;
}

/** Of an `update` script that is not known yet it is known that it is there. */
function runsOn(where: string, runs: readonly PlannedMember[] | undefined, { work: { update } }: FleetNews): string {
  const isCreated = ({ before, cause }: PlannedMember) =>
    before?.last?.prior.created === true && cause?.kind !== "rebuilt";
  if (update === null || runs?.some(isCreated) === false) {
    return `an update runs the script on ${where}`;
  }
  return runs?.every(isCreated) === true
    ? `an update runs the 'update' script on ${where}`
    : `an update runs the script, or 'update' where it was a success before, on ${where}`;
}

function causes(runs: readonly PlannedMember[], inputs: Plan, news: FleetNews): string {
  const groups = new Map<string, PlannedMember[]>();
  for (const run of runs) {
    const group = groupOf(run.cause);
    groups.set(group, [...(groups.get(group) ?? []), run]);
  }
  const parts = [...groups].map(([group, members]) =>
    group === CHANGED ? changed(inputs, news) : describeGroup(group, members),
  );
  return joined(parts);
}

const CHANGED = "changed";

/** What is said of those of one group: of one, and of many. */
const GROUPS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  new: ["is new", "are new"],
  gone: ["was gone", "were gone"],
  failed: ["failed", "failed"],
  notTried: ["was not tried", "were not tried"],
  unknown: ["ended in a way that is not known", "ended in a way that is not known"],
  drift: ["is not as it should be", "are not as they should be"],
  rebuilt: ["was made anew", "were made anew"],
};

function groupOf(cause: MemberCause | undefined): string {
  switch (cause?.kind) {
    case undefined:
    case "changed":
      return CHANGED;
    case "due":
      return cause.due;
    case "lastRun":
      return cause.executionState === "Unknown" ? "unknown" : "failed";
    case "new":
    case "gone":
    case "drift":
    case "rebuilt":
      return cause.kind;
  }
}

function describeGroup(group: string, members: readonly PlannedMember[]): string {
  const [one, many] = GROUPS[group] ?? [group, group];
  return `${members.length} ${members.length === 1 ? one : many} (${quotedNames(namesOf(members), NAMES_MAX)})`;
}

function namesOf(members: readonly Pick<Member, "target">[]): readonly string[] {
  return memberNames(members.map(({ target }) => target));
}

function changed(inputs: Plan, news: FleetNews): string {
  return inputs.action === "rerun" ? changes(inputs.because, news) : "";
}
