import { type Desired, readDesired, whenKnown } from "../../core/desired-state";

const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";
const VM_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1`;
const UNKNOWN = Symbol("not known yet");
const OPTIONS = { isUnknown: (value: unknown) => value === UNKNOWN };

function problemsOf(raw: Record<string, unknown>): string[] {
  return readDesired(raw, OPTIONS).problems.map((problem) => problem.sentence);
}

test("an id, a script and nothing else is a complete desire", () => {
  const { desired, problems } = readDesired({ virtualMachineId: VM_ID, script: "uptime" }, OPTIONS);
  expect(problems).toEqual([]);
  expect(desired).toEqual<Desired>({
    target: { subscriptionId: SUBSCRIPTION, resourceGroupName: "rg", vmName: "web1" },
    script: "uptime",
    environment: {},
    arguments: [],
    triggers: null,
  });
});

test("numbers and booleans among parameters and arguments become their texts", () => {
  const { desired, problems } = readDesired(
    { virtualMachineId: VM_ID, script: "x", parameters: { PORT: 8080, DEBUG: false }, arguments: [1, "two"] },
    OPTIONS,
  );
  expect(problems).toEqual([]);
  expect(desired.environment).toEqual({ PORT: "8080", DEBUG: "false" });
  expect(desired.arguments).toEqual(["1", "two"]);
});

test.each<{ when: string; raw: Record<string, unknown>; expected: string[] }>([
  {
    when: "the script is empty",
    raw: { virtualMachineId: VM_ID, script: " \n" },
    expected: ["script is empty; give the text to run"],
  },
  {
    when: "there is no script",
    raw: { virtualMachineId: VM_ID },
    expected: ["script is missing; give the text to run, or a Pulumi asset"],
  },
  {
    when: "the script has a NUL byte",
    raw: { virtualMachineId: VM_ID, script: "a\nb\0c" },
    expected: ["script has a NUL byte in line 2; a shell script cannot hold one (is it a program, or UTF-16 text?)"],
  },
  {
    when: "neither target is given",
    raw: { script: "x" },
    expected: ["virtualMachineId is missing; give the VM's id, or 'resourceGroupName' and 'vmName'"],
  },
  {
    when: "both targets are given",
    raw: { script: "x", virtualMachineId: VM_ID, vmName: "web1" },
    expected: ["virtualMachineId and 'resourceGroupName' with 'vmName' are both given; give one or the other"],
  },
  {
    when: "only the VM's name is given",
    raw: { script: "x", vmName: "web1" },
    expected: ["resourceGroupName is missing; 'vmName' is given, and both are needed"],
  },
  {
    when: "the id is no id of a VM",
    raw: { script: "x", virtualMachineId: "web1" },
    expected: [
      "virtualMachineId is a text of 4 characters, which is no id of a VM; expected '/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'",
    ],
  },
  {
    when: "the id is that of a scale set",
    raw: {
      script: "x",
      virtualMachineId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/pool`,
    },
    expected: [
      "virtualMachineId is the id of the scale set 'pool', but a script runs on one VM: the members of a Flexible scale set are VMs with ids of their own; give one of those ('/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}')",
    ],
  },
  {
    when: "the id is that of a scale set's instance",
    raw: {
      script: "x",
      virtualMachineId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/pool/virtualMachines/0`,
    },
    expected: [
      "virtualMachineId is the id of an instance of the scale set 'pool', but a script runs on one VM: the members of a Flexible scale set are VMs with ids of their own; give one of those ('/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}')",
    ],
  },
  {
    when: "a parameter cannot be an environment variable, and another is kept for the runner",
    raw: { virtualMachineId: VM_ID, script: "x", parameters: { "my-name": "a", AZURE_RUN_COMMAND_X: "b", OK: "c\0" } },
    expected: [
      "parameters has \"my-name\", which cannot be the name of an environment variable (letters, digits and '_', not a digit first)",
      'parameters has "AZURE_RUN_COMMAND_X", which begins with AZURE_RUN_COMMAND_, which is kept for the runner',
      'parameters has "OK", which has a NUL byte; the shell cannot hold one',
    ],
  },
  {
    when: "an argument is no text",
    raw: { virtualMachineId: VM_ID, script: "x", arguments: ["a", { b: 1 }] },
    expected: ["arguments has at position 2 a value that is a map, expected text"],
  },
  {
    when: "an input is misspelt",
    raw: { virtualMachineId: VM_ID, script: "x", params: {} },
    expected: [
      "params is no input of a RunCommand; its inputs are virtualMachineId, resourceGroupName, vmName, script, parameters, arguments, triggers",
    ],
  },
  {
    when: "everything is wrong, it is said at once",
    raw: { vmName: "_web", script: "", parameters: [], arguments: "x" },
    expected: [
      "resourceGroupName is missing; 'vmName' is given, and both are needed",
      "vmName has the VM name \"_web\", which Azure does not allow (letters, digits, '.', '-' and '_'; not '_' first, nor '.' or '-' last)",
      "script is empty; give the text to run",
      "parameters is a list, expected a map of names to texts",
      "arguments is a string, expected a list of texts",
    ],
  },
])("when $when, the sentences say so", ({ raw, expected }) => {
  expect(problemsOf(raw)).toEqual(expected);
});

test("no sentence holds a parameter's value, an argument or the script", () => {
  const secret = "hunter2";
  const sentences = problemsOf({
    virtualMachineId: VM_ID,
    script: `${secret}\0`,
    parameters: { "bad-name": secret, GOOD: { secret } },
    arguments: [{ secret }, `${secret}\0`],
  });
  expect(sentences).toHaveLength(5);
  expect(sentences.join("\n")).not.toContain(secret);
});

describe("a value that is not known yet", () => {
  test.each<{ name: string; value: unknown; part: keyof Desired }>([
    { name: "virtualMachineId", value: UNKNOWN, part: "target" },
    { name: "script", value: UNKNOWN, part: "script" },
    { name: "parameters", value: { A: UNKNOWN }, part: "environment" },
    { name: "arguments", value: ["a", UNKNOWN], part: "arguments" },
    { name: "triggers", value: [{ deep: [UNKNOWN] }], part: "triggers" },
  ])("in $name is no problem, and leaves $part unknown", ({ name, value, part }) => {
    const { desired, problems } = readDesired({ virtualMachineId: VM_ID, script: "x", [name]: value }, OPTIONS);
    expect(problems).toEqual([]);
    expect(desired[part]).toBeUndefined();
    expect(whenKnown(desired)).toBeUndefined();
  });
});
