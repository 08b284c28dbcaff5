/**
 * What the engine asks of a `RunCommand`: check, diff, create, read, update, delete.
 *
 * The serialised shim in every state calls these functions by name with these arguments. Both are a contract for all
 * time: a state of today must still be deletable by every later version.
 */

import { lookUpVm } from "../core/arm/virtual-machine";
import { describeFailure } from "../core/failures/errors";
import { runId } from "../core/identity";
import { type Desired, INPUT_NAMES, type Known, type Problem, readDesired } from "../core/inputs/desired-state";
import { sizeProblem } from "../core/inputs/size";
import { isObject } from "../core/json";
import type { Reporter } from "../core/outside";
import { type NextRun, nextRun, type Plan, plan } from "../core/plan";
import { executeRun } from "../core/run/execute";
import { executeDelete } from "../core/run/execute-delete";
import { ProviderError, withSentences } from "./provider-error";
import { logStreams } from "./script-log";
import { maskFor, secretValues } from "./secret-values";
import {
  clean,
  isUnknown,
  knownInputs,
  type Properties,
  readStored,
  storedOutputs,
  userInputs,
  withoutInputs,
} from "./state";
import { type ConfigureRequest, currentWork, takeConfiguration } from "./work";

/** The engine calls this before anything else, but does not wait for it in refresh and destroy: it only takes notes. */
export async function configure(request: ConfigureRequest): Promise<void> {
  takeConfiguration(request);
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly { readonly property: string; readonly reason: string }[];
}

/** Finds every problem of the inputs. Asks nothing of the network. */
export async function check(olds: Properties, news: Properties): Promise<CheckResult> {
  const problems = [...findProblems(news)];
  return {
    // A renamed or aliased resource keeps its key, and with it its receipts.
    inputs: clean({ ...news, key: olds.key ?? news.key }),
    // With a property's name the engine would print its value, secrets too; the sentence names it instead.
    failures: problems.map((problem) => ({ property: "", reason: problem.sentence })),
  };
}

function findProblems(news: Properties): readonly Problem[] {
  const inputs = userInputs(news);
  const { script } = inputs;
  const unreadable = isObject(script) && typeof script.unreadable === "string" ? script.unreadable : undefined;
  const { desired, problems } = readDesired(unreadable === undefined ? inputs : { ...inputs, script: undefined }, {
    isUnknown,
  });
  const others =
    unreadable === undefined
      ? problems
      : [
          ...problems.filter((problem) => problem.property !== "script"),
          { property: "script", sentence: `script ${unreadable}` },
        ];
  const size = sizeProblem(desired);
  const { subscriptionId, waitSliceSeconds: waitSlice } = currentWork().session.settings;
  const subscription = desired.target?.subscriptionId === "" && subscriptionId === undefined;
  return [
    ...others,
    ...(size === undefined ? [] : [size]),
    ...(subscription ? [{ property: "vmName", sentence: describeFailure({ kind: "SubscriptionUnknown" }) }] : []),
    ...(waitSlice.kind === "problem" ? [{ property: "", sentence: waitSlice.problem }] : []),
  ];
}

export interface DiffResult {
  readonly changes?: boolean;
  readonly replaces?: string[];
  readonly deleteBeforeReplace?: boolean;
}

/** Says what an update would do. Asks nothing of the network. */
export async function diff(_id: string, olds: Properties, news: Properties): Promise<DiffResult> {
  const stored = readStored(olds);
  const decided: Plan =
    stored === undefined ? { action: "rerun", because: [], lastRun: "Unknown" } : plan(stored.prior, desiredOf(news));
  switch (decided.action) {
    case "keep":
      return { changes: false };
    case "replace":
      return { changes: true, replaces: targetInputs(news), deleteBeforeReplace: true };
    case "create":
      return { changes: true };
    case "rerun":
      if (decided.lastRun === undefined) {
        // Left out: the engine compares the inputs itself, shows only what changed, and `replaceOnChanges` works.
        return {};
      }
      reporterOf(news).info(
        decided.lastRun === "Unknown"
          ? "how the last run ended is not known: an update takes it up where it is"
          : `the last run did not succeed (${decided.lastRun}): an update runs the script again`,
      );
      await currentWork().log.flush();
      return { changes: true };
  }
}

/** What the inputs ask for, on the VM of the subscription that is meant now. */
function desiredOf(news: Properties): Desired {
  const { desired } = readDesired(userInputs(news), { isUnknown });
  const subscription = currentWork().session.settings.subscriptionId;
  return desired.target?.subscriptionId === "" && subscription !== undefined
    ? { ...desired, target: { ...desired.target, subscriptionId: subscription.value } }
    : desired;
}

