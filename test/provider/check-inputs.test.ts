import * as pulumi from "@pulumi/pulumi";
import { checkInputs } from "../../provider/check-inputs";
import { sendable } from "../../provider/sendable";

const VM_ID =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const INPUTS = { virtualMachineId: VM_ID, script: "uptime", key: "k", resourceUrn: "urn:1", __provider: "text" };
const FAULT = "#!/bin/bash\nhunter2 )\n";

async function sentencesOf(inputs: Record<string, unknown>): Promise<readonly string[]> {
  return (await checkInputs({ ...INPUTS, ...inputs })).problems.map(({ sentence }) => sentence);
}

test("inputs as they should be have no problem and no warning", async () => {
  expect(await checkInputs(INPUTS)).toEqual({ problems: [], warnings: [] });
});

test("every kind of problem is reported at once, for every script", async () => {
  expect(
    await sentencesOf({
      skript: "x",
      script: { unreadable: "names the file 'x.sh', which cannot be read: ENOENT" },
      update: { unreadable: "is the file 'y.sh', which is no UTF-8 text; save it as UTF-8" },
      delete: "fi",
      creates: "relative/path",
      unless: "a &&",
      timeoutInSeconds: 0,
    }),
  ).toEqual([
    "skript is no input of a RunCommand; did you mean 'script'?",
    "creates is no absolute path; begin it with '/'",
    "timeoutInSeconds is 0, expected a whole number of seconds from 1 to 100,000,000",
    "script names the file 'x.sh', which cannot be read: ENOENT",
    "update is the file 'y.sh', which is no UTF-8 text; save it as UTF-8",
    "delete has a syntax error in line 1, column 1: `fi` can only be used to end an `if`\n    fi\n    ^",
    "unless has a syntax error in line 1, column 3: `&&` must be followed by a statement\n    a &&\n      ^",
  ]);
});

test("a script that is too large is reported as the property that it is", async () => {
  const [problem, ...others] = (await checkInputs({ ...INPUTS, check: `#${"x".repeat(200_000)}` })).problems;
  expect(problem?.property).toBe("check");
  expect(problem?.sentence).toMatch(/^check, parameters, .* are too large together: 'check' 200,001 bytes; /);
  expect(others).toEqual([]);
});

test("warnings do not fail anything; what a restart means is taken from rebootPolicy", async () => {
  const { problems, warnings } = await checkInputs({ ...INPUTS, script: "reboot\nread x", check: "read y" });
  expect(problems).toEqual([]);
  expect(warnings.map((warning) => warning.split(",")[0])).toEqual([
    "script runs 'reboot' in line 1",
    "script runs 'read' in line 2",
    "check runs 'read' in line 1",
  ]);
  const again = await checkInputs({ ...INPUTS, script: "reboot", rebootPolicy: "continue" });
  expect(again.warnings).toEqual([]);
});

test.each([
  { script: UNKNOWN, update: UNKNOWN, unless: UNKNOWN, parameters: { A: UNKNOWN }, triggers: [UNKNOWN] },
  { virtualMachineId: UNKNOWN },
  { timeoutInSeconds: UNKNOWN, rebootPolicy: UNKNOWN, script: "reboot" },
  { script: undefined, commandId: UNKNOWN, rawParameters: UNKNOWN },
])("what is not known yet is no problem (%#)", async (inputs) => {
  expect(await checkInputs({ ...INPUTS, ...inputs })).toEqual({ problems: [], warnings: [] });
});

test("what is not known yet of one guard hides nothing of another", async () => {
  const { warnings } = await checkInputs({ ...INPUTS, creates: "/etc/*", unless: UNKNOWN, onlyIf: "[[ a ]]" });
  expect(warnings.map((warning) => warning.split(" ").slice(0, 3).join(" "))).toEqual([
    "onlyIf uses bash's",
    "creates has '*'",
  ]);
});

test("one of Azure's commands has no script to be judged", async () => {
  expect(await checkInputs({ ...INPUTS, script: undefined, commandId: "ifconfig" })).toEqual({
    problems: [],
    warnings: [],
  });
});

