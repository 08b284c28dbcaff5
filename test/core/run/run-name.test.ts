import { fullName, parseRunName } from "../../../core/run/run-name";

test.each([
  { text: "invoke-0a/1-create-b", parsed: { key: "invoke-0a", runId: "1-create-b" } },
  { text: "1-create-b", parsed: { key: undefined, runId: "1-create-b" } },
  { text: "", parsed: undefined },
  { text: "a/b/c", parsed: undefined },
  { text: "a/", parsed: undefined },
  { text: "../etc", parsed: undefined },
  { text: "a b", parsed: undefined },
  { text: "x".repeat(65), parsed: undefined },
])("'$text' names $parsed", ({ text, parsed }) => {
  expect(parseRunName(text)).toEqual(parsed);
});

test("the full name is read as it was written", () => {
  const name = { key: "invoke-0a", runId: "1-create-b" };
  expect(parseRunName(fullName(name))).toEqual(name);
});
