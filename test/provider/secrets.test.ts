/** Which inputs the program names as secrets, and what of their values can be seen. */
import * as pulumi from "@pulumi/pulumi";
import { secretInputNames } from "../../provider/secret-inputs";
import { earlierSecrets, maskFor, secretValues } from "../../provider/secret-values";

beforeAll(() =>
  pulumi.runtime.setMocks(
    { newResource: ({ inputs }) => ({ id: "id", state: inputs }), call: () => ({}) },
    "app",
    "dev",
  ),
);

const secret = <Value>(value: Value) => pulumi.secret(value);

test.each([
  ["nothing is a secret", { script: "x", parameters: { A: "1" }, arguments: ["y"] }, []],
  ["one parameter is", { script: "x", parameters: { A: "1", PW: secret("p") } }, ["parameters.PW"]],
  ["all parameters are", { script: "x", parameters: secret({ A: "1" }) }, ["parameters"]],
  ["one argument is", { script: "x", arguments: ["a", secret("b")] }, ["arguments"]],
  ["the script is", { script: secret("x") }, ["script"]],
  ["protected parameters are there, plain ones too", { protectedParameters: { A: "1" } }, ["protectedParameters"]],
  ["a trigger is, however deep", { triggers: ["a", { b: [secret("t")] }] }, ["triggers"]],
  [
    "user and folder are, and come last",
    { protectedParameters: { A: "1" }, runAsUser: secret("u"), workingDirectory: secret("/w") },
    ["runAsUser", "workingDirectory", "protectedParameters"],
  ],
  [
    "other scripts, guards, raw parameters and replaceTriggers are",
    {
      ...Object.fromEntries(
        ["update", "delete", "check", "creates", "unless", "onlyIf"].map((name) => [name, secret("x")]),
      ),
      rawParameters: [{ name: "A", value: secret("a") }],
      replaceTriggers: [secret("r")],
    },
    ["update", "delete", "check", "creates", "unless", "onlyIf", "rawParameters", "replaceTriggers"],
  ],
  [
    "a parameter is made from a secret",
    { parameters: { URL: pulumi.interpolate`https://${secret("t")}` } },
    ["parameters.URL"],
  ],
])("when %s, just that is named", async (_what, inputs, names) => {
  expect(await secretInputNames(inputs)).toEqual(names);
});

test("the values of the named inputs, and no others, are secret", () => {
  const inputs = { script: "echo", parameters: { A: "aaaa", B: "bbbb" }, arguments: ["cccc"] };
  expect(secretValues({ ...inputs, secretInputs: ["parameters.B"] })).toEqual(["bbbb"]);
  expect(secretValues({ ...inputs, secretInputs: ["parameters", "arguments", "script"] })).toEqual([
    "echo",
    "cccc",
    "aaaa",
    "bbbb",
  ]);
  expect(secretValues(inputs)).toEqual([]);
  expect(maskFor({ ...inputs, secretInputs: ["parameters.B"] })("aaaa bbbb cccc")).toBe("aaaa [secret] cccc");
});

test("the values of protected parameters are secret whatever the program says, and come last", () => {
  const inputs = { parameters: { A: "aaaa" }, protectedParameters: { PW: "pppp", PIN: 1234 } };
  expect(secretValues(inputs)).toEqual(["pppp", "1234"]);
  expect(secretValues({ ...inputs, secretInputs: ["protectedParameters", "parameters"] })).toEqual([
    "aaaa",
    "pppp",
    "1234",
  ]);
  expect(maskFor(inputs)("aaaa pppp 1234")).toBe("aaaa [secret] [secret]");
});

test("the texts of secret triggers, at any depth, and a secret user and folder are secret, and come after all others", () => {
  const inputs = {
    protectedParameters: { PW: "pppp" },
    triggers: ["tttt", { deep: [{ er: "dddd" }, null, 4321, true] }],
    runAsUser: "uuuu",
    workingDirectory: "/wwww",
  };
  expect(secretValues({ ...inputs, secretInputs: ["triggers", "runAsUser", "workingDirectory"] })).toEqual([
    "pppp",
    "tttt",
    "dddd",
    "4321",
    "uuuu",
    "/wwww",
  ]);
  expect(secretValues({ ...inputs, secretInputs: ["runAsUser"] })).toEqual(["pppp", "uuuu"]);
  expect(secretValues({ secretInputs: ["triggers", "runAsUser", "workingDirectory"], runAsUser: null })).toEqual([]);
  const mask = maskFor({ ...inputs, secretInputs: ["triggers", "runAsUser", "workingDirectory"] });
  expect(mask("tttt dddd uuuu /wwww true")).toBe("[secret] [secret] [secret] [secret] true");
});

test("secret scripts, guards and raw parameters are secret, and come after all that the first version knew", () => {
  const inputs = {
    update: "uuuu",
    delete: "dddd",
    check: "cccc",
    creates: "/aaaa",
    unless: "bbbb",
    onlyIf: "eeee",
    rawParameters: [
      { name: "A", value: "ffff" },
      { name: "B", value: 1234 },
    ],
    replaceTriggers: ["gggg"],
    workingDirectory: "/wwww",
  };
  const secretInputs = Object.keys(inputs);
  expect(secretValues(inputs)).toEqual([]);
  expect(secretValues({ ...inputs, secretInputs })).toEqual([
    "/wwww",
    "uuuu",
    "dddd",
    "cccc",
    "/aaaa",
    "bbbb",
    "eeee",
    "gggg",
    "ffff",
    "1234",
  ]);
});

describe("secrets of earlier deployments", () => {
  const inputs = (PW: string) => ({ protectedParameters: { PW } });

  test("are kept, the latest first, unless they are inputs still", () => {
    expect(earlierSecrets(undefined, inputs("now1"))).toBeUndefined();
    expect(earlierSecrets(inputs("now1"), inputs("now1"))).toBeUndefined();
    const second = { ...inputs("second"), earlierSecrets: earlierSecrets(inputs("first"), inputs("second")) };
    expect(second.earlierSecrets).toEqual(["first"]);
    expect(earlierSecrets(second, inputs("third"))).toEqual(["second", "first"]);
    expect(earlierSecrets(second, inputs("first"))).toEqual(["second"]);
    expect(earlierSecrets({ parameters: { A: "aaaa" }, secretInputs: ["parameters"] }, {})).toEqual(["aaaa"]);
  });

  test("are no more than 20", () => {
    const olds = { earlierSecrets: Array.from({ length: 30 }, (_none, index) => `secret-${index}`) };
    const kept = earlierSecrets({ ...olds, ...inputs("last") }, inputs("now"));
    expect(kept).toHaveLength(20);
    expect(kept?.slice(0, 2)).toEqual(["last", "secret-0"]);
  });

  test("are masked, and so are those of what is stored", () => {
    const mask = maskFor(inputs("now1"), { ...inputs("before"), earlierSecrets: ["first"] });
    expect(mask("now1 before first other")).toBe("[secret] [secret] [secret] other");
    expect(maskFor({ ...inputs("now1"), earlierSecrets: ["first"] })("now1 first")).toBe("[secret] [secret]");
  });
});
