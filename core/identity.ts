/** How a resource and its runs are named, so that one intent is one run. Pure. */
import { createHash } from "node:crypto";
import type { Known } from "./desired-state";
import { canonicalJson } from "./json";
import { maskOf } from "./secret-texts";

/** Why a run happens. */
export type RunReason = "create" | "update";

/** What the script does depends on these, so a change of one makes another run. */
export type RunContent = Omit<Known, "target">;

const KEY_DIGITS = 20;
const CONTENT_DIGITS = 12;
const SECRET_DIGITS = 2;

/**
 * A resource's key from what names it in its program (a Pulumi URN).
 *
 * @returns 20 hexadecimal digits.
 */
export function resourceKey(name: string): string {
  return sha256(name).slice(0, KEY_DIGITS);
}

/**
 * The name of one run: generation, reason, and a short hash of what is run. The generation grows with each deliberate
 * rerun; the same intent, sent twice, has the same name.
 *
 * @param secrets values of which the name, which everybody sees, tells only two hexadecimal digits of a hash: too little
 * to find them by trying, enough to notice that they changed.
 */
export function runId(
  key: string,
  generation: number,
  reason: RunReason,
  content: RunContent,
  secrets: readonly string[],
): string {
  const mask = maskOf(secrets);
  const parts = [key, content.script, content.environment, content.arguments, content.triggers ?? null];
  const text = canonicalJson(parts, (part) => (typeof part === "string" ? mask(part) : part));
  const digits = secrets.length === 0 ? "" : sha256(canonicalJson(secrets)).slice(0, SECRET_DIGITS);
  return `${generation}-${reason}-${sha256(text).slice(0, CONTENT_DIGITS)}${digits}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
