import * as pulumi from "@pulumi/pulumi";
import { MISPLACED, unsendable } from "../../core/inputs/unsendable";
import { sendable } from "../../provider/sendable";

const at = (value: unknown) => sendable({ triggers: value }).triggers;

const TOO_MANY = unsendable("more than 100,000 values", "give a digest of them, such as their SHA-256");

test("what can be sent stays as it is", () => {
  const args = {
    script: "x",
    parameters: { A: "1", B: undefined },
    triggers: [1, null, true, { a: [] }],
    timeoutInSeconds: 5,
  };
  expect(sendable(args)).toEqual(args);
  expect(Object.hasOwn(Object(sendable(args).parameters), "B")).toBe(true);
  expect(at(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 });
});

test("no inputs at all are an empty map", () => {
  expect(sendable(undefined)).toEqual({});
  expect(sendable(null)).toEqual({});
});

const read = (output: unknown) =>
  new Promise((resolve) => (pulumi.output(output) as pulumi.Output<unknown>).apply(resolve));

class Custom {
  readonly a = 1;
}

test.each<[string, unknown, Record<string, string>]>([
  ["NaN", Number.NaN, unsendable("NaN")],
  ["Infinity", Number.NEGATIVE_INFINITY, unsendable("-Infinity")],
  ["a bigint", 1n, unsendable("a bigint", "give it as a number or as text: String(n)")],
  ["a symbol", Symbol("hunter2"), unsendable("a symbol", "give text")],
  ["a function", () => 1, unsendable("a function", "call it, and give what it returns")],
  ["a class", Custom, unsendable("a function", "call it, and give what it returns")],
  ["a Date", new Date(0), unsendable("a Date", "give it as text, for example with toISOString()")],
  ["a Map", new Map([["a", 1]]), unsendable("a Map", "give a plain object: Object.fromEntries(map)")],
  ["a Set", new Set([1]), unsendable("a Set", "give a list: [...set]")],
  ["a RegExp", /hunter2/, unsendable("a RegExp", "give it as text: String(expression)")],
  ["a URL", new URL("https://hunter2@x"), unsendable("a URL", "give it as text: url.href")],
  ["an Error", new TypeError("hunter2"), unsendable("an Error", "give its message")],
  ["a Buffer", Buffer.from("hunter2"), unsendable("a Buffer", "give text: buffer.toString()")],
  ["bytes", new Uint8Array(2), unsendable("an array of bytes or numbers", "give a list or text")],
  ["an instance", new Custom(), unsendable("an instance of Custom", "give a plain object or text")],
  ["a boxed number", Object(1), unsendable("an instance of Number", "give a plain object or text")],
  [
    "an object of no class",
    Object.create(Object.create(null)),
    unsendable("an instance of a class", "give a plain object or text"),
  ],
])("%s is marked where it stands, in every input", (_what, value, marker) => {
  expect(sendable({ script: value, parameters: { A: value }, triggers: [{ a: value }] })).toEqual({
    script: marker,
    parameters: { A: marker },
    triggers: [{ a: marker }],
  });
});

test("a value that is within itself is marked, one that is there twice is not", () => {
  const inner: Record<string, unknown> = { a: 1 };
  expect(at([inner, inner])).toEqual([{ a: 1 }, { a: 1 }]);
  inner.self = inner;
  const marker = unsendable("a value that is within itself", "give only what is to be compared");
  expect(at([inner])).toEqual([{ a: 1, self: marker }]);
});

test("what is nested too deep is cut off there", () => {
  let value: unknown = 1;
  for (let depth = 0; depth < 10_000; depth += 1) {
    value = [value];
  }
  let inner = at(value);
  for (let depth = 0; depth < 64; depth += 1) {
    inner = (inner as unknown[])[0];
  }
  expect(inner).toEqual(
    unsendable("lists or maps in one another more than 64 deep", "give a digest of them, such as their SHA-256"),
  );
});

test("a value that is shared so often that no end would come is cut off", () => {
  let value: unknown = [1];
  for (let depth = 0; depth < 40; depth += 1) {
    value = [value, value];
  }
  expect(at(value)).toEqual(TOO_MANY);
});

