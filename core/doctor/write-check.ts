/** Proves on the VM that a receipt could be written there, before the runner is asked: what only reads cannot tell. */
import { readAzureMessage } from "../run/azure-message";

/** Where receipts are. Source: core/guest/runner.sh. */
const ROOT = "/var/lib/azure-run-command";

/**
 * A receipt of a small script has 2 folders, up to 14 files with those in the queue, and the runner's own text: about 40 KB. For a
 * moment some files are there twice, under the name that they had before.
 * Source: core/guest/runner.sh, `put`, `supervise`.
 */
const FILES = 22;
const FILE_BYTES = 4_096;

/**
 * Text for a shell, to stand before that of the runner. When it cannot write, it says why, and the runner is not asked.
 *
 * Nothing of it stays: it takes off what it made, and what is cut off in the middle has a name that the next call of the runner
 * takes off. As that may happen at the same moment, it tries three times.
 */
export function writeCheck(nonce: string): string {
  const numbers = Array.from({ length: FILES }, (_, index) => index + 1).join(" ");
  const lines = [
    "#!/bin/sh",
    "{",
    `root=${ROOT}`,
    'd=$root/.queue/d.doctor.$$ why=""',
    "try() {",
    "umask 077",
    // That of busybox does not tell when it could not write.
    `mkdir -p "$d" && for i in ${numbers}; do head -c ${FILE_BYTES} /dev/zero | cat >"$d/$i" || return; done`,
    "}",
    "could=",
    "for n in 1 2 3; do",
    "why=$(try 2>&1) && could=1",
    'rm -rf "$d"',
    '[ ! "$could" ] || break',
    "done",
    'if [ ! "$could" ]; then',
    'rmdir "$root/.queue" "$root" 2>/dev/null',
    '[ -d "$root" ] || root=/var/lib',
    `echo "${mark(nonce)}"`,
    'printf "%s\\n" "$why"',
    'for i in -P -Pi; do df $i "$root" 2>/dev/null | tail -n 1 | sed "s/^/df $i: /"; done',
    "exit",
    "fi",
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

/** Most lines that are shown of what the VM said. Source: our own choice. */
const LINES_MAX = 6;

/** @returns what the VM said of why it cannot write, a line each; `undefined` when it could. */
export function whyUnwritable(message: string, nonce: string, vmName: string): readonly string[] | undefined {
  const { stdout } = message.includes(mark(nonce)) ? readAzureMessage(message, vmName) : { stdout: "" };
  const [first, ...said] = stdout.split("\n").map((line) => line.replace(/\p{Cc}/gu, "?").trim());
  return first === mark(nonce) ? said.filter((line) => line !== "").slice(0, LINES_MAX) : undefined;
}

function mark(nonce: string): string {
  return `[doctor ${nonce} cannot write]`;
}
