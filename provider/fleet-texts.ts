/** What is kept of what the scripts of a fleet printed: that of the first VM, and of some that failed. Pure. */
import { isObject } from "../core/json";
import type { RunResult } from "../core/run/outcome";
import type { Properties } from "./state";

/** Of so many VMs that failed, what they printed is kept. Source: our own choice: all of it is in the state. */
export const FAILED_TEXTS_MAX = 10;

/** By the names of the VMs. */
export interface FleetTexts {
  readonly stdout: Readonly<Record<string, string>>;
  readonly stderr: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export const TEXT_NAMES = ["stdout", "stderr", "outputs"] as const;

export interface TextsOf {
  /** The VMs in their order. */
  readonly names: readonly string[];
  readonly failed: readonly string[];
  /** What was run now, by the names of the VMs. */
  readonly results: ReadonlyMap<string, RunResult>;
  /** What the state says: it holds for those that were not run now. */
  readonly before: Properties | undefined;
  /** By their names now, the names that VMs have in it. */
  readonly earlierNames: ReadonlyMap<string, string>;
}

export function textsToKeep({ names, failed, results, before = {}, earlierNames }: TextsOf): FleetTexts {
  const kept = [...new Set([...names.slice(0, 1), ...failed.slice(0, FAILED_TEXTS_MAX)])];
  const ranNow = kept.filter((name) => results.has(name));
  const others = kept.filter((name) => !results.has(name));
  const textsNow = (property: (typeof TEXT_NAMES)[number]) => ({
    ...textsOf(before[property], others, earlierNames),
    ...Object.fromEntries(
      ranNow.flatMap((name) => {
        const text = results.get(name)?.[property];
        return text === undefined ? [] : [[name, text]];
      }),
    ),
  });
  const [stdout, stderr, outputs] = TEXT_NAMES.map(textsNow);
  return { stdout, stderr, outputs } as FleetTexts;
}

/** What a state has of these VMs, by their names now. */
export function textsOf(texts: unknown, names: readonly string[], earlierNames: TextsOf["earlierNames"]): Properties {
  const found = names.flatMap((name) => {
    const text = isObject(texts) ? texts[earlierNames.get(name) ?? ""] : undefined;
    return text === undefined ? [] : [[name, text] as const];
  });
  return Object.fromEntries(found);
}
