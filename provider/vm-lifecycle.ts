/** The life of a resource on one VM: `RunCommand` and `RunCommandExtension`. */
import { type Desired, readDesired } from "../core/inputs/desired-state";
import { nextRun, type Plan, plan } from "../core/plan";
import { isDone } from "../core/run/outcome";
import { COMPARE, changedBeyondInputs, type DiffResult, decide, replacedBy, unchanged } from "./comparison";
import { describePlan } from "./describe-plan";
import { refreshed } from "./refresh";
import {
  type CreateResult,
  isUnknownIn,
  type ReadResult,
  type ResourceLifecycle,
  requireComplete,
  tellNothingIsKnown,
  tellPlan,
} from "./resource-lifecycle";
import { runAndStore } from "./run-and-store";
import { secretValues } from "./secret-values";
import { clean, coreInputs, isUnknown, knownInputs, type Properties, readStored, type Stored } from "./state";
import { withNewInputs } from "./stored-outputs";
import { takeOff } from "./take-off";
import { currentWork } from "./work";

export const vmLifecycle: ResourceLifecycle = {
  vmOf: (news) => desiredOf(news).target,
  diff,
  create,
  update,
  read,
  remove,
};

/** Says what an update would do. Asks nothing of the network. */
async function diff(olds: Properties, news: Properties): Promise<DiffResult> {
  const stored = readStored(olds);
  if (stored === undefined) {
    return { changes: true };
  }
  const desired = desiredOf(news);
  const { decided, replacing } = decide(plan(stored.prior, desired), { ownNames: ["customTimeouts"], olds, news });
  await tellPlan(news, replacing, () =>
    describePlan(decided, stored, { desired, isUnknown: isUnknownIn(news), takesUp: takesUp(stored, news) }),
  );
  switch (decided.action) {
    case "keep":
      return unchanged(olds, news);
    case "create":
      return { changes: true };
    case "replace":
      return replacedBy(replacingInputs(decided.because, news));
    case "update":
      return hasStoredInputs(stored) ? COMPARE : { changes: true };
    case "rerun":
      return decided.cause === undefined && hasStoredInputs(stored) ? COMPARE : changedBeyondInputs(replacing);
  }
}

/** What is not known yet makes another run of it. */
function takesUp(stored: Stored, news: Properties): boolean {
  const known = knownInputs(news);
  return known !== undefined && known.command === null && nextRun(stored, known, secretValues(news)).knownRun;
}

/** After an update that failed, the engine keeps the inputs of before it, and would compare with those. */
function hasStoredInputs({ prior }: Stored): boolean {
  return isDone(prior.executionState, prior.settings);
}

/** What the inputs ask for, on the VM of the subscription that is meant now. */
function desiredOf(news: Properties): Desired {
  const { desired } = readDesired(coreInputs(news), { isUnknown });
  const subscription = currentWork().session.settings.subscriptionId;
  return desired.target?.subscriptionId === "" && subscription !== undefined
    ? { ...desired, target: { ...desired.target, subscriptionId: subscription.value } }
    : desired;
}

/** The names under which the user gave what makes it another resource; never none, or nothing would be replaced. */
function replacingInputs(because: Extract<Plan, { action: "replace" }>["because"], news: Properties): string[] {
  const target = ["virtualMachineId", "resourceGroupName", "vmName"].filter((name) => (news[name] ?? null) !== null);
  const names = because.flatMap((name) => (name === "virtualMachineId" ? target : [name]));
  return names.length === 0 ? ["virtualMachineId"] : names;
}

/** Runs the script for the first time, or takes up the run that an interrupted deployment of the same resource began. */
async function create(inputs: Properties): Promise<CreateResult> {
  const key = String(inputs.key);
  const known = requireComplete(knownInputs(inputs), inputs);
  return { id: key, outs: await runAndStore({ operation: "create", inputs, known, key, before: undefined }) };
}

/** Runs a script, when something that it depends on changed, the last run was no success or the VM is not as it should be. */
async function update(id: string, olds: Properties, news: Properties): Promise<{ readonly outs: Properties }> {
  const stored = readStored(olds);
  const operation = "update";
  if (stored === undefined) {
    const known = requireComplete(knownInputs(news), news);
    return { outs: await runAndStore({ operation, inputs: news, known, key: id, before: undefined }) };
  }
  const decided = plan(stored.prior, desiredOf(news));
  if (decided.action === "keep" || decided.action === "update") {
    return { outs: withNewInputs(olds, news) };
  }
  const before = { stored, properties: olds };
  return {
    outs: await runAndStore({
      operation,
      inputs: news,
      known: requireComplete(knownInputs(news), news),
      key: stored.key,
      before,
    }),
  };
}

/** A VM that is gone takes its resource along. One that was made anew, or drifted, is noted. */
async function read(id: string, props: Properties): Promise<ReadResult> {
  const stored = readStored(props);
  if (stored === undefined) {
    return { id, props: clean(props) };
  }
  const found = await refreshed(stored, props).finally(() => currentWork().log.flush());
  return found === undefined ? {} : { id, props: found };
}

/** Takes the resource off its VM, and the extension when no other resource needs it. */
async function remove(props: Properties): Promise<void> {
  const stored = readStored(props);
  return stored === undefined ? tellNothingIsKnown(props) : takeOff(stored, props);
}
