import { type Desired, INPUT_NAMES, readDesired, whenKnown } from "../../../core/inputs/desired-state";
import { DEFAULT_SETTINGS } from "../../../core/inputs/input-settings";
import { unsendable } from "../../../core/inputs/unsendable";
import { knownExample } from "../../support/examples";

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
  expect(desired).toEqual<Desired>(
    knownExample({
      target: { subscriptionId: SUBSCRIPTION, resourceGroupName: "rg", vmName: "web1" },
      script: "uptime",
    }),
  );
});

test("every input has its place", () => {
  const { desired, problems } = readDesired(
    {
      resourceGroupName: "rg",
      vmName: "web1",
      script: "uptime",
      update: "uptime -p",
      delete: "rm x",
      check: "test -f x",
      creates: "/srv/x",
      unless: "test -f y",
      onlyIf: "test -f z",
      parameters: { A: "1" },
      protectedParameters: { B: "2" },
      arguments: ["x"],
      triggers: [3],
      replaceTriggers: { a: [null] },
      runAsUser: "first.last-1@example.com",
      workingDirectory: "/srv/my app",
      timeoutInSeconds: 90,
      rebootPolicy: "continue",
      parallelOnVm: true,
      successExitCodes: [0, 3],
      treatFailureAsDeploymentFailure: false,
      readyTimeoutInSeconds: 0,
      outputMaxBytes: 0,
      logging: "stdoutAndStderr",
      deleteFailure: "ignore",
      removeExtension: "always",
    },
    OPTIONS,
  );
  expect(problems).toEqual([]);
  expect(desired).toEqual<Desired>({
    target: { subscriptionId: "", resourceGroupName: "rg", vmName: "web1" },
    script: "uptime",
    command: null,
    update: "uptime -p",
    delete: "rm x",
    check: "test -f x",
    guards: { creates: "/srv/x", unless: "test -f y", onlyIf: "test -f z" },
    environment: { A: "1" },
    protectedEnvironment: { B: "2" },
    arguments: ["x"],
    triggers: [3],
    replaceTriggers: { a: [null] },
    runAsUser: "first.last-1@example.com",
    workingDirectory: "/srv/my app",
    settings: {
      timeoutInSeconds: 90,
      rebootPolicy: "continue",
      parallelOnVm: true,
      successExitCodes: [0, 3],
      treatFailureAsDeploymentFailure: false,
      readyTimeoutInSeconds: 0,
      outputMaxBytes: 0,
      logging: "stdoutAndStderr",
      deleteFailure: "ignore",
      removeExtension: "always",
    },
  });
});

