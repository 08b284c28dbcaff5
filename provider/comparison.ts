/** What the engine is told of a difference, and what of it it finds out by itself. Pure. */
import { canonicalJson } from "../core/json";
import type { Plan } from "../core/plan";
import type { Properties } from "./state";

export interface DiffResult {
  readonly changes?: boolean;
  readonly replaces?: string[];
  readonly deleteBeforeReplace?: boolean;
}

/** The engine compares the inputs itself, shows only what changed, and `replaceOnChanges` works. */
export const COMPARE: DiffResult = {};

export function isSame(name: string, olds: Properties, news: Properties): boolean {
  return canonicalJson(olds[name] ?? null) === canonicalJson(news[name] ?? null);
}

/** Nothing would run, and nothing is to be stored, but what the engine itself keeps. */
export function unchanged(olds: Properties, news: Properties): DiffResult {
  return isSame("secretInputs", olds, news) ? { changes: false } : COMPARE;
}

/** It is made anew because of these inputs. */
export function replacedBy(names: readonly string[]): DiffResult {
  return { changes: true, replaces: [...names], deleteBeforeReplace: true };
}

export interface Replacing {
  readonly name: string;
  /** Else only changes of a part of it replace the resource. */
  readonly isWhole: boolean;
}

export interface Decision {
  readonly decided: Plan;
  /** What the option `replaceOnChanges` makes of it. */
  readonly replacing: readonly Replacing[];
}

/**
 * What is to be done, where the scripts and settings ask for a plan.
 *
 * @param ownNames the other inputs that a change of is stored, in the order in which they are told.
 */
export function decide(
  planned: Plan,
  {
    ownNames,
    olds,
    news,
  }: { readonly ownNames: readonly string[]; readonly olds: Properties; readonly news: Properties },
): Decision {
  const decided = withStored(withoutTheSame(planned, olds, news), ownNames, olds, news);
  return { decided, replacing: replacedByOption(decided, news) };
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

/** What the engine is told where it would not compare by itself: it looks at its option only where it does. */
export function changedBeyondInputs(replacing: readonly Replacing[]): DiffResult {
  return replacing.some(({ isWhole }) => isWhole) ? replacedBy(replacing.map(({ name }) => name)) : { changes: true };
}

/** One setting that is not known yet makes all of them so: only those that differ are named. */
function withoutTheSame(decided: Plan, olds: Properties, news: Properties): Plan {
  return decided.action === "update"
    ? { ...decided, because: decided.because.filter((name) => !isSame(name, olds, news)) }
    : decided;
}

/** Where nothing else changed, what a resource has beside its scripts, such as options, is stored all the same. */
function withStored(decided: Plan, names: readonly string[], olds: Properties, news: Properties): Plan {
  const changed = names.filter((name) => !isSame(name, olds, news));
  switch (decided.action) {
    case "keep":
      return changed.length === 0 ? decided : { action: "update", because: changed };
    case "create":
    case "update":
    case "rerun":
    case "replace":
      return decided;
  }
}
