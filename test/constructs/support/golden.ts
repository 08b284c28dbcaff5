/**
 * Golden files of what the constructs write: `test/golden/cdk-<name>.json`.
 *
 * One that differs fails its test; the new file is then in the folder of temporary files, to be read and copied.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const GOLDEN = join(__dirname, "../../golden");
const TO_READ = join(tmpdir(), "azure-run-command-golden");

/** Digests of files, which change with every build. */
const DIGEST = /\b[0-9a-f]{64}\b/g;

export function expectGolden(name: string, value: unknown): void {
  const file = `cdk-${name}.json`;
  const text = JSON.stringify(value, undefined, 2).replace(DIGEST, "<digest>");
  const seen: unknown = JSON.parse(text);
  const path = join(GOLDEN, file);
  const golden: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  if (JSON.stringify(seen) !== JSON.stringify(golden)) {
    mkdirSync(TO_READ, { recursive: true });
    writeFileSync(join(TO_READ, file), `${text}\n`);
  }
  expect(seen).toEqual(golden);
}
