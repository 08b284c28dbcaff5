/** What the reading of every input has in common: unknown values, problems, and how a value is named without showing it. Pure. */
import { isObject } from "../json";

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
  const isUnknown = (value: unknown) => options.isUnknown(value);
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

/** What a value is, without the value. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) {
    return String(value);
  }
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "a map" : `a ${typeof value}`;
}
