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
}

export function textsToKeep({ names, failed, results, before = {} }: TextsOf): FleetTexts {
  const kept = [...new Set([...names.slice(0, 1), ...failed.slice(0, FAILED_TEXTS_MAX)])];
  const textsOf = (property: (typeof TEXT_NAMES)[number]) => {
    const stored = before[property];
    return Object.fromEntries(
      kept.flatMap((name) => {
        const result = results.get(name);
        const text = result === undefined && isObject(stored) ? stored[name] : result?.[property];
        return text === undefined ? [] : [[name, text]];
      }),
    );
  };
  const [stdout, stderr, outputs] = TEXT_NAMES.map(textsOf);
  return { stdout, stderr, outputs } as FleetTexts;
}

/** What is there of these names. */
export function textsOf(texts: unknown, names: readonly string[]): Properties {
  return isObject(texts) ? Object.fromEntries(Object.entries(texts).filter(([name]) => names.includes(name))) : {};
}
