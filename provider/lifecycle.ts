/**
 * What the engine asks of a resource: check, diff, create, read, update, delete.
 *
 * The serialised shim in every state calls these functions by name with these arguments. Both are a contract for all
 * time: a state of today must still be deletable by every later version.
 */
import { type Desired, type Known, readDesired } from "../core/inputs/desired-state";
import { makeReader } from "../core/inputs/input";
import { canonicalJson } from "../core/json";
import type { Reporter } from "../core/outside";
import { nextRun, type Plan, plan } from "../core/plan";
import { isDone } from "../core/run/outcome";
import { checkInputs } from "./check-inputs";
import { timeoutsProblem } from "./custom-timeouts";
import { describePlan } from "./describe-plan";
import { keyProblem } from "./key-owners";
import { inputNamesOf, kindOf } from "./kinds";
import { urnOf } from "./names";
import { ProviderError } from "./provider-error";
import { refreshed } from "./refresh";
import { runAndStore } from "./run-and-store";
import { secretValues } from "./secret-values";
import { clean, coreInputs, isUnknown, knownInputs, type Properties, readStored, type Stored } from "./state";
import { withNewInputs } from "./stored-outputs";
import { takeOff } from "./take-off";
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
  // A renamed or aliased resource keeps its key, and with it its receipts.
  const inputs = clean({ ...news, key: olds.key ?? news.key });
  const { problems, warnings } = await checkInputs(news);
  const others = [timeoutsProblem(news), keyProblem(inputs, desiredOf(news).target)];
  if (warnings.length > 0) {
    for (const warning of warnings) reporterOf(news).warn(warning);
    await currentWork().log.flush();
  }
  const sentences = [...problems.map(({ sentence }) => sentence), ...others.filter((problem) => problem !== undefined)];
  // With a property's name the engine would print its value, secrets too; the sentence names it instead.
  return { inputs, failures: sentences.map((reason) => ({ property: "", reason })) };
}

export interface DiffResult {
  readonly changes?: boolean;
  readonly replaces?: string[];
  readonly deleteBeforeReplace?: boolean;
}