test.each<[string, unknown]>([
  ["a long list", Array(100_001).fill("x")],
  ["a list of one too many, itself counted", Array(100_000).fill("x")],
  ["the longest list with holes", new Array(2 ** 32 - 1)],
  ["a list of long lists with holes", [1, new Array(100_000), new Array(2 ** 32 - 1)]],
  ["a large map", Object.fromEntries(Array.from({ length: 100_001 }, (_, index) => [index, 1]))],
])("of too many values one marker is made: %s", (_what, value) => {
  expect(sendable({ triggers: value, script: "x" })).toEqual({ triggers: TOO_MANY, script: "x" });
});

test("as many values as there may be are sent", () => {
  expect(at(Array(99_999).fill("x"))).toHaveLength(99_999);
});

test("of too many values that become known one after the other, one marker is made", async () => {
  const parts = [Promise.resolve([1]), Promise.resolve(Array(100_000)), Promise.resolve(Array(100_000))];
  expect(await Promise.all(at(parts) as unknown[])).toEqual([[1], TOO_MANY, null]);
});

test("a value that is within itself by way of a promise or an output is marked", async () => {
  const marker = unsendable("a value that is within itself", "give only what is to be compared");
  const first: Record<string, unknown> = { a: 1 };
  first.later = Promise.resolve(first);
  expect(await Object(at(first)).later).toEqual(marker);
  const second: Record<string, unknown> = { a: 1 };
  second.later = pulumi.output(1).apply(() => second);
  expect(await read(Object(at(second)).later)).toEqual(marker);
});

test.each(["echo \ud800x", "\udc00", "x\ud83d"])("text with half of a character is marked (%#)", (text) => {
  const marker = unsendable(
    "text that was cut in the middle of a character (it has half of a surrogate pair)",
    "give whole characters",
  );
  expect(sendable({ script: text, parameters: { A: text } })).toEqual({ script: marker, parameters: { A: marker } });
  expect(sendable({ script: "echo \u{1f600}" })).toEqual({ script: "echo \u{1f600}" });
});

test("outputs and promises are looked through when they are known, and a secret stays one", async () => {
  const secret = at(pulumi.secret([1, 2]).apply(([a]) => [a, new Date(0)]));
  expect(pulumi.Output.isInstance(secret)).toBe(true);
  expect(await pulumi.isSecret(secret as pulumi.Output<unknown>)).toBe(true);
  const marker = unsendable("a Date", "give it as text, for example with toISOString()");
  expect(await read(secret)).toEqual([1, marker]);
  expect(await at(Promise.resolve(new Date(0)))).toEqual(marker);
  expect(await (at([Promise.resolve(() => 1)]) as unknown[])[0]).toEqual(
    unsendable("a function", "call it, and give what it returns"),
  );
});

test("Pulumi's own values are not looked into", () => {
  const asset = new pulumi.asset.StringAsset("x");
  const archive = new pulumi.asset.AssetArchive({});
  expect(sendable({ script: asset, update: archive })).toEqual({ script: asset, update: archive });
  expect(sendable({ script: asset }).script).toBe(asset);
});

test("names that would be overwritten or dropped are kept back and named", () => {
  const given = {
    script: "x",
    key: "k",
    resourceUrn: "u",
    secretInputs: [],
    __provider: "p",
    customTimeouts: {},
    id: "i",
    urn: undefined,
  };
  expect(sendable(given)).toEqual({
    script: "x",
    [MISPLACED]: ["key", "resourceUrn", "secretInputs", "__provider", "customTimeouts", "id"],
  });
});

test.each<[unknown, string]>([
  ["text", "a string"],
  [["x"], "a list"],
  [() => 1, "a function"],
  [new Custom(), "an instance of a class"],
  [Promise.resolve({}), "a promise or an output as a whole"],
  [pulumi.output({}), "a promise or an output as a whole"],
])("inputs that are no object are marked as a whole (%#)", (args, what) => {
  expect(sendable(args)).toEqual(unsendable(what));
});