test("an input that is null is as good as none", () => {
  const { virtualMachineId, script, ...others } = Object.fromEntries(INPUT_NAMES.map((name) => [name, null]));
  expect(readDesired({ ...others, virtualMachineId: VM_ID, script: "x" }, OPTIONS)).toEqual(
    readDesired({ virtualMachineId: VM_ID, script: "x" }, OPTIONS),
  );
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

test.each([
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
    when: "the VM's resource is given beside its id",
    raw: { script: "x", virtualMachine: VM_ID, virtualMachineId: VM_ID },
    expected: ["virtualMachine and 'virtualMachineId' are both given; give one or the other"],
  },
  {
    when: "the VM's resource is given beside its group",
    raw: { script: "x", virtualMachine: VM_ID, resourceGroupName: "rg" },
    expected: ["virtualMachine and 'resourceGroupName' with 'vmName' are both given; give one or the other"],
  },
  {
    when: "what is given for the VM's resource is none",
    raw: { script: "x", virtualMachine: VM_ID },
    expected: ["virtualMachine is a string, expected a VM's resource; give an id as 'virtualMachineId'"],
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
      "virtualMachineId is the id of the scale set 'pool', but a script runs on one VM; give the id of one of its VMs ('/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'; where the scale set is Uniform: '…/virtualMachineScaleSets/{name}/virtualMachines/{number}')",
    ],
  },
  {
    when: "the id is that of an instance of a scale set whose instances have no numbers",
    raw: {
      script: "x",
      virtualMachineId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/pool/virtualMachines/pool_1a2b`,
    },
    expected: [
      "virtualMachineId is the id of \"pool_1a2b\" in the scale set 'pool', and no number, as the instances of a Uniform scale set have: a member of a Flexible scale set is a VM with an id of its own; give that ('/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}')",
    ],
  },
  {
    when: "the id is that of an instance of a scale set with a name that Azure does not allow",
    raw: {
      script: "x",
      virtualMachineId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/po ol/virtualMachines/0`,
    },
    expected: [
      "virtualMachineId has the scale set name \"po ol\", which Azure does not allow (letters, digits, '.', '-' and '_'; not '_' first, nor '.' or '-' last)",
    ],
  },
  {
    when: "a parameter cannot be an environment variable, and another is kept for the runner",
    raw: { virtualMachineId: VM_ID, script: "x", parameters: { "my-name": "a", AZURE_RUN_COMMAND_X: "b", OK: "c\0" } },
    expected: [
      "parameters has \"my-name\", which cannot be the name of an environment variable (letters, digits and '_', not a digit first)",
      'parameters has "AZURE_RUN_COMMAND_X", which begins with AZURE_RUN_COMMAND_, which is kept for the runner; use another name',
      'parameters has "OK", which has a NUL byte; the shell cannot hold one',
    ],
  },
  {
    when: "an argument is no text",
    raw: { virtualMachineId: VM_ID, script: "x", arguments: ["a", { b: 1 }] },
    expected: ["arguments has at position 2 a value that is a map, expected text"],
  },
  {
    when: "protected parameters cannot be environment variables",
    raw: {
      virtualMachineId: VM_ID,
      script: "x",
      protectedParameters: { "my-name": "a", AZURE_RUN_COMMAND_X: "b", OK: "c\0", LONG: "d".repeat(200_000), MAP: {} },
    },
    expected: [
      "protectedParameters has a name that cannot be the name of an environment variable (letters, digits and '_', not a digit first); it is number 5 of 5 in alphabetical order, and not shown since it may be a secret (is the map written the wrong way round?)",
      'protectedParameters has "AZURE_RUN_COMMAND_X", which begins with AZURE_RUN_COMMAND_, which is kept for the runner; use another name',
      'protectedParameters has "OK", which has a NUL byte; the shell cannot hold one',
      'protectedParameters has "LONG", which has 200000 bytes; Linux gives a program at most 130047 in one text',
      'protectedParameters has "MAP", which is a map, expected text',
    ],
  },
  {
    when: "protected parameters are no map",
    raw: { virtualMachineId: VM_ID, script: "x", protectedParameters: "PW=hunter2" },
    expected: ["protectedParameters is a string, expected a map of names to texts"],
  },
  {
    when: "a protected parameter has the name of a variable of the shell's own, which a parameter may have",
    raw: { virtualMachineId: VM_ID, script: "x", parameters: { UID: "1" }, protectedParameters: { IFS: "hunter2" } },
    expected: [
      "protectedParameters has \"IFS\", which is a variable of the shell's own: its value would be visible in the VM's process list; use another name",
    ],
  },
  {
    when: "a name is in both maps, though their values are not known yet",
    raw: {
      virtualMachineId: VM_ID,
      script: "x",
      parameters: { A: UNKNOWN, PW: "1" },
      protectedParameters: { PW: UNKNOWN, B: "hunter2", toString: "x" },
    },
    expected: ["protectedParameters has \"PW\", which 'parameters' has too; give it in one of them"],
  },
  {
    when: "a name has a problem and its value is not known yet",
    raw: {
      virtualMachineId: VM_ID,
      script: "x",
      parameters: { "a-b": UNKNOWN },
      protectedParameters: { PPID: UNKNOWN },
      arguments: [UNKNOWN, {}],
    },
    expected: [
      "parameters has \"a-b\", which cannot be the name of an environment variable (letters, digits and '_', not a digit first)",
      "protectedParameters has \"PPID\", which is a variable of the shell's own: its value would be visible in the VM's process list; use another name",
      "arguments has at position 2 a value that is a map, expected text",
    ],
  },
  ...[
    { user: "", problem: "is empty; give the name of a user on the VM, or leave it out to run as root" },
    { user: "a".repeat(257), problem: "has 257 characters; the name of a Linux user has at most 256" },
    { user: "-x", problem: "begins with '-', as no name of a Linux user does" },
    { user: 1000, problem: "is a number, expected text: the name of a user on the VM, not its number" },
    { user: true, problem: "is a boolean, expected text" },
    ...["a b", "a\tb", "a\nb", "a\0", "a\u0085", "a:b", "a/b", "DOMAIN\\user"].map((user) => ({
      user,
      problem: "has a character that no name of a Linux user has (a blank, a control character, ':', '/' or '\\')",
    })),
  ].map(({ user, problem }) => ({
    when: `the user is ${JSON.stringify(user).slice(0, 20)}`,
    raw: { virtualMachineId: VM_ID, script: "x", runAsUser: user },
    expected: [`runAsUser ${problem}`],
  })),
  ...[
    { path: "", problem: "is no absolute path; begin it with '/', or leave it out for the user's home" },
    { path: "srv", problem: "is no absolute path; begin it with '/', or leave it out for the user's home" },
    { path: "/a\0", problem: "has a NUL byte; no path can hold one" },
    ...["/srv\n", "/a\tb", "/a\u007f"].map((path) => ({
      path,
      problem: "has a control character, such as a line break at its end; give the path without it",
    })),
    { path: `/${"a".repeat(4_095)}`, problem: "has 4096 bytes; Linux takes a path of at most 4095" },
    { path: `/${"ä".repeat(2_048)}`, problem: "has 4097 bytes; Linux takes a path of at most 4095" },
    { path: ["/"], problem: "is a list, expected text" },
  ].map(({ path, problem }) => ({
    when: `the folder is ${JSON.stringify(path).slice(0, 20)}`,
    raw: { virtualMachineId: VM_ID, script: "x", workingDirectory: path },
    expected: [`workingDirectory ${problem}`],
  })),
  ...[
    { name: "timeoutInSeconds", value: 0, problem: "is 0, expected a whole number of seconds from 1 to 100,000,000" },
    {
      name: "timeoutInSeconds",
      value: 1.5,
      problem: "is 1.5, expected a whole number of seconds from 1 to 100,000,000",
    },
    {
      name: "timeoutInSeconds",
      value: 100_000_001,
      problem: "is 100000001, expected a whole number of seconds from 1 to 100,000,000",
    },
    {
      name: "timeoutInSeconds",
      value: "60",
      problem:
        "is a string, expected a whole number of seconds from 1 to 100,000,000; use config.requireNumber, or Number(...)",
    },
    { name: "outputMaxBytes", value: -1, problem: "is -1, expected a whole number of bytes from 0 to 1,048,576" },
    {
      name: "outputMaxBytes",
      value: 1_048_577,
      problem: "is 1048577, expected a whole number of bytes from 0 to 1,048,576",
    },
    ...[
      { value: "hunter2", seen: "another text" },
      { value: "a".repeat(21), seen: "another text" },
      { value: "Fail", seen: '"Fail"' },
      { value: "", seen: '""' },
      { value: true, seen: "a boolean" },
    ].map(({ value, seen }) => ({
      name: "rebootPolicy",
      value,
      problem: `is ${seen}, expected "fail", "rerun" or "continue"`,
    })),
    { name: "parallelOnVm", value: "true", problem: "is a string, expected true or false; use config.requireBoolean" },
    {
      name: "logging",
      value: "hunter2",
      problem: 'is another text, expected "stdout", "stderr", "stdoutAndStderr" or "none"',
    },
  ].map(({ name, value, problem }) => ({
    when: `${name} is ${JSON.stringify(value)}`,
    raw: { virtualMachineId: VM_ID, script: "x", [name]: value },
    expected: [`${name} ${problem}`],
  })),
  {
    when: "exit codes are none",
    raw: { virtualMachineId: VM_ID, script: "x", successExitCodes: [0, 256, -1, 1.5, "2", null] },
    expected: [
      "successExitCodes has at position 2 a value that is 256, expected a whole number from 0 to 255",
      "successExitCodes has at position 3 a value that is -1, expected a whole number from 0 to 255",
      "successExitCodes has at position 4 a value that is 1.5, expected a whole number from 0 to 255",
      "successExitCodes has at position 5 a value that is a string, expected a whole number from 0 to 255",
      "successExitCodes has at position 6 a value that is null, expected a whole number from 0 to 255",
    ],
  },
  {
    when: "exit codes are one number",
    raw: { virtualMachineId: VM_ID, script: "x", successExitCodes: 0 },
    expected: ["successExitCodes is a number, expected a list of whole numbers from 0 to 255, such as [0]"],
  },
  {
    when: "a guard cannot be one",
    raw: { virtualMachineId: VM_ID, script: "x", creates: `/${"a".repeat(4_095)}`, unless: "a\0", onlyIf: false },
    expected: [
      "creates has 4096 bytes; Linux takes a path of at most 4095",
      "unless has a NUL byte; a shell command cannot hold one",
      "onlyIf is a boolean, expected text",
    ],
  },
  ...["usr/sbin/nginx", "~/x", "$HOME/x", "./x", " /x"].map((creates) => ({
    when: `what is created is no absolute path: ${creates}`,
    raw: { virtualMachineId: VM_ID, script: "x", creates },
    expected: ["creates is no absolute path; begin it with '/'"],
  })),
  {
    when: "guards are only comments",
    raw: { virtualMachineId: VM_ID, script: "x", unless: "# test -f /x", onlyIf: "#!/bin/bash\n\n  # a\n" },
    expected: [
      "unless is only a comment, which always succeeds; give a shell command that tells by its exit code, or leave it out",
      "onlyIf is only a comment, which always succeeds; give a shell command that tells by its exit code, or leave it out",
    ],
  },
  {
    when: "a guard has a comment beside its command",
    raw: { virtualMachineId: VM_ID, script: "x", unless: "# is it there?\ntest -f /x # or not" },
    expected: [],
  },
  {
    when: "values could not be sent",
    raw: {
      virtualMachineId: unsendable("a URL", "give it as text: url.href"),
      script: unsendable("a Buffer", "give text: buffer.toString()"),
      parameters: unsendable("a Map", "give a plain object: Object.fromEntries(map)"),
      protectedParameters: { AT: unsendable("a Date", "give it as text, for example with toISOString()") },
      arguments: ["a", unsendable("NaN")],
      timeoutInSeconds: unsendable("NaN"),
      logging: unsendable("a symbol", "give text"),
      triggers: [unsendable("a Date", "give it as text, for example with toISOString()")],
      replaceTriggers: { a: [{ "b c": unsendable("Infinity") }] },
    },
    expected: [
      "virtualMachineId is a URL, expected text; give it as text: url.href",
      "script is a Buffer, expected text or a Pulumi asset; give text: buffer.toString()",
      "parameters is a Map, expected a map of names to texts; give a plain object: Object.fromEntries(map)",
      'protectedParameters has "AT", which is a Date, expected text; give it as text, for example with toISOString()',
      "arguments has at position 2 a value that is NaN, expected text",
      "triggers has at [0] a Date, which a state cannot hold; give it as text, for example with toISOString()",
      'replaceTriggers has at a[0]["b c"] Infinity, which a state cannot hold',
      "timeoutInSeconds is NaN, expected a whole number of seconds from 1 to 100,000,000",
      'logging is a symbol, expected "stdout", "stderr", "stdoutAndStderr" or "none"; give text',
    ],
  },
  {
    when: "everything is wrong, it is said at once",
    raw: {
      vmName: "_web",
      script: "",
      parameters: [],
      arguments: "x",
      runAsUser: {},
      workingDirectory: "x",
      timeoutInSeconds: Number.NaN,
      rebootPolicy: "x",
      parallelOnVm: 1,
      outputMaxBytes: null,
      logging: "x",
      update: 1,
      delete: " ",
      check: "a\0",
      creates: " ",
      unless: "",
      onlyIf: {},
      successExitCodes: [],
      treatFailureAsDeploymentFailure: "yes",
      readyTimeoutInSeconds: -1,
      deleteFailure: "x",
      removeExtension: true,
    },
    expected: [
      "resourceGroupName is missing; 'vmName' is given, and both are needed",
      "vmName has the VM name \"_web\", which Azure does not allow (letters, digits, '.', '-' and '_'; not '_' first, nor '.' or '-' last)",
      "script is empty; give the text to run",
      "update is a number, expected text or a Pulumi asset",
      "delete is empty; give the text to run, or leave it out",
      "check has a NUL byte in line 1; a shell script cannot hold one (is it a program, or UTF-16 text?)",
      "creates is blank; give the path of a file on the VM, or leave it out",
      "unless is blank; give a shell command that tells by its exit code, or leave it out",
      "onlyIf is a map, expected text",
      "parameters is a list, expected a map of names to texts",
      "arguments is a string, expected a list of texts",
      "runAsUser is a map, expected text",
      "workingDirectory is no absolute path; begin it with '/', or leave it out for the user's home",
      "timeoutInSeconds is NaN, expected a whole number of seconds from 1 to 100,000,000",
      'rebootPolicy is "x", expected "fail", "rerun" or "continue"',
      "parallelOnVm is a number, expected true or false",
      "successExitCodes is an empty list, with which no script could succeed; give [0], or leave it out",
      "treatFailureAsDeploymentFailure is a string, expected true or false; use config.requireBoolean",
      "readyTimeoutInSeconds is -1, expected a whole number of seconds from 0 to 100,000,000",
      'logging is "x", expected "stdout", "stderr", "stdoutAndStderr" or "none"',
      'deleteFailure is "x", expected "fail" or "ignore"',
      'removeExtension is a boolean, expected "whenLast", "always" or "never"',
    ],
  },
] as { when: string; raw: Record<string, unknown>; expected: string[] }[])(
  "when $when, the sentences say so",
  ({ raw, expected }) => {
    expect(problemsOf(raw)).toEqual(expected);
  },
);

