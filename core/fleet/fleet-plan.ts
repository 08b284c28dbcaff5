/** What one deployment will do with the VMs of a fleet, and why. Pure. */
import { caselessVmId, type VmTarget } from "../arm/invocation";
import type { KnownWork } from "../inputs/desired-state";
import { type Cause, causeOf, type KnownRuns, type Plan, plan } from "../plan";
import type { DesiredFleet } from "./fleet-inputs";

/** One VM of a fleet, as the state knows it. */
export interface Member {
  readonly target: VmTarget;
  /** `undefined` where nothing has run yet. */
  readonly last: KnownRuns | undefined;
  /** The run that came to an end, when a restart of the VM had made it another than the last. */
  readonly endedAs: string | undefined;
  /** The exit code of the last run; `undefined` where there was none, or it is not known. */
  readonly exitCode: number | undefined;
  /** What the last deployment was to run there, and has not. */
  readonly due: Due | undefined;
}

/** It could not be run there, or the fleet had stopped before. */
export type Due = "failed" | "notTried";

export interface StoredFleet {
  readonly key: string;
  readonly work: KnownWork;
  /** In the order in which they are run on; those that are to leave, and could not yet, are among them. */
  readonly members: readonly Member[];
  /** VMs that were not found when they were last looked at, by their caseless ids: they may still be named. */
  readonly gone: readonly string[];
}

export type MemberCause =
  | { readonly kind: "new" }
  /** It had left the fleet, since it was not found. */
  | { readonly kind: "gone" }
  | { readonly kind: "due"; readonly due: Due }
  /** An input that all VMs have in common. */
  | { readonly kind: "changed" }
  | Cause;

export interface PlannedMember {
  readonly target: VmTarget;
  readonly before: Member | undefined;
  /** Why something runs there; `undefined` where nothing does. */
  readonly cause: MemberCause | undefined;
}

export interface FleetPlan {
  /** What the inputs alone ask for, of all VMs alike. */
  readonly inputs: Plan;
  /** `undefined` while it is not known which VMs they are. */
  readonly members: readonly PlannedMember[] | undefined;
  /** Those that are in the fleet no more. */
  readonly leaving: readonly Member[];
}

export function planFleet(prior: StoredFleet, desired: DesiredFleet): FleetPlan {
  const inputs = planInputs(prior.work, desired);
  const { targets } = desired;
  if (targets === undefined) {
    return { inputs, members: undefined, leaving: [] };
  }
  const before = new Map(prior.members.map((member) => [caselessVmId(member.target), member]));
  const now = new Set(targets.map(caselessVmId));
  const gone = new Set(prior.gone);
  const plannedOf = (target: VmTarget): PlannedMember => {
    const id = caselessVmId(target);
    return gone.has(id)
      ? { target, before: undefined, cause: { kind: "gone" } }
      : planMember(target, before.get(id), inputs, desired);
  };
  return {
    inputs,
    members: targets.map(plannedOf),
    leaving: prior.members.filter(({ target }) => !now.has(caselessVmId(target))),
  };
}

/** The members that a fleet has from nothing. */
export function newMembers(targets: readonly VmTarget[]): readonly PlannedMember[] {
  return targets.map((target) => ({ target, before: undefined, cause: { kind: "new" } }));
}

/** Any VM will do: it is the same before and after, and nothing is wrong with it. */
const ANY_VM: VmTarget = { subscriptionId: "", resourceGroupName: "", vmName: "" };

function planInputs(work: KnownWork, { work: desired }: DesiredFleet): Plan {
  const unharmed = { executionState: "Succeeded", created: true, driftCheckId: null, rebuilt: false } as const;
  return plan({ ...work, ...unharmed, target: ANY_VM }, { ...desired, target: ANY_VM });
}

function planMember(
  target: VmTarget,
  before: Member | undefined,
  inputs: Plan,
  { work: { settings } }: DesiredFleet,
): PlannedMember {
  const changed = inputs.action === "rerun" ? ({ kind: "changed" } as const) : undefined;
  return { target, before, cause: causeOfMember(before, settings) ?? changed };
}

function causeOfMember(
  before: Member | undefined,
  settings: DesiredFleet["work"]["settings"],
): MemberCause | undefined {
  if (before?.due !== undefined) {
    return { kind: "due", due: before.due };
  }
  return before?.last === undefined ? { kind: "new" } : causeOf(before.last.prior, { settings });
}
