/** What the reading of every input has in common: unknown values, problems, and how a value is named without showing it. Pure. */
import { isObject, type JsonObject } from "../json";
import { isPasted } from "./pasted";
import { readUnsendable } from "./unsendable";

export interface Problem {
  /** The input that has the problem. */
  readonly property: string;
  /** Begins with the input's name, holds no value that could be a secret. */
  readonly sentence: string;
}

export interface ReadOptions {
  /** Whether a value stands for one that is not known yet. No rule is applied to such a value. */
  isUnknown(value: unknown): boolean;
}

export interface Reader {
  isUnknown(value: unknown): boolean;
  /** Whether nothing in the value, at any depth, is unknown. */
  isKnown(value: unknown): boolean;
  /** @param sentence goes on after the input's name. */
  report(property: string, sentence: string): void;
}

export function makeReader(options: ReadOptions, report: Reader["report"]): Reader {
  // Of pasted text it is not known what was to be in its place, so nothing else is said of it.
  const isUnknown = (value: unknown) => options.isUnknown(value) || isPasted(value);
  return { isUnknown, isKnown: (value) => !containsUnknown(value, isUnknown), report };
}

function containsUnknown(value: unknown, isUnknown: ReadOptions["isUnknown"]): boolean {
  if (isUnknown(value)) {
    return true;
  }
  if (Array.isArray(value)) {
    return value.some((element) => containsUnknown(element, isUnknown));
  }
  return isObject(value) && Object.values(value).some((element) => containsUnknown(element, isUnknown));
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Whether a value is a map that the user wrote. */
export function isMap(value: unknown): value is JsonObject {
  return isObject(value) && readUnsendable(value) === undefined;
}

/** What a value is, without the value. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) {
    return String(value);
  }
  const kind = Array.isArray(value) ? "a list" : typeof value === "object" ? "a map" : `a ${typeof value}`;
  return readUnsendable(value)?.what ?? kind;
}

/** Says that a value is of the wrong kind; goes on after its name. */
export function wrongKind(value: unknown, expected: string): string {
  const hint = readUnsendable(value)?.hint;
  return `is ${kindOf(value)}, expected ${expected}${hint === undefined ? "" : `; ${hint}`}`;
}

/** Reads a text that need not be there. @returns null when it is not, undefined when it is not known or has a problem. */
export function readOptionalText(
  property: string,
  value: unknown,
  problemOf: (text: string) => string | undefined,
  reader: Reader,
  expected = "text",
): string | null | undefined {
  if (!reader.isKnown(value)) {
    return undefined;
  }
  if (!isGiven(value)) {
    return null;
  }
  const problem = typeof value === "string" ? problemOf(value) : wrongKind(value, expected);
  if (problem !== undefined) {
    reader.report(property, problem);
    return undefined;
  }
  return String(value);
}
