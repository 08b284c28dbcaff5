/** The runner's text as it travels: read once from the file beside this module, without what only readers need. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

let cached: string | undefined;

export function runnerText(): string {
  cached ??= inOneByte(stripRunner(readFileSync(join(__dirname, "runner.sh"), "utf8")));
  return cached;
}

/**
 * The same ASCII text, with one byte for each character: what is cut from a text with other characters, as comments have
 * them, keeps two. Every call that is out holds this text.
 */
function inOneByte(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/**
 * Removes comment lines, blank lines and indentation. That keeps the meaning only where no text spans lines, so a
 * here-document is refused here, and a test compares the behaviour of both texts.
 */
export function stripRunner(source: string): string {
  if (/<<-?\s*['"\\]?\w/.test(source))
    throw new Error("runner.sh must not contain a here-document: stripping would change it");
  const [shebang = "", ...lines] = source.split("\n");
  const kept = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  return `${[shebang, ...kept].join("\n")}\n`;
}