test("a folder of exactly 4,095 bytes is allowed", () => {
  const folder = `/${"a".repeat(4_094)}`;
  const { desired, problems } = readDesired(
    { virtualMachineId: VM_ID, script: "x", workingDirectory: folder },
    OPTIONS,
  );
  expect(problems).toEqual([]);
  expect(desired.workingDirectory).toBe(folder);
});

test("a name of a protected parameter that cannot be one is not shown: it may be the secret", () => {
  const sentences = problemsOf({
    virtualMachineId: VM_ID,
    script: "x",
    protectedParameters: { "hunter2!": "PW", A: "1" },
  });
  expect(sentences).toEqual([
    "protectedParameters has a name that cannot be the name of an environment variable (letters, digits and '_', not a digit first); it is number 2 of 2 in alphabetical order, and not shown since it may be a secret (is the map written the wrong way round?)",
  ]);
});

test.each([null, undefined])("a variable that is %s is a problem, and not the text of it", (value) => {
  const problem = "which is undefined or null, expected text; give it a value or leave it out";
  const maps = { parameters: { A: value }, protectedParameters: { TOKEN: value } };
  expect(problemsOf({ virtualMachineId: VM_ID, script: "x", ...maps })).toEqual([
    `parameters has "A", ${problem}`,
    `protectedParameters has "TOKEN", ${problem}`,
  ]);
});

