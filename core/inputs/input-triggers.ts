/** Reads values that are only compared. Pure. */
import type { Reader } from "./input";
import { findUnsendable } from "./unsendable";
import { pathText } from "./value-path";

/** Source: our own choice: they are stored twice and shown in every preview. */
export const TRIGGERS_MAX_BYTES = 65_536;

/** How many lists and maps may be one in another. Source: our own choice. */
export const TRIGGERS_DEPTH_MAX = 64;

/**
 * What is too large or too deep is returned all the same: a state of a version that allowed it stays readable.
 *
 * @returns null when there are none.
 */
export function readTriggers(property: string, value: unknown, reader: Reader): unknown {
  const problems = findUnsendable(value).map(({ path, what, hint }) => {
    const where = path.length === 0 ? `is ${what}` : `has at ${pathText(path)} ${what}`;
    return `${where}, which a state cannot hold${hint === undefined ? "" : `; ${hint}`}`;
  });
  for (const problem of problems) {
    reader.report(property, problem);
  }
  if (problems.length > 0 || !reader.isKnown(value)) {
    return undefined;
  }
  const problem = isDeeperThan(value, TRIGGERS_DEPTH_MAX)
    ? `has lists or maps in one another more than ${TRIGGERS_DEPTH_MAX} deep; give a digest of it, such as its SHA-256`
    : sizeProblem(value);
  if (problem !== undefined) {
    reader.report(property, problem);
  }
  return value ?? null;
}

function sizeProblem(value: unknown): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(value ?? null));
  return bytes > TRIGGERS_MAX_BYTES
    ? `has ${bytes.toLocaleString("en-US")} bytes as JSON, of which a state keeps at most ${TRIGGERS_MAX_BYTES.toLocaleString("en-US")}; give a digest of it, such as its SHA-256`
    : undefined;
}

function isDeeperThan(value: unknown, depth: number): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    (depth === 0 || Object.values(value).some((part) => isDeeperThan(part, depth - 1)))
  );
}
