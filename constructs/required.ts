/** What a program may leave out of a call, or give as something else, since JavaScript and `!` let it. */
import { Token } from "aws-cdk-lib";
import { kindOf } from "../core/inputs/input";

/** @returns whether a text is there, or a token, which may become one. */
export function isText(value: unknown): value is string {
  return Token.isUnresolved(value) || (typeof value === "string" && value.trim() !== "");
}

/**
 * Says that a text is not there; goes on after its name.
 *
 * @param how what to give: a noun.
 */
export function textProblem(value: unknown, how: string): string | undefined {
  if (isText(value)) {
    return undefined;
  }
  if (value === undefined || value === null) {
    return `is missing (is an environment variable not set?); give ${how}`;
  }
  return typeof value === "string" ? `is empty; give ${how}` : `is ${kindOf(value)}, expected text; give ${how}`;
}

/**
 * Says that an object is not there, or that it is something else; goes on after its name.
 *
 * @param member what only such an object has. Classes are not asked for: an app can have a package twice.
 * @param how what to give: a noun.
 */
export function objectProblem(value: unknown, member: string, how: string): string | undefined {
  if (value === undefined || value === null) {
    return `is missing; give ${how}`;
  }
  return typeof value === "object" && member in value ? undefined : `is ${kindOf(value)}; give ${how}`;
}

export const BUCKET = "a bucket: s3.Bucket.fromBucketName(…)";
export const SECRET = "a secret of AWS Secrets Manager: secretsmanager.Secret.fromSecretNameV2(…)";

/** Says that the name of a field is given, and is none; goes on after its name. */
export function jsonFieldProblem(jsonField: unknown): string | undefined {
  return jsonField === undefined
    ? undefined
    : textProblem(jsonField, "the name of a field, or leave it out for the whole text");
}

/** @throws when the problem is one. @param caller the method that was called. */
export function refuse(caller: string, name: string, problem: string | undefined): void {
  if (problem !== undefined) {
    throw new Error(`${caller}: ${name} ${problem}`);
  }
}
