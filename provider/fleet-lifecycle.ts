/** The life of a `RunCommandFleet`: one script on many VMs. */
import { caselessVmId } from "../core/arm/invocation";
import { type DesiredFleet, readFleet, whenFleetKnown } from "../core/fleet/fleet-inputs";
import { type FleetPlan, newMembers, planFleet, type StoredFleet } from "../core/fleet/fleet-plan";
import { describeNotLeft } from "../core/fleet/fleet-sentences";
import { causeOf, type Plan } from "../core/plan";
import { COMPARE, changedBeyondInputs, type DiffResult, decide, isSame, replacedBy, unchanged } from "./comparison";
import { describeFleetPlan } from "./describe-fleet-plan";
import { refreshedFleet } from "./fleet-refresh";
import { runFleet } from "./fleet-run";
import { readStoredFleet, storedConcurrency, storedIds } from "./fleet-state";
import { fleetWork, leaveVms, withProgress } from "./fleet-work";
import { tellTakenOver, wasMadeHere } from "./made-here";
import { ProviderError } from "./provider-error";
import {
  type CreateResult,
  isUnknownIn,
  type ReadResult,
  type ResourceLifecycle,
  requireComplete,
  tellNothingIsKnown,
  tellPlan,
} from "./resource-lifecycle";
import { clean, isUnknown, type Properties } from "./state";
import { withNewInputs } from "./stored-outputs";
import { currentWork } from "./work";

export const fleetLifecycle: ResourceLifecycle = { vmOf: () => undefined, diff, create, update, read, remove };

/** Inputs that say which VMs, and how they are gone through. */
const LIST_NAMES = ["virtualMachineIds", "scaleSetId", "members"] as const;
const OWN_NAMES = [...LIST_NAMES, "maxConcurrency", "maxErrors", "customTimeouts"];

/** Says what an update would do. Asks nothing of the network. */
async function diff(olds: Properties, news: Properties): Promise<DiffResult> {
  const stored = readStoredFleet(olds);
  if (stored === undefined) {
    return { changes: true };
  }
  const desired = desiredOf(news);
  const plan = planFleet(stored, desired);
  const { decided, replacing } = decide(plan.inputs, { ownNames: OWN_NAMES, olds, news });
  await tellPlan(news, replacing, () =>
    describeFleetPlan(plan, decided, { work: desired.work, isUnknown: isUnknownIn(news) }),
  );
  return resultOf(
    plan,
    decided,
    () => (isSettled(stored, olds) ? COMPARE : changedBeyondInputs(replacing)),
    () => unchanged(olds, news),
  );
}

function resultOf(plan: FleetPlan, inputs: Plan, changed: () => DiffResult, same: () => DiffResult): DiffResult {
  switch (inputs.action) {
    case "replace":
      return replacedBy(inputs.because);
    case "create":
    case "update":
    case "rerun":
      return changed();
    case "keep":
      return isToDo(plan) ? changed() : same();
  }
}

function isToDo({ members, leaving }: FleetPlan): boolean {
  return members === undefined || leaving.length > 0 || members.some(({ cause }) => cause !== undefined);
}

/** Whether all that the last deployment was to do is done: else the engine would not see that there is anything to do. */
function isSettled({ members, work }: StoredFleet, olds: Properties): boolean {
  const ids = new Set(storedIds(olds).map((id) => id.toLowerCase()));
  const isDone = ({ target, last, due }: StoredFleet["members"][number]) =>
    due === undefined && last !== undefined && causeOf(last.prior, work) === undefined && ids.has(caselessVmId(target));
  return members.length === ids.size && members.every(isDone);
}

function desiredOf(news: Properties): DesiredFleet {
  return readFleet(news, { isUnknown }).desired;
}

/** Runs the script everywhere for the first time, or takes up the runs that an interrupted deployment began. */
async function create(inputs: Properties): Promise<CreateResult> {
  const key = String(inputs.key);
  const known = requireComplete(whenFleetKnown(desiredOf(inputs)), inputs);
  const members = newMembers(known.targets);
  return {
    id: key,
    outs: await runFleet({ operation: "create", inputs, known, key, members, leaving: [], before: undefined }),
  };
}

/** Runs the script where something changed, where it was not done yet, and where it is new; leaves what is in it no more. */
async function update(id: string, olds: Properties, news: Properties): Promise<{ readonly outs: Properties }> {
  const operation = "update";
  const known = requireComplete(whenFleetKnown(desiredOf(news)), news);
  const stored = readStoredFleet(olds);
  if (stored === undefined) {
    const members = newMembers(known.targets);
    return {
      outs: await runFleet({ operation, inputs: news, known, key: id, members, leaving: [], before: undefined }),
    };
  }
  const { members = [], leaving, ...plan } = planFleet(stored, known);
  if (!isToDo({ ...plan, members, leaving }) && LIST_NAMES.every((name) => isSame(name, olds, news))) {
    return { outs: withNewInputs(olds, news) };
  }
  const before = { stored, properties: olds };
  return { outs: await runFleet({ operation, inputs: news, known, key: stored.key, members, leaving, before }) };
}

/** VMs that are gone leave the fleet, which stays, even without any. Those that were made anew, or drifted, are noted. */
async function read(id: string, props: Properties): Promise<ReadResult> {
  const stored = readStoredFleet(props);
  return stored === undefined
    ? { id, props: clean(props) }
    : { id, props: await refreshedFleet(stored, props).finally(() => currentWork().log.flush()) };
}

/** Takes the fleet off its VMs, and the extension where no other resource needs it. */
async function remove(props: Properties): Promise<void> {
  const stored = readStoredFleet(props);
  if (stored === undefined) {
    return tellNothingIsKnown(props);
  }
  const { key, work, members } = stored;
  const shared = fleetWork({
    key,
    properties: props,
    targets: members.map(({ target }) => target),
    maxConcurrency: storedConcurrency(props),
    operation: "delete",
  });
  const takenOver = members.filter(({ target }) => wasMadeHere(key, target));
  await withProgress(takenOver.length, shared, async ({ onEach }) => {
    for (const { target } of takenOver) tellTakenOver(target.vmName, work.delete, onEach);
  });
  const own = members.filter((member) => !takenOver.includes(member));
  const notLeft = await leaveVms(own, shared).finally(() => currentWork().log.flush());
  const sentence = describeNotLeft({
    notLeft: notLeft.map(({ member, sentence }) => ({ name: shared.nameOf(member), sentence })),
  });
  if (sentence !== undefined) {
    throw new ProviderError(shared.owner.mask(sentence));
  }
}
