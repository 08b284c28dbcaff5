/** The runner's text as it travels: read once from the file beside this module, without what only readers need. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

let cached: string | undefined;

export function runnerText(): string {
  cached ??= stripRunner(readFileSync(join(__dirname, "runner.sh"), "utf8"));
  return cached;
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
