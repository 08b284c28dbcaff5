import { readDesired } from "../../../core/inputs/desired-state";
import { isPasted, pastedProblems } from "../../../core/inputs/pasted";

const OUTPUT = "Calling [toString] on an [Output<T>] is not supported.\n\nTo get the value …";
const USE = "an output that was pasted into text; use pulumi.interpolate`…`, or output.apply(…)";

test.each<[string, unknown, readonly string[]]>([
  ["script", `echo ${OUTPUT}`, [`has ${USE}`]],
  ["parameters", { A: OUTPUT, B: "b" }, [`has at A ${USE}`]],
  ["arguments", ["a", OUTPUT], [`has at [1] ${USE}`]],
  ["triggers", [{ a: [OUTPUT] }, OUTPUT], [`has at [0].a[0] ${USE}`, `has at [1] ${USE}`]],
  ["protectedParameters", { hunter2: OUTPUT }, [`has ${USE}`]],
  [
    "vmName",
    " [object Promise]",
    ["has a promise that was made text; await it, or use pulumi.output(promise).apply(…)"],
  ],
  [
    "creates",
    "[object Object]",
    ["has an object that was made text; give one of its properties, or JSON.stringify(…)"],
  ],
])("%s with text that was made of what is no text has a problem (%#)", (property, value, sentences) => {
  expect(pastedProblems(property, value)).toEqual(sentences);
});

test.each([undefined, null, 1, "", "x [object Object]", "Calling [toString]", ["[object Array]"], { a: "[object" }])(
  "%j has none",
  (value) => {
    expect(pastedProblems("triggers", value)).toEqual([]);
    expect(isPasted(value)).toBe(false);
  },
);

test("nothing else is said of such a text, and it is not known what was to be there", () => {
  const { desired, problems } = readDesired(
    { vmName: OUTPUT, resourceGroupName: "rg", script: OUTPUT, creates: OUTPUT, timeoutInSeconds: "[object Object]" },
    { isUnknown: () => false },
  );
  expect(problems).toEqual([
    { property: "vmName", sentence: `vmName has ${USE}` },
    { property: "script", sentence: `script has ${USE}` },
    { property: "creates", sentence: `creates has ${USE}` },
    {
      property: "timeoutInSeconds",
      sentence: "timeoutInSeconds has an object that was made text; give one of its properties, or JSON.stringify(…)",
    },
  ]);
  expect(desired).toMatchObject({ target: undefined, script: undefined, guards: undefined, settings: undefined });
});
