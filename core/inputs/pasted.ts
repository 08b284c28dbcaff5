/**
 * Text that a program made of what is no text: it says that of itself, and would be run, looked for or compared as it
 * stands. Pure.
 */
import { isObject } from "../json";
import { pathText } from "./value-path";

/** Source: @pulumi/pulumi 3.270, output.ts: what an output answers to `toString` and `toJSON`. */
const OF_OUTPUT = /Calling \[(toString|toJSON)\] on an \[Output<T>\] is not supported/;

/** @returns what is wrong, which goes on after `has` or `has at x`; undefined for every other value. */
function pastedIn(value: unknown): string | undefined {
  if (typeof value !== "string") {
    return undefined;
  }
  switch (OF_OUTPUT.exec(value)?.[1]) {
    case "toString":
      return "an output that was pasted into text; use pulumi.interpolate`…`, or output.apply(…)";
    case "toJSON":
      return "an output that was pasted into JSON text; use pulumi.jsonStringify(…), or output.apply(…)";
    default:
      return madeText(value.trim());
  }
}

/** Only as a whole: inside of a text it may be meant. */
function madeText(text: string): string | undefined {
  switch (text) {
    case "[object Promise]":
      return "a promise that was made text; await it, or use pulumi.output(promise).apply(…)";
    case "[object Object]":
      return "an object that was made text; give one of its properties, or JSON.stringify(…)";
    default:
      return undefined;
  }
}

/** Whether there is nothing to be read in a value. */
export function isPasted(value: unknown): boolean {
  return pastedIn(value) !== undefined;
}

/** @returns for each such text in an input, at any depth, a sentence that goes on after the input's name. */
export function pastedProblems(property: string, value: unknown): readonly string[] {
  return findPasted(value, []).map(({ path, what }) => {
    // A map that is written the wrong way round has its secrets as names.
    const isShown = path.length > 0 && property !== "protectedParameters";
    return isShown ? `has at ${pathText(path)} ${what}` : `has ${what}`;
  });
}

interface Found {
  readonly path: readonly (string | number)[];
  readonly what: string;
}

function findPasted(value: unknown, path: Found["path"]): readonly Found[] {
  const what = pastedIn(value);
  if (what !== undefined) {
    return [{ path, what }];
  }
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => findPasted(element, [...path, index]));
  }
  return isObject(value)
    ? Object.entries(value).flatMap(([name, element]) => findPasted(element, [...path, name]))
    : [];
}
