/** What a rule about commands is given and gives. Pure. */
import type { Command } from "./shell-commands";
import { EXPANSION } from "./shell-word";
import type { Called } from "./wrappers";

/** What is said of a command: `runs 'x' in line 3, ` goes before it. */
export interface Remark {
  readonly name: string;
  readonly sentence: string;
}

/** What matters of a script beside its text. */
export interface Circumstances {
  /** Whether a restart of the VM in mid-script counts as a failure. */
  readonly restartFails: boolean;
}

export type Rule = (called: Called, command: Command, circumstances: Circumstances) => Remark | undefined;

export type Rules = Readonly<Record<string, Rule>>;

export function remark(name: string, why: string, what: string): Remark {
  return { name, sentence: `${why}; ${what}` };
}

export const NO_INPUT = "which reads from a terminal or from its input, and there is neither (its input is /dev/null)";
export const NO_TERMINAL = "which needs somebody at a terminal, and there is none";

export function has(called: Called, ...options: readonly string[]): boolean {
  return called.words.some((word) => options.some((option) => word === option || word.startsWith(`${option}=`)));
}

/** Whether one of the short options is there, also among others: `-yq`. An expansion may hold any of them. */
export function hasShort(called: Called, letters: RegExp): boolean {
  return called.words.some(
    (word) => word.startsWith(EXPANSION) || (/^-[A-Za-z0-9]+$/.test(word) && letters.test(word)),
  );
}
