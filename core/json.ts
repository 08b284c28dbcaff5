/** Reading JSON that somebody else wrote. Pure. */

export type JsonObject = Record<string, unknown>;

/** @returns undefined when the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Follows names through nested objects; a number takes an element of an array.
 *
 * @returns undefined when there is nothing at the end of the path.
 */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof step === "number") {
      here = Array.isArray(here) ? here[step] : undefined;
    } else {
      here = isObject(here) ? here[step] : undefined;
    }
  }
  return here;
}

/** The text at the end of a path; undefined when there is none. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/**
 * JSON text in which the order of an object's keys does not matter: equal values give equal texts.
 *
 * @param change is given every part that is no map, and what it returns is written.
 */
export function canonicalJson(value: unknown, change: (part: unknown) => unknown = (part) => part): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : change(part),
  );
}
