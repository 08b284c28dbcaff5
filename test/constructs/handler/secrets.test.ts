/** The values of secrets, of which each is asked for once, and the versions that they were. */

import { readScript } from "../../../constructs/handler/scripts";
import { fieldOf, readSecrets, readValuesSince } from "../../../constructs/handler/secrets";
import { worldOf } from "./support/world";

const SECRETS = {
  "arn:plain": [["p2", "two"] as const, ["p1", "one"] as const],
  "arn:json": [["j1", '{"user":"deploy","port":8080,"on":true,"more":{}}'] as const],
};

test("values and versions by the names of the parameters; two fields of one secret are of one version", async () => {
  const { outside, secretQuestions } = worldOf({ secrets: SECRETS });
  const references = {
    CODE: { SecretId: "arn:plain" },
    USER: { SecretId: "arn:json", JsonField: "user" },
    PORT: { SecretId: "arn:json", JsonField: "port" },
    ON: { SecretId: "arn:json", JsonField: "on" },
  };
  expect(await readSecrets(references, outside)).toEqual({
    values: { CODE: "two", USER: "deploy", PORT: "8080", ON: "true" },
    versions: '{"CODE":"p2","ON":"j1","PORT":"j1","USER":"j1"}',
  });
  expect(secretQuestions).toHaveLength(2);
});

test("the versions of an earlier reading are read again", async () => {
  const { outside } = worldOf({ secrets: SECRETS });
  const references = { CODE: { SecretId: "arn:plain" } };
  expect((await readSecrets(references, outside, '{"CODE":"p1"}')).values).toEqual({ CODE: "one" });
});

test("a version that the properties name is that one", async () => {
  const { outside } = worldOf({ secrets: SECRETS });
  const references = { CODE: { SecretId: "arn:plain", VersionId: "p1" } };
  expect(await readSecrets(references, outside)).toEqual({ values: { CODE: "one" }, versions: '{"CODE":"p1"}' });
});

test.each([[undefined], [{}]])("without secrets (%j) nothing is asked", async (references) => {
  const { outside, secretQuestions } = worldOf();
  expect(await readSecrets(references, outside)).toEqual({ values: {}, versions: "" });
  expect(secretQuestions).toEqual([]);
});

test("what a run of an earlier deployment may have been given is the current version and the one before", async () => {
  const { outside } = worldOf({ secrets: SECRETS });
  const references = {
    CODE: { SecretId: "arn:plain" },
    USER: { SecretId: "arn:json", JsonField: "user" },
    PINNED: { SecretId: "arn:plain", VersionId: "p1" },
  };
  expect(await readValuesSince(references, outside)).toEqual(["two", "one", "deploy", "one"]);
  expect(await readValuesSince(undefined, outside)).toEqual([]);
});

test("the version before may have had other fields", async () => {
  const { outside } = worldOf({
    secrets: {
      "arn:json": [
        ["2", '{"a":"new"}'],
        ["1", "no JSON"],
      ],
    },
  });
  expect(await readValuesSince({ A: { SecretId: "arn:json", JsonField: "a" } }, outside)).toEqual(["new"]);
});

test.each([
  [{ text: undefined }, undefined, "the secret 'arn:code' is binary, and a script is given text"],
  [
    { text: "correct horse" },
    "pw",
    "the secret 'arn:code' is no JSON object, so it has no field 'pw'; leave the field out for the whole text",
  ],
  [{ text: '{"other":"correct horse"}' }, "pw", "the secret 'arn:code' has no field 'pw'"],
  [
    { text: '{"pw":{"a":"correct horse"}}' },
    "pw",
    "the secret 'arn:code' has a field 'pw' that is no text, number or boolean",
  ],
  [{ text: '{"pw":null}' }, "pw", "the secret 'arn:code' has a field 'pw' that is no text, number or boolean"],
])("%j with the field %s is told of without what is in it", (version, jsonField, sentence) => {
  expect(() => fieldOf({ ...version, versionId: "1" }, { id: "arn:code", jsonField })).toThrow(sentence);
});

test("a reference that names no secret is told of", async () => {
  const { outside } = worldOf();
  await expect(readSecrets({ CODE: "arn:code" }, outside)).rejects.toThrow(
    `protectedParameters has "CODE", which names no secret (SecretId)`,
  );
});

describe("a script", () => {
  const { outside } = worldOf({
    objects: { "assets/a.sh": "echo ä", "assets/b.sh": Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff) },
  });

  test("is in the properties", async () => {
    expect(await readScript("script", { Text: "echo a" }, outside)).toBe("echo a");
  });

  test("or in Amazon S3", async () => {
    expect(await readScript("script", { Bucket: "assets", Key: "a.sh" }, outside)).toBe("echo ä");
  });

  test.each([
    [{ Bucket: "assets", Key: "b.sh" }, "the script 's3://assets/b.sh' is no UTF-8 text"],
    [{ Bucket: "assets", Key: "c.sh" }, "the script 's3://assets/c.sh' cannot be read: it is not there"],
    [{ Bucket: "assets" }, "update names neither a text nor an object in Amazon S3"],
    ["echo a", "update names neither a text nor an object in Amazon S3"],
  ])("that cannot be used is told of: %j", async (source, sentence) => {
    await expect(readScript("update", source, outside)).rejects.toThrow(sentence);
  });
});
