/** Which inputs the program names as secrets, and what of their values can be seen. */
import * as pulumi from "@pulumi/pulumi";
import { maskOf } from "../../core/secret-texts";
import { secretInputNames } from "../../provider/secret-inputs";
import { maskFor, secretValues } from "../../provider/secret-values";

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

test("a mask takes the longer of two secrets first, and each line of one with several", () => {
  const mask = maskOf(["pass", "password", "-----BEGIN\n  MIIabc\n-----END"]);
  expect(mask("the password, a pass, MIIabc and -----END")).toBe("the [secret], a [secret], [secret] and [secret]");
});

test("a mask leaves alone what is too short to be told from other text", () => {
  expect(maskOf(["a", "42", " \n"])("a cat of 42")).toBe("a cat of 42");
});
