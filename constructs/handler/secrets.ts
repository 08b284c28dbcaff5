/** Reads the secrets that a script is given, each secret once, and remembers which versions they were. */
import { canonicalJson, isObject, parseJson, textAt } from "../../core/json";
import { AwsFailure } from "./aws-errors";
import type { HandlerOutside, SecretVersion } from "./outside";

export interface ReadSecrets {
  /** By the names of the parameters. */
  readonly values: Readonly<Record<string, string>>;
  /** The same names to versions, as JSON; empty where there are none. */
  readonly versions: string;
}

type Door = Pick<HandlerOutside, "readSecret">;

/**
 * @param versions of an earlier reading: the same values, whatever has been rotated since.
 * @throws AwsFailure
 */
export async function readSecrets(references: unknown, outside: Door, versions = ""): Promise<ReadSecrets> {
  const pinned = parseJson(versions);
  const read = sharingReads(outside);
  const entries = await Promise.all(
    Object.entries(isObject(references) ? references : {}).map(async ([name, value]) => {
      const reference = readReference(name, value);
      const versionId = textAt(pinned, name) ?? reference.versionId;
      const version = await read(reference.id, versionId);
      return { name, value: fieldOf(version, reference), versionId: version.versionId };
    }),
  );
  return {
    values: Object.fromEntries(entries.map(({ name, value }) => [name, value])),
    versions:
      entries.length === 0
        ? ""
        : canonicalJson(Object.fromEntries(entries.map((entry) => [entry.name, entry.versionId]))),
  };
}

/**
 * All values that a run of an earlier deployment may have been given: of these references the current versions and those before.
 * What has been rotated twice since is not known any more.
 *
 * @throws AwsFailure
 */
export async function readValuesSince(references: unknown, outside: Door): Promise<readonly string[]> {
  const read = sharingReads(outside);
  const values = await Promise.all(
    Object.entries(isObject(references) ? references : {}).map(async ([name, value]) => {
      const reference = readReference(name, value);
      const current = await read(reference.id, reference.versionId);
      const before = reference.versionId === undefined ? await readBefore(reference.id, outside) : undefined;
      return [fieldOf(current, reference), ...(before === undefined ? [] : earlierFieldOf(before, reference))];
    }),
  );
  return values.flat();
}

/** Two fields of one secret are of the same version. */
function sharingReads(outside: Door): (id: string, versionId: string | undefined) => Promise<SecretVersion> {
  const reads = new Map<string, Promise<SecretVersion>>();
  return (id, versionId) => {
    const name = `${id} ${versionId ?? ""}`;
    const known = reads.get(name) ?? outside.readSecret({ id, versionId });
    reads.set(name, known);
    return known;
  };
}

async function readBefore(id: string, outside: Door): Promise<SecretVersion | undefined> {
  try {
    return await outside.readSecret({ id, versionId: undefined, stage: "AWSPREVIOUS" });
  } catch (error) {
    if (error instanceof AwsFailure && error.refusal === "missing") {
      return undefined;
    }
    throw error;
  }
}

/** It may have had other fields. */
function earlierFieldOf(version: SecretVersion, reference: Reference): readonly string[] {
  try {
    return [fieldOf(version, reference)];
  } catch {
    return [];
  }
}

export interface Reference {
  readonly id: string;
  readonly jsonField: string | undefined;
  readonly versionId: string | undefined;
}

function readReference(name: string, value: unknown): Reference {
  const id = textAt(value, "SecretId");
  if (id === undefined) {
    throw new AwsFailure(`protectedParameters has ${JSON.stringify(name)}, which names no secret (SecretId)`);
  }
  return { id, jsonField: textAt(value, "JsonField"), versionId: textAt(value, "VersionId") };
}

/** @throws AwsFailure without anything of what the secret holds. */
export function fieldOf({ text }: SecretVersion, { id, jsonField }: Omit<Reference, "versionId">): string {
  const unusable = (why: string) => new AwsFailure(`the secret '${id}' ${why}`);
  if (text === undefined) {
    throw unusable("is binary, and a script is given text");
  }
  if (jsonField === undefined) {
    return text;
  }
  const fields = parseJson(text);
  if (!isObject(fields)) {
    throw unusable(`is no JSON object, so it has no field '${jsonField}'; leave the field out for the whole text`);
  }
  const value = fields[jsonField];
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return String(value);
    default:
      throw unusable(
        value === undefined
          ? `has no field '${jsonField}'`
          : `has a field '${jsonField}' that is no text, number or boolean`,
      );
  }
}