test("an argument that is undefined is said to be undefined", () => {
  expect(problemsOf({ virtualMachineId: VM_ID, script: "x", arguments: [undefined] })).toEqual([
    "arguments has at position 1 a value that is undefined, expected text",
  ]);
});

test("of names that are in both maps nothing can be run, whoever forgets to look at the problems", () => {
  const both = { virtualMachineId: VM_ID, script: "x", parameters: { PW: "1" }, protectedParameters: { PW: "2" } };
  expect(whenKnown(readDesired(both, OPTIONS).desired)).toBeUndefined();
});

test("no sentence holds a parameter's value, an argument or the script", () => {
  const secret = "hunter2";
  const sentences = problemsOf({
    virtualMachineId: VM_ID,
    script: `${secret}\0`,
    parameters: { "bad-name": secret, GOOD: { secret } },
    protectedParameters: { "bad-name": secret, PWD: secret, GOOD: [secret], BAD: `${secret}\0` },
    arguments: [{ secret }, `${secret}\0`],
    runAsUser: `${secret} `,
    workingDirectory: secret,
    timeoutInSeconds: secret,
    rebootPolicy: secret,
    outputMaxBytes: secret,
    logging: secret,
  });
  expect(sentences).toHaveLength(17);
  expect(sentences.join("\n")).not.toContain(secret);
});

