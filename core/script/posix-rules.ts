/** What bash has and a plain `/bin/sh` has not, though it is no fault of syntax: it fails when the script comes to it. Pure. */

/** Source: bash(1), "SHELL BUILTIN COMMANDS"; dash(1) has none of these. */
const BASH_ONLY: readonly string[] = [
  "[[",
  "((",
  "source",
  "shopt",
  "declare",
  "typeset",
  "pushd",
  "popd",
  "mapfile",
  "readarray",
  "let",
];

/** @returns what is bash's in a command. */
export function bashOnlyName(words: readonly string[]): string | undefined {
  const [name = "", ...others] = words;
  if (name === "set") {
    // Source: dash(1) up to 0.5.12, as in Debian 12 and Ubuntu 24.04: "Illegal option -o pipefail" ends the script.
    return others.includes("pipefail") ? "set -o pipefail" : undefined;
  }
  return BASH_ONLY.includes(name) ? name : undefined;
}
