import { readDesired } from "../../../core/inputs/desired-state";
import { unsendable } from "../../../core/inputs/unsendable";

const VM_ID =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1";
const UNKNOWN = Symbol("not known yet");
const read = (raw: Record<string, unknown>) =>
  readDesired({ virtualMachineId: VM_ID, ...raw }, { isUnknown: (value) => value === UNKNOWN });
const sentencesOf = (raw: Record<string, unknown>) => read(raw).problems.map(({ sentence }) => sentence);

const named = (name: unknown, value: unknown) => ({ name, value });

test("one of Azure's commands stands in place of a script, with its parameters in their order", () => {
  const { desired, problems } = read({
    commandId: "ifconfig",
    rawParameters: [named("z", "1"), named("a", 2), named("b", false)],
  });
  expect(problems).toEqual([]);
  expect(desired.script).toBe("");
  expect(desired.command).toEqual({
    commandId: "ifconfig",
    parameters: [
      { name: "z", value: "1" },
      { name: "a", value: "2" },
      { name: "b", value: "false" },
    ],
  });
});

test("what is still known of a run goes with it", () => {
  expect(
    sentencesOf({
      commandId: "ifconfig",
      triggers: [1],
      replaceTriggers: [2],
      readyTimeoutInSeconds: 60,
      outputMaxBytes: 100,
      logging: "stdout",
      removeExtension: "never",
    }),
  ).toEqual([]);
});

test.each<{ what: string; raw: Record<string, unknown>; expected: string[] }>([
  {
    what: "a script beside it",
    raw: { commandId: "ifconfig", script: "x" },
    expected: ["commandId and 'script' are both given; give one or the other"],
  },
  {
    what: "what only our runner can do",
    raw: {
      commandId: "ifconfig",
      update: "x",
      delete: "x",
      check: "x",
      creates: "/x",
      unless: "x",
      onlyIf: "x",
      parameters: {},
      protectedParameters: {},
      arguments: [],
      runAsUser: "bob",
      workingDirectory: "/x",
      timeoutInSeconds: 1,
      rebootPolicy: "fail",
      parallelOnVm: true,
      successExitCodes: [0],
      treatFailureAsDeploymentFailure: true,
      deleteFailure: "fail",
    },
    expected: [
      "commandId runs Azure's own command, of which no exit code and no process is known; leave out 'update', 'delete', 'check', 'creates', 'unless', 'onlyIf', 'parameters', 'protectedParameters', 'arguments', 'runAsUser', 'workingDirectory', 'timeoutInSeconds', 'rebootPolicy', 'parallelOnVm', 'successExitCodes', 'treatFailureAsDeploymentFailure', 'deleteFailure'",
    ],
  },
  {
    what: "the command that runs scripts, however it is written",
    raw: { commandId: "runshellscript" },
    expected: [
      "commandId is RunShellScript, which runs a script; give 'script' instead, and its exit code and whole output are known",
    ],
  },
  {
    what: "the command that removes the extension",
    raw: { commandId: "RemoveRunCommandLinuxExtension" },
    expected: [
      "commandId is RemoveRunCommandLinuxExtension, which would remove what runs it; use the resource RunCommandExtension, or 'removeExtension'",
    ],
  },
  {
    what: "a blank id",
    raw: { commandId: " " },
    expected: ["commandId is blank; give the id of one of Azure's commands, or 'script' in its place"],
  },
  {
    what: "an id with a line break",
    raw: { commandId: "if\nconfig" },
    expected: ["commandId has a blank or a NUL byte, which no id of Azure's commands has"],
  },
  {
    what: "an id that is no text",
    raw: { commandId: 1 },
    expected: ["commandId is a number, expected text: the id of one of Azure's commands"],
  },
  {
    what: "parameters without it",
    raw: { script: "x", rawParameters: [named("a", "1")] },
    expected: ["rawParameters is only for 'commandId', which is not given; a script is given 'parameters'"],
  },
  {
    what: "a map of parameters",
    raw: { commandId: "x", rawParameters: { a: "hunter2" } },
    expected: [
      'rawParameters is a map, expected a list of names and values; write { a: "b" } as [{ name: "a", value: "b" }]',
    ],
  },
  {
    what: "parameters of another shape",
    raw: { commandId: "x", rawParameters: "a=1" },
    expected: ["rawParameters is a string, expected a list of names and values"],
  },
  {
    what: "parameters that no shell can take",
    raw: {
      commandId: "x",
      rawParameters: [
        named("a b", "hunter2"),
        named("c", null),
        named("d", ["hunter2"]),
        named("e", "hunter2\0"),
        named("f", unsendable("NaN")),
        named("g", "ok"),
        "hunter2",
        { ...named("h", "1"), type: "string" },
      ],
    },
    expected: [
      "rawParameters has at position 1 a name that cannot be one of a shell variable (letters, digits and '_', not a digit first)",
      'rawParameters has at position 2 the value of "c", which is null, expected text',
      'rawParameters has at position 3 the value of "d", which is a list, expected text',
      'rawParameters has at position 4 the value of "e", which has a NUL byte; the shell cannot hold one',
      'rawParameters has at position 5 the value of "f", which is NaN, expected text',
      "rawParameters has at position 7 a value that is a string, expected { name, value }",
      "rawParameters has at position 8 a map with something else than 'name' and 'value'",
    ],
  },
  {
    what: "neither a command nor a script",
    raw: {},
    expected: ["script is missing; give the text to run, or a Pulumi asset"],
  },
])("$what is a problem", ({ raw, expected }) => {
  expect(sentencesOf(raw)).toEqual(expected);
});

test.each([
  { commandId: UNKNOWN },
  { commandId: "x", rawParameters: UNKNOWN },
  { commandId: "x", rawParameters: [UNKNOWN] },
  { commandId: "x", rawParameters: [named("a", UNKNOWN)] },
])("what is not known yet is no problem (%#)", (raw) => {
  const { desired, problems } = read(raw);
  expect(problems).toEqual([]);
  expect(desired.command).toBeUndefined();
});
