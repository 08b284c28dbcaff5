/** Everything that can be said of a resource's inputs without the network: what makes it impossible, and what is to be heeded. */
import { describeFailure } from "../core/failures/errors";
import { emptyFleetWarnings, readFleet } from "../core/fleet/fleet-inputs";
import {
  type Desired,
  type DesiredWork,
  type Problem,
  type ReadOptions,
  readDesired,
} from "../core/inputs/desired-state";
import { makeReader } from "../core/inputs/input";
import { createsWarnings, type EachGuard, readEachGuard } from "../core/inputs/input-guards";
import { nameProblems } from "../core/inputs/input-names";
import { SCRIPT_NAMES } from "../core/inputs/input-texts";
import { sizeProblems } from "../core/inputs/size";
import { textAt } from "../core/json";
import { type Lint, lintGuard, lintScript } from "../core/script/lint";
import { inputNamesOf, kindOf, type ResourceKind } from "./kinds";
import { coreInputs, isUnknown, type Properties, userInputs } from "./state";
import { currentWork } from "./work";

export interface CheckedInputs {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** Values that are not known yet are not judged. No sentence holds a text that is a secret. */
export async function checkInputs(news: Properties): Promise<CheckedInputs> {
  const kind = kindOf(news);
  const given = userInputs(news);
  const names = inputNamesOf(kind);
  const own = Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
  const inputs = coreInputs({ ...own, kind });
  const unreadable = SCRIPT_NAMES.flatMap((property) => {
    const why = textAt(inputs[property], "unreadable");
    return why === undefined ? [] : [{ property, sentence: `${property} ${why}` }];
  });
  // A script that could not be read is like one that is not known yet: all the rest is judged.
  const readable = { ...inputs, ...Object.fromEntries(unreadable.map(({ property }) => [property, UNREADABLE])) };
  const options = { isUnknown: (value: unknown) => isUnknown(value) || value === UNREADABLE };
  const { work, problems, warnings } = readKind(kind, readable, news, options);
  // One guard that has a problem does not hide those of the others.
  const guards = readEachGuard(
    readable,
    makeReader(options, () => {}),
  );
  const lints = await Promise.all(lintAll(work, guards, news));
  return {
    problems: [
      ...nameProblems(given, { kind, inputs: names }),
      ...problems,
      ...unreadable,
      ...lints.flatMap((lint) => lint.problems),
      ...sizeProblems(work),
      ...settingProblems(),
    ],
    warnings: [...lints.flatMap((lint) => lint.warnings), ...createsWarnings(guards.creates ?? ""), ...warnings],
  };
}

interface ReadOfKind extends CheckedInputs {
  readonly work: DesiredWork;
}

/** What is common to all kinds, and what is wrong or to be heeded in all that is read. */
function readKind(kind: ResourceKind, inputs: Properties, { members }: Properties, options: ReadOptions): ReadOfKind {
  switch (kind) {
    case "RunCommand":
    case "RunCommandExtension": {
      const { desired, problems } = readDesired(inputs, options);
      return { work: desired, problems: [...problems, ...subscriptionProblems(desired)], warnings: [] };
    }
    case "RunCommandFleet": {
      const { desired, problems } = readFleet({ ...inputs, members }, options);
      return { work: desired.work, problems, warnings: emptyFleetWarnings(desired, inputs) };
    }
  }
}

const UNREADABLE = Symbol("a script that could not be read");

function lintAll(desired: DesiredWork, guards: EachGuard, news: Properties): readonly Promise<Lint>[] {
  const restartFails = desired.settings?.rebootPolicy === "fail";
  const optionsOf = (property: string) => ({ restartFails, isSecret: isSecret(property, news) });
  const scripts = SCRIPT_NAMES.flatMap((property) => {
    const text = desired[property];
    return isText(text) ? [lintScript(property, text, optionsOf(property))] : [];
  });
  const commands = (["unless", "onlyIf"] as const).flatMap((property) => {
    const text = guards[property];
    return isText(text) ? [lintGuard(property, text, optionsOf(property))] : [];
  });
  return [...scripts, ...commands];
}

/** Where one of Azure's own commands runs, the script is empty. */
function isText(value: string | null | undefined): value is string {
  return typeof value === "string" && value !== "";
}

/** Which inputs are secrets may itself be unknown. */
function isSecret(property: string, { secretInputs }: Properties): boolean {
  return isUnknown(secretInputs) || (Array.isArray(secretInputs) && secretInputs.includes(property));
}

/** A VM that is named by its group needs one. */
function subscriptionProblems({ target }: Desired): readonly Problem[] {
  const { subscriptionId } = currentWork().session.settings;
  const lacksSubscription = target?.subscriptionId === "" && subscriptionId === undefined;
  return lacksSubscription ? [{ property: "vmName", sentence: describeFailure({ kind: "SubscriptionUnknown" }) }] : [];
}

/** What is wrong with the settings of the deployment. */
function settingProblems(): readonly Problem[] {
  const { waitSliceSeconds: waitSlice } = currentWork().session.settings;
  return waitSlice.kind === "problem" ? [{ property: "", sentence: waitSlice.problem }] : [];
}
