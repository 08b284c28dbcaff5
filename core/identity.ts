/** How a resource and its runs are named, so that one intent is one run. Pure. */
import { createHash } from "node:crypto";
import type { Known } from "./inputs/desired-state";
import { canonicalJson } from "./json";

/** Why a run happens. The script is told, in `AZURE_RUN_COMMAND_REASON`. */
export type Purpose = "create" | "update" | "repair" | "delete" | "check";

/** What a run does depends on these, so a change of one makes another run. */
export interface RunContent
  extends Pick<
    Known,
    | "script"
    | "environment"
    | "protectedEnvironment"
    | "arguments"
    | "triggers"
    | "replaceTriggers"
    | "guards"
    | "runAsUser"
    | "workingDirectory"
  > {
  /** Tells apart what would be the same run otherwise: the check that found what a repair mends. `null` for nothing. */
  readonly occasion: string | null;
}

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
 * The name of one run: generation, purpose, and a short hash of what is run. The generation grows with each deliberate
 * rerun; the same intent, sent twice, has the same name.
 *
 * @param secrets values of which the name, which everybody sees, tells only two hexadecimal digits of a hash: too little
 * to find them by trying, enough to notice that they changed.
 */
export function runId(
  key: string,
  generation: number,
  purpose: Purpose,
  content: RunContent,
  secrets: readonly string[],
): string {
  const text = canonicalJson([key, ...contentParts(content)], (part) => {
    // A number, which can be in triggers alone, is a secret only as a whole.
    const isSecretNumber = typeof part === "number" && secrets.includes(String(part));
    return typeof part === "string" || isSecretNumber ? withoutSecrets(String(part), secrets) : part;
  });
  const digits = secrets.length === 0 ? "" : sha256(canonicalJson(secrets)).slice(0, SECRET_DIGITS);
  return `${generation}-${purpose}-${sha256(text).slice(0, CONTENT_DIGITS)}${digits}`;
}

/** What came later counts only where it is used: runs that do without are on VMs under names that were made without. */
function contentParts(content: RunContent): readonly unknown[] {
  const { script, environment, protectedEnvironment, triggers, runAsUser, workingDirectory } = content;
  const { guards, replaceTriggers, occasion } = content;
  const first = [script, environment, content.arguments, triggers ?? null];
  const second = { protectedEnvironment, runAsUser, workingDirectory };
  const third = { guards, replaceTriggers, occasion };
  if (Object.values(guards).some((guard) => guard !== null) || replaceTriggers !== null || occasion !== null) {
    return [...first, second, third];
  }
  const isUsed = Object.keys(protectedEnvironment).length > 0 || runAsUser !== null || workingDirectory !== null;
  return isUsed ? [...first, second] : first;
}

const SECRET_MIN_CHARACTERS = 3;

/** Not the mask for what is shown, which may learn of more forms of a secret: names that are on VMs depend on this one. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((value) => [value, ...value.split("\n").map((line) => line.trim())])
    .filter((secret) => secret.trim().length >= SECRET_MIN_CHARACTERS)
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, "[secret]"), text);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
