/** How a resource and its runs are named, so that one intent is one run. Pure. */
import { createHash } from "node:crypto";
import type { Known } from "./desired-state";
import { canonicalJson } from "./json";

/** Why a run happens. */
export type RunReason = "create" | "update";

/** What the script does depends on these, so a change of one makes another run. */
export type RunContent = Omit<Known, "target">;

const KEY_DIGITS = 20;
const CONTENT_DIGITS = 12;

/**
 * A resource's key from what names it in its program (a Pulumi URN).
 *
 * @returns 20 hexadecimal digits.
 */
export function resourceKey(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, KEY_DIGITS);
}

/**
 * The name of one run: generation, reason, and a short hash of what is run. The generation grows with each deliberate
 * rerun; the same intent, sent twice, has the same name.
 */
export function runId(key: string, generation: number, reason: RunReason, content: RunContent): string {
  const { script, environment, triggers } = content;
  const text = canonicalJson([key, script, environment, content.arguments, triggers ?? null]);
  return `${generation}-${reason}-${createHash("sha256").update(text).digest("hex").slice(0, CONTENT_DIGITS)}`;
}
