/**
 * Values that cannot reach the engine, or not as what they are: the program puts a marker in their place, and the reading
 * of the inputs reports it. The two run in different processes. Pure.
 */
import { isObject } from "../json";

/** A marker's only name. Its text says what the value was, and after `; ` what to give in its place. */
const UNSENDABLE = "azure-run-command:unsendable";

/** An input that lists the names that the user gave and that would be overwritten or dropped on their way. */
export const MISPLACED = "azure-run-command:misplaced";

export interface Unsendable {
  readonly what: string;
  readonly hint: string | undefined;
}

export function unsendable(what: string, hint?: string): Record<string, string> {
  return { [UNSENDABLE]: hint === undefined ? what : `${what}; ${hint}` };
}

/** @returns undefined for every other value. */
export function readUnsendable(value: unknown): Unsendable | undefined {
  const text = isObject(value) ? value[UNSENDABLE] : undefined;
  if (typeof text !== "string") {
    return undefined;
  }
  const [what = "", ...hint] = text.split("; ");
  return { what, hint: hint.length === 0 ? undefined : hint.join("; ") };
}

export interface FoundUnsendable extends Unsendable {
  readonly path: readonly (string | number)[];
}

/** Every marker in a value, at any depth. */
export function findUnsendable(value: unknown, path: readonly (string | number)[] = []): readonly FoundUnsendable[] {
  const found = readUnsendable(value);
  if (found !== undefined) {
    return [{ ...found, path }];
  }
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => findUnsendable(element, [...path, index]));
  }
  return isObject(value)
    ? Object.entries(value).flatMap(([name, element]) => findUnsendable(element, [...path, name]))
    : [];
}