/** Says what an update would do. Asks nothing of the network. */
export async function diff(_id: string, olds: Properties, news: Properties): Promise<DiffResult> {
  const stored = readStored(olds);
  if (stored === undefined) {
    return { changes: true };
  }
  const desired = desiredOf(news);
  const decided = withOptions(withoutTheSame(plan(stored.prior, desired), olds, news), olds, news);
  const isUnknownInput = (name: string) => !makeReader({ isUnknown }, () => undefined).isKnown(news[name]);
  const replacing = replacedByOption(decided, news);
  const sentence =
    replacing.length > 0
      ? undefined
      : describePlan(decided, stored, { desired, isUnknown: isUnknownInput, takesUp: takesUp(stored, news) });
  if (sentence !== undefined) {
    reporterOf(news).info(sentence);
    await currentWork().log.flush();
  }
  switch (decided.action) {
    case "keep":
      return isSame("secretInputs", olds, news) ? { changes: false } : COMPARE;
    case "create":
      return { changes: true };
    case "replace":
      return { changes: true, replaces: replacingInputs(decided.because, news), deleteBeforeReplace: true };
    case "update":
      return hasStoredInputs(stored) ? COMPARE : { changes: true };
    case "rerun":
      if (decided.cause === undefined && hasStoredInputs(stored)) {
        return COMPARE;
      }
      // The engine looks at its option only where it compares.
      return replacing.some(({ isWhole }) => isWhole)
        ? { changes: true, replaces: replacing.map(({ name }) => name), deleteBeforeReplace: true }
        : { changes: true };
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

/** The changed inputs for which the option `replaceOnChanges` asks for a replacement. */
function replacedByOption(decided: Plan, { replaceOnChanges }: Properties): readonly Replacing[] {
  if (!Array.isArray(replaceOnChanges) || (decided.action !== "rerun" && decided.action !== "update")) {
    return [];
  }
  const paths = replaceOnChanges.map(String);
  return decided.because.flatMap((name) => {
    const isWhole = paths.some((path) => path === "*" || path === name);
    const isPart = paths.some((path) => path.startsWith(`${name}.`) || path.startsWith(`${name}[`));
    return isWhole || isPart ? [{ name, isWhole }] : [];
  });
}

interface Replacing {
  readonly name: string;
  /** Else only changes of a part of it replace the resource. */
  readonly isWhole: boolean;
}

/** One setting that is not known yet makes all of them so: only those that differ are named. */
function withoutTheSame(decided: Plan, olds: Properties, news: Properties): Plan {
  return decided.action === "update"
    ? { ...decided, because: decided.because.filter((name) => !isSame(name, olds, news)) }
    : decided;
}

/** Where nothing else changed, a changed option is stored all the same. */
function withOptions(decided: Plan, olds: Properties, news: Properties): Plan {
  return decided.action === "keep" && !isSame("customTimeouts", olds, news)
    ? { action: "update", because: ["customTimeouts"] }
    : decided;
}

/** The engine compares the inputs itself, shows only what changed, and `replaceOnChanges` works. */
const COMPARE: DiffResult = {};

function isSame(name: string, olds: Properties, news: Properties): boolean {
  return canonicalJson(olds[name] ?? null) === canonicalJson(news[name] ?? null);
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

export interface CreateResult {
  readonly id: string;
  readonly outs: Properties;
}

/** Runs the script for the first time, or takes up the run that an interrupted deployment of the same resource began. */
export async function create(inputs: Properties): Promise<CreateResult> {
  const key = String(inputs.key);
  const known = requireKnown(inputs);
  return { id: key, outs: await runAndStore({ operation: "create", inputs, known, key, before: undefined }) };
}

/** Runs a script, when something that it depends on changed, the last run was no success or the VM is not as it should be. */
export async function update(id: string, olds: Properties, news: Properties): Promise<{ readonly outs: Properties }> {
  const stored = readStored(olds);
  const operation = "update";
  if (stored === undefined) {
    const known = requireKnown(news);
    return { outs: await runAndStore({ operation, inputs: news, known, key: id, before: undefined }) };
  }
  const decided = plan(stored.prior, desiredOf(news));
  if (decided.action === "keep" || decided.action === "update") {
    return { outs: withNewInputs(olds, news) };
  }
  const before = { stored, properties: olds };
  return { outs: await runAndStore({ operation, inputs: news, known: requireKnown(news), key: stored.key, before }) };
}

function requireKnown(inputs: Properties): Known {
  const known = knownInputs(inputs);
  if (known === undefined) {
    const kind = kindOf(inputs);
    throw new ProviderError(
      `the inputs of this ${kind} are not complete; its inputs are ${inputNamesOf(kind).join(", ")}`,
    );
  }
  return known;
}

export interface ReadResult {
  readonly id?: string;
  readonly props?: Properties;
}

/** A VM that is gone takes its resource along. One that was made anew, or drifted, is noted. */
export async function read(id: string, props: Properties): Promise<ReadResult> {
  const stored = readStored(props);
  if (stored === undefined) {
    return { id, props: clean(props) };
  }
  const found = await refreshed(stored, props).finally(() => currentWork().log.flush());
  return found === undefined ? {} : { id, props: found };
}

/** Takes the resource off its VM, and the extension when no other resource needs it. */
async function remove(_id: string, props: Properties): Promise<void> {
  const stored = readStored(props);
  if (stored !== undefined) {
    return takeOff(stored, props);
  }
  reporterOf(props).warn("the state of this resource tells no VM and no run: nothing was removed anywhere");
  await currentWork().log.flush();
}

export { remove as delete };

function reporterOf(properties: Properties): Reporter {
  return currentWork().log.reporterFor(urnOf(properties));
}
