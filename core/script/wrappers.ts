/** Which program a command calls, behind what only says how to call it: `sudo -u x env A=1 nice apt-get …`. Pure. */

export interface Called {
  /** Without its folder. Empty where nothing is called. */
  readonly name: string;
  /** What follows the name. */
  readonly words: readonly string[];
  /** Whether `sudo -S` is in front of it. */
  readonly sudoReadsPassword: boolean;
}

/** The short options that take the next word along, and how many words come before the program. */
const WRAPPERS: Readonly<Record<string, { readonly withValue: string; readonly operands: number }>> = {
  sudo: { withValue: "CDghpRrTtUu", operands: 0 },
  doas: { withValue: "Cu", operands: 0 },
  env: { withValue: "CSu", operands: 0 },
  exec: { withValue: "a", operands: 0 },
  command: { withValue: "", operands: 0 },
  builtin: { withValue: "", operands: 0 },
  nohup: { withValue: "", operands: 0 },
  setsid: { withValue: "", operands: 0 },
  nice: { withValue: "n", operands: 0 },
  ionice: { withValue: "cnpPu", operands: 0 },
  stdbuf: { withValue: "ioe", operands: 0 },
  timeout: { withValue: "ks", operands: 1 },
};

export function calledBy(words: readonly string[]): Called {
  let rest = words;
  let sudoReadsPassword = false;
  for (;;) {
    const [first = "", ...following] = rest;
    const name = first.split("/").at(-1) ?? "";
    const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
    if (wrapper === undefined) {
      return { name, words: following, sudoReadsPassword };
    }
    const count = countOptions(following, wrapper.withValue);
    const options = following.slice(0, count);
    sudoReadsPassword ||= name === "sudo" && options.some((word) => /^-[A-Za-z]*S/.test(word) || word === "--stdin");
    if (name === "command" && options.some((word) => /^-[vV]/.test(word))) {
      return { name: "", words: [], sudoReadsPassword };
    }
    rest = following.slice(count + wrapper.operands);
  }
}

/** Assignments count too. */
function countOptions(words: readonly string[], withValue: string): number {
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? "";
    if (word === "--") {
      return at + 1;
    }
    const isAssignment = /^[A-Za-z_]\w*=/.test(word);
    if (!isAssignment && !/^-./.test(word)) {
      return at;
    }
    const takesNext = /^-[A-Za-z]+$/.test(word) && withValue.includes(word.at(-1) ?? " ");
    at += takesNext ? 2 : 1;
  }
  return at;
}