test("a path with what a shell would expand is a warning", async () => {
  const INSTEAD = `is taken as it stands: nothing in it is expanded; if that is meant, use unless: "test -e …"`;
  const warningsOf = async (creates: string) => (await checkInputs({ ...INPUTS, creates })).warnings;
  expect(await warningsOf("/etc/*.conf")).toEqual([`creates has '*' in it, and ${INSTEAD}`]);
  expect(await warningsOf("/home/$USER/~x")).toEqual([`creates has '$' and '~' in it, and ${INSTEAD}`]);
  expect(await warningsOf("/etc/a b?")).toEqual([]);
});

test("an output that was pasted into a text is said, and nothing else of that text", async () => {
  const pasted = `${pulumi.output("hunter2")}`;
  const json = JSON.stringify({ a: pulumi.output("hunter2") });
  const inputs = sendable({ script: `a ${pasted} )`, unless: pasted, creates: pasted, parameters: { A: json } });
  expect(await sentencesOf(inputs)).toEqual([
    "script has an output that was pasted into text; use pulumi.interpolate`…`, or output.apply(…)",
    "creates has an output that was pasted into text; use pulumi.interpolate`…`, or output.apply(…)",
    "unless has an output that was pasted into text; use pulumi.interpolate`…`, or output.apply(…)",
    "parameters has at A an output that was pasted into JSON text; use pulumi.jsonStringify(…), or output.apply(…)",
  ]);
});

test.each([{ secretInputs: ["script", "unless"] }, { secretInputs: UNKNOWN }])(
  "no text of a secret is shown (%#)",
  async (secret) => {
    const sentences = await sentencesOf({ ...secret, script: FAULT, unless: "hunter2 )" });
    expect(sentences).toEqual([
      "script has a syntax error in line 2, column 9 (not shown, since it is a secret)",
      "unless has a syntax error in line 1, column 9 (not shown, since it is a secret)",
    ]);
  },
);

test("the text of an input that is no secret is shown", async () => {
  expect(await sentencesOf({ secretInputs: ["unless"], script: FAULT })).toEqual([
    "script has a syntax error in line 2, column 9: a command can only contain words and redirects; encountered `)`\n    hunter2 )\n            ^",
  ]);
});

test("what the program could not send is reported in the words of its input", async () => {
  const inputs = sendable({
    virtualMachineId: VM_ID,
    script: Buffer.from("x"),
    parameters: new Map(),
    timeoutInSeconds: Number.NaN,
    triggers: [new Date(0)],
    key: "mine",
    dependsOn: [],
  });
  const { problems } = await checkInputs({ ...inputs, key: "k" });
  expect(problems.map(({ sentence }) => sentence)).toEqual([
    "dependsOn is an option: give it in the third argument",
    expect.stringMatching(/^key is no input of a RunCommand; its inputs are virtualMachine, virtualMachineId, /),
    "script is a Buffer, expected text or a Pulumi asset; give text: buffer.toString()",
    "parameters is a Map, expected a map of names to texts; give a plain object: Object.fromEntries(map)",
    "triggers has at [0] a Date, which a state cannot hold; give it as text, for example with toISOString()",
    "timeoutInSeconds is NaN, expected a whole number of seconds from 1 to 100,000,000",
  ]);
});

test("what is too much, or has half of a character, is reported in the words of its input", async () => {
  const inputs = sendable({ script: "echo \ud800x", parameters: Array(100_001), triggers: Array(100_001).fill("x") });
  expect(await sentencesOf(inputs)).toEqual([
    "script is text that was cut in the middle of a character (it has half of a surrogate pair), expected text or a Pulumi asset; give whole characters",
    "parameters is more than 100,000 values, expected a map of names to texts; give a digest of them, such as their SHA-256",
    "triggers is more than 100,000 values, which a state cannot hold; give a digest of them, such as their SHA-256",
  ]);
});

test("a RunCommandExtension has its own inputs", async () => {
  const { problems } = await checkInputs({
    kind: "RunCommandExtension",
    virtualMachineId: VM_ID,
    script: "fi",
    commandId: "x",
    readyTimeoutInSeconds: -1,
    key: "k",
  });
  const inputs =
    "virtualMachine, virtualMachineId, resourceGroupName, vmName, triggers, readyTimeoutInSeconds, removeExtension";
  expect(problems.map(({ sentence }) => sentence)).toEqual([
    `script is no input of a RunCommandExtension; its inputs are ${inputs}`,
    `commandId is no input of a RunCommandExtension; its inputs are ${inputs}`,
    "readyTimeoutInSeconds is -1, expected a whole number of seconds from 0 to 100,000,000",
  ]);
});
