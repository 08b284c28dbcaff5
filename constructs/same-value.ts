/** Whether two props mean the same. Constructs are the same only when they are one. */
import { Duration, aws_lambda as lambda } from "aws-cdk-lib";

export function isSameValue(one: unknown, other: unknown): boolean {
  if (one === other) {
    return true;
  }
  if (one instanceof Duration && other instanceof Duration) {
    return one.toMilliseconds() === other.toMilliseconds();
  }
  if (one instanceof lambda.Runtime && other instanceof lambda.Runtime) {
    return one.runtimeEquals(other);
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((element, index) => isSameValue(element, other[index]));
  }
  return isPlain(one) && isPlain(other) && hasSameEntries(one, other) && hasSameEntries(other, one);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function hasSameEntries(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(one).every(([name, value]) => isSameValue(value, other[name]));
}