describe("triggers", () => {
  const read = (triggers: unknown) => readDesired({ virtualMachineId: VM_ID, script: "x", triggers }, OPTIONS);

  test("of 64 KiB as JSON are taken", () => {
    expect(read("x".repeat(65_534)).problems).toEqual([]);
  });

  test("of more are a problem, and known all the same, so that an old state stays readable", () => {
    const { desired, problems } = read("x".repeat(65_535));
    expect(problems).toEqual([
      {
        property: "triggers",
        sentence:
          "triggers has 65,537 bytes as JSON, of which a state keeps at most 65,536; give a digest of it, such as its SHA-256",
      },
    ]);
    expect(whenKnown(desired)?.triggers).toHaveLength(65_535);
  });

  test("64 deep are taken, one more is a problem", () => {
    const nested = (depth: number) => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 1);
    expect(read(nested(64)).problems).toEqual([]);
    expect(read(nested(65)).problems.map(({ sentence }) => sentence)).toEqual([
      "triggers has lists or maps in one another more than 64 deep; give a digest of it, such as its SHA-256",
    ]);
  });
});

test("the same exit code twice counts once", () => {
  const { desired } = readDesired({ virtualMachineId: VM_ID, script: "x", successExitCodes: [3, 0, 3] }, OPTIONS);
  expect(desired.settings).toEqual({ ...DEFAULT_SETTINGS, successExitCodes: [3, 0] });
});

