/** The real Pulumi engine, as `npm run engine` finds or builds it. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export const ROOT = join(__dirname, "../../..");

let folder: string | undefined;

/** @returns The folder to put first on the PATH. Takes a moment, and minutes when `npm test` has not set things up. */
export function engineFolder(): string {
  if (folder === undefined) {
    const stdout = execFileSync(process.execPath, [join(ROOT, "tools/engine.mjs")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    folder = stdout.toString().trimEnd().split("\n").at(-1) ?? "";
  }
  return folder;
}
