/** A checkup as text for a terminal. Pure. */
import { CHECK_NAMES, type Check, type Checkup } from "../core/doctor/checkup";

const STATUS_WORDS: Readonly<Record<Check["status"], string>> = { ok: "ok", problem: "PROBLEM", unknown: "unknown" };
const STATUS_WIDTH = Math.max(...Object.values(STATUS_WORDS).map((word) => word.length));
const NAME_WIDTH = Math.max(...CHECK_NAMES.map((name) => name.length));
const INDENT = " ".repeat(STATUS_WIDTH + 1);

export function checkupText({ target, checks, cause }: Checkup): string {
  const where = target.subscriptionId === "" ? "" : `, subscription ${target.subscriptionId}`;
  const head = `'${target.vmName}' in resource group '${target.resourceGroupName}'${where}`;
  const last =
    cause === undefined
      ? checks.some(({ status }) => status === "unknown")
        ? "Nothing wrong was found; what is unknown was not seen."
        : "All is well."
      : `The cause: ${cause}. Mend that first, then look again.`;
  return [head, "", ...checks.flatMap((check) => checkLines(check, check.name === cause)), "", last, ""].join("\n");
}

function checkLines({ name, status, sentence, evidence, mend }: Check, isCause: boolean): readonly string[] {
  const word = STATUS_WORDS[status].padEnd(STATUS_WIDTH);
  return [
    `${word} ${name.padEnd(NAME_WIDTH)}  ${isCause ? "THE CAUSE: " : ""}${sentence}`,
    ...evidence.map((line) => `${INDENT}- ${line}`),
    ...mend.map((line) => `${INDENT}$ ${line}`),
  ];
}