describe("a value that is not known yet", () => {
  test.each<{ name: string; value: unknown; part: keyof Desired }>([
    { name: "virtualMachineId", value: UNKNOWN, part: "target" },
    { name: "script", value: UNKNOWN, part: "script" },
    { name: "parameters", value: { A: UNKNOWN }, part: "environment" },
    { name: "arguments", value: ["a", UNKNOWN], part: "arguments" },
    { name: "triggers", value: [{ deep: [UNKNOWN] }], part: "triggers" },
    { name: "protectedParameters", value: { A: UNKNOWN }, part: "protectedEnvironment" },
    { name: "protectedParameters", value: UNKNOWN, part: "protectedEnvironment" },
    { name: "update", value: UNKNOWN, part: "update" },
    { name: "delete", value: UNKNOWN, part: "delete" },
    { name: "check", value: UNKNOWN, part: "check" },
    { name: "creates", value: UNKNOWN, part: "guards" },
    { name: "unless", value: UNKNOWN, part: "guards" },
    { name: "replaceTriggers", value: UNKNOWN, part: "replaceTriggers" },
    { name: "successExitCodes", value: [0, UNKNOWN], part: "settings" },
    { name: "removeExtension", value: UNKNOWN, part: "settings" },
    { name: "runAsUser", value: UNKNOWN, part: "runAsUser" },
    { name: "workingDirectory", value: UNKNOWN, part: "workingDirectory" },
    { name: "timeoutInSeconds", value: UNKNOWN, part: "settings" },
    { name: "rebootPolicy", value: UNKNOWN, part: "settings" },
    { name: "parallelOnVm", value: UNKNOWN, part: "settings" },
    { name: "outputMaxBytes", value: UNKNOWN, part: "settings" },
    { name: "logging", value: UNKNOWN, part: "settings" },
  ])("in $name is no problem, and leaves $part unknown", ({ name, value, part }) => {
    const { desired, problems } = readDesired({ virtualMachineId: VM_ID, script: "x", [name]: value }, OPTIONS);
    expect(problems).toEqual([]);
    expect(desired[part]).toBeUndefined();
    expect(whenKnown(desired)).toBeUndefined();
  });
});