function targetInputs(news: Properties): string[] {
  const names = ["virtualMachineId", "resourceGroupName", "vmName"];
  return names.filter((name) => news[name] !== undefined && news[name] !== null);
}

export interface CreateResult {
  readonly id: string;
  readonly outs: Properties;
}

/** Runs the script for the first time, or takes up the run that an interrupted deployment of the same resource began. */
export async function create(inputs: Properties): Promise<CreateResult> {
  const key = String(inputs.key);
  const outs = await runAndStore({ inputs, key, generation: 1, reason: "create", knownRun: false });
  return { id: key, outs };
}

/** Runs the script again, when something that it depends on changed or the last run was no success. */
export async function update(id: string, olds: Properties, news: Properties): Promise<{ readonly outs: Properties }> {
  const stored = readStored(olds);
  if (stored === undefined) {
    return { outs: await runAndStore({ inputs: news, key: id, generation: 1, reason: "create", knownRun: false }) };
  }
  if (plan(stored.prior, desiredOf(news)).action === "keep") {
    const { virtualMachineId } = olds;
    return { outs: clean({ ...withoutInputs(olds), ...userInputs(news), virtualMachineId }) };
  }
  return {
    outs: await runAndStore({
      inputs: news,
      key: stored.key,
      ...nextRun(stored, knownInputs(news), secretValues(news)),
    }),
  };
}

interface RunToStore extends NextRun {
  readonly inputs: Properties;
  readonly key: string;
}

async function runAndStore({ inputs, key, generation, reason, knownRun }: RunToStore): Promise<Properties> {
  const mask = maskFor(inputs);
  const known = requireKnown(inputs);
  const id = runId(key, generation, reason, known, secretValues(inputs));
  const { session, log, underWay } = currentWork();
  const reporter = reporterOf(inputs);
  const run = { vmName: known.target.vmName, reporter };
  underWay.add(run);
  const intent = { desired: known, name: { key, runId: id }, label: labelOf(inputs, key), knownRun, mask };
  const executed = await withSentences(() => executeRun(intent, session, reporter), mask).finally(() =>
    underWay.delete(run),
  );
  logStreams(executed.outcome.result, known.settings, reporter);
  await log.flush();
  const outs = storedOutputs({
    inputs,
    key,
    generation,
    runId: id,
    target: executed.target,
    vmId: executed.vmId,
    result: executed.outcome.result,
  });
  if (executed.outcome.failure !== undefined) {
    // The SDK adds the shim's text to what is returned, but not to what is thrown; without it the resource is lost.
    throw partialFailure(
      key,
      { ...outs, __provider: inputs.__provider },
      mask(describeFailure(executed.outcome.failure, true)),
    );
  }
  return outs;
}

function requireKnown(inputs: Properties): Known {
  const known = knownInputs(inputs);
  if (known === undefined) {
    throw new ProviderError(`the inputs of this RunCommand are not complete; its inputs are ${INPUT_NAMES.join(", ")}`);
  }
  return known;
}

/** Keeps the resource, with what its script printed, in the state. The reasons are all that the engine shows. */
function partialFailure(id: string, properties: Properties, sentence: string): Error {
  return Object.assign(new ProviderError(sentence), { id, properties, reasons: [sentence] });
}

export interface ReadResult {
  readonly id?: string;
  readonly props?: Properties;
}

/** A VM that is gone takes its resource along. Everything else stays as it was stored. */
export async function read(id: string, props: Properties): Promise<ReadResult> {
  const stored = readStored(props);
  if (stored === undefined) {
    return { id, props: clean(props) };
  }
  const { session } = currentWork();
  const vm = await withSentences(() => lookUpVm(session.complete(stored.prior.target), session));
  return vm.kind === "gone" ? {} : { id, props: clean(props) };
}

/** Removes what the resource's runs left on the VM, and the extension when no other resource needs it. */
async function remove(_id: string, props: Properties): Promise<void> {
  const stored = readStored(props);
  const { session, log } = currentWork();
  if (stored === undefined) {
    reporterOf(props).warn("the state of this resource tells no VM and no run: nothing was removed anywhere");
    await log.flush();
    return;
  }
  const { key, generation, prior } = stored;
  const intent = { target: prior.target, key, label: labelOf(props, key), generation };
  await withSentences(() => executeDelete(intent, session, reporterOf(props)));
  await log.flush();
}

export { remove as delete };

/** What other resources are told that they wait for: the resource's own name, the last part of its URN. */
function labelOf({ resourceUrn: urn }: Properties, key: string): string {
  return typeof urn === "string" && !isUnknown(urn) ? (urn.split("::").at(-1) ?? key) : key;
}

function reporterOf(properties: Properties): Reporter {
  const { resourceUrn: urn } = properties;
  return currentWork().log.reporterFor(typeof urn === "string" && !isUnknown(urn) ? urn : undefined);
}
