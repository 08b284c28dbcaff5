/** What `--json` prints: every field is there always, and what is not known is `null`. */
import { writeOut } from "./write-out";

/** @throws UnwrittenError */
export function printJson(known: unknown): Promise<void> {
  const text = JSON.stringify(known, (_name, value: unknown) => (value === undefined ? null : value), 2);
  return writeOut(process.stdout, `${text}\n`);
}
