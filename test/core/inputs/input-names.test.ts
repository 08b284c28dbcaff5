import { INPUT_NAMES } from "../../../core/inputs/desired-state";
import { nameProblems } from "../../../core/inputs/input-names";
import { MISPLACED, unsendable } from "../../../core/inputs/unsendable";

const RESOURCE = { kind: "RunCommand", inputs: INPUT_NAMES };
const sentencesOf = (raw: Record<string, unknown>) => nameProblems(raw, RESOURCE).map(({ sentence }) => sentence);

test("the names of inputs are no problem", () => {
  expect(sentencesOf(Object.fromEntries(INPUT_NAMES.map((name) => [name, 1])))).toEqual([]);
});

test.each([
  ["skript", "script"],
  ["Script", "script"],
  ["scirpt", "script"],
  ["vm_name", "vmName"],
  ["virtualMachineID", "virtualMachineId"],
  ["timeoutInSecond", "timeoutInSeconds"],
  ["successExitCode", "successExitCodes"],
  ["create", "script"],
  ["destroy", "delete"],
  ["onDestroy", "delete"],
  ["onDelete", "delete"],
  ["timeout", "timeoutInSeconds"],
  ["env", "parameters"],
  ["environment", "parameters"],
  ["secrets", "protectedParameters"],
  ["args", "arguments"],
  ["user", "runAsUser"],
  ["cwd", "workingDirectory"],
  ["dir", "workingDirectory"],
  ["vmId", "virtualMachineId"],
  ["resourceGroup", "resourceGroupName"],
])("of '%s' it is asked whether it means '%s'", (name, meant) => {
  expect(nameProblems({ [name]: 1 }, RESOURCE)).toEqual([
    { property: name, sentence: `${name} is no input of a RunCommand; did you mean '${meant}'?` },
  ]);
});

test("what every object has is no synonym", () => {
  expect(sentencesOf({ constructor: 1 })).toEqual([
    `constructor is no input of a RunCommand; its inputs are ${INPUT_NAMES.join(", ")}`,
  ]);
});

test("of a name that is like none, all inputs are told", () => {
  expect(sentencesOf({ xyzzy: 1 })).toEqual([
    `xyzzy is no input of a RunCommand; its inputs are ${INPUT_NAMES.join(", ")}`,
  ]);
});

test("options among the inputs are sent to where they belong", () => {
  expect(sentencesOf({ dependsOn: [], protect: true, ignoreChanges: [] })).toEqual([
    "dependsOn is an option: give it in the third argument",
    "protect is an option: give it in the third argument",
    "ignoreChanges is an option: give it in the third argument",
  ]);
});

test("names that were kept back in the program are reported too", () => {
  expect(sentencesOf({ script: "x", [MISPLACED]: ["key", "customTimeouts", "id"] })).toEqual([
    `key is no input of a RunCommand; its inputs are ${INPUT_NAMES.join(", ")}`,
    "customTimeouts is an option: give it in the third argument",
    "id is no input of a RunCommand; did you mean 'virtualMachineId'?",
  ]);
});

test("another resource has other inputs, and only those are suggested", () => {
  const resource = { kind: "RunCommandExtension", inputs: ["vmName", "removeExtension"] };
  expect(nameProblems({ vmname: 1, timeout: 1 }, resource).map(({ sentence }) => sentence)).toEqual([
    "vmname is no input of a RunCommandExtension; did you mean 'vmName'?",
    "timeout is no input of a RunCommandExtension; its inputs are vmName, removeExtension",
  ]);
});

test("inputs that are no object are one problem", () => {
  expect(nameProblems(unsendable("a string"), RESOURCE)).toEqual([
    { property: "", sentence: "the inputs of this RunCommand are a string, expected an object" },
  ]);
});
