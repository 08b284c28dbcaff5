/** What of a resource is stored, and that it is read back. */
import { firstRun, type NextRun, nextRun } from "../../core/plan";
import type { RunResult } from "../../core/run/outcome";
import { clean, type Properties, readStored, type Stored } from "../../provider/state";
import { storedOutputs, type Tried, withNewInputs } from "../../provider/stored-outputs";
import { knownExample } from "../support/examples";

const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";
const TARGET = { subscriptionId: SUBSCRIPTION, resourceGroupName: "rg", vmName: "web1" };
const VM_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1`;
const INPUTS: Properties = {
  virtualMachineId: VM_ID,
  script: "uptime",
  parameters: { A: "1" },
  key: "k",
  resourceUrn: "urn:1",
  __provider: "text 1",
};
const RESULT = {
  executionState: "Succeeded",
  exitCode: 0,
  stdout: "up",
  stderr: "",
  stdoutTruncated: false,
  stderrTruncated: false,
  stdoutTotalBytes: 2,
  stderrTotalBytes: 0,
  stdoutSha256: "aa",
  stderrSha256: "bb",
  stdoutReplacedBytes: false,
  stderrReplacedBytes: false,
  outputs: { a: "1" },
  startTime: "2026-11-23T00:00:00Z",
  endTime: "2026-11-23T00:00:01Z",
} as const;
const KNOWN = knownExample({ target: TARGET, script: "uptime", environment: { A: "1" } });
const FIRST: Tried = {
  inputs: INPUTS,
  key: "k",
  run: firstRun(KNOWN),
  runId: "1-create-0123456789ab",
  endedAs: "1-create-0123456789ab",
  target: TARGET,
  vmId: "guid",
  result: RESULT,
  isDone: true,
  before: undefined,
};
/** As version 0.1.0 stored it. */
const STORED_BEFORE: Properties = {
  ...INPUTS,
  vmId: "guid",
  generation: 3,
  runId: "3-update-0123456789ab",
  executionState: "Succeeded",
  exitCode: 0,
  stdout: "up",
  stderr: "",
};

function readBack(properties: Properties): Stored {
  const stored = readStored(properties);
  if (stored === undefined) {
    throw new Error("what was stored cannot be read");
  }
  return stored;
}

/** What is stored after another run of what is stored so. */
function thenRun(properties: Properties, other: Partial<Tried> & { readonly update?: string } = {}): Properties {
  const stored = readBack(properties);
  const { update = null, ...tried } = other;
  const run: NextRun = nextRun(stored, { ...KNOWN, update }, []);
  const before = { stored, properties };
  const id = `${run.generation}-${run.purpose}-x`;
  return storedOutputs({ ...FIRST, run, runId: id, endedAs: id, before, ...tried });
}

test("what was tried and how it ended is stored, with what only refresh and deletion need, and is read back", () => {
  const inputs: Properties = {
    ...INPUTS,
    protectedParameters: { PW: "secret" },
    update: "date",
    delete: "rm x",
    check: "test -e x",
    creates: "/x",
    runAsUser: "app",
    workingDirectory: "/srv",
    timeoutInSeconds: 60,
    rebootPolicy: "continue",
    parallelOnVm: true,
    outputMaxBytes: 10,
    logging: "stderr",
    removeExtension: "never",
    secretInputs: ["protectedParameters"],
    customTimeouts: { delete: 5 },
  };
  const outputs = storedOutputs({
    ...FIRST,
    inputs,
    result: { ...RESULT, executionState: "Failed", exitCode: undefined },
  });
  expect(outputs).not.toHaveProperty("__provider");
  expect(outputs).not.toHaveProperty("exitCode");
  const { exitCode: _none, ...others } = RESULT;
  expect(outputs).toMatchObject({
    ...others,
    executionState: "Failed",
    secretInputs: ["protectedParameters"],
    customTimeouts: { delete: 5 },
  });
  const { target, settings, ...content } = KNOWN;
  expect(readBack(outputs)).toEqual({
    key: "k",
    generation: 1,
    runId: "1-create-0123456789ab",
    scriptRunId: "1-create-0123456789ab",
    vmId: "guid",
    kind: "RunCommand",
    drift: undefined,
    prior: {
      ...content,
      target,
      protectedEnvironment: { PW: "secret" },
      update: "date",
      delete: "rm x",
      check: "test -e x",
      guards: { creates: "/x", unless: null, onlyIf: null },
      runAsUser: "app",
      workingDirectory: "/srv",
      settings: {
        ...settings,
        timeoutInSeconds: 60,
        rebootPolicy: "continue",
        parallelOnVm: true,
        outputMaxBytes: 10,
        logging: "stderr",
        removeExtension: "never",
      },
      executionState: "Failed",
      created: false,
      driftCheckId: null,
      rebuilt: false,
    },
  });
});

test("what the first version stored is read with the defaults of what it did not know", () => {
  expect(readBack(STORED_BEFORE)).toEqual({
    key: "k",
    generation: 3,
    runId: "3-update-0123456789ab",
    scriptRunId: "3-update-0123456789ab",
    vmId: "guid",
    kind: "RunCommand",
    drift: undefined,
    prior: { ...KNOWN, executionState: "Succeeded", created: true, driftCheckId: null, rebuilt: false },
  });
  expect(readBack({ ...STORED_BEFORE, executionState: "Failed" }).prior.created).toBe(false);
});

test.each<{ what: string; stored: Properties; prior: object }>([
  {
    what: "settings",
    stored: { outputMaxBytes: 10 ** 9, rebootPolicy: "something new" },
    prior: { settings: KNOWN.settings },
  },
  {
    what: "a folder or user",
    stored: { workingDirectory: "/srv\n", runAsUser: "a b" },
    prior: { workingDirectory: "/srv\n", runAsUser: "a b" },
  },
  {
    what: "a script",
    stored: { script: "", delete: " ", check: "a\0b" },
    prior: { script: "", delete: " ", check: "a\0b" },
  },
  {
    what: "variables or arguments",
    stored: { parameters: { AZURE_RUN_COMMAND_X: "1" }, protectedParameters: { IFS: "2" }, arguments: ["\0"] },
    prior: { environment: { AZURE_RUN_COMMAND_X: "1" }, protectedEnvironment: { IFS: "2" }, arguments: ["\0"] },
  },
  {
    what: "a command's id",
    stored: { script: undefined, commandId: "RunShellScript" },
    prior: { command: { commandId: "RunShellScript", parameters: [] } },
  },
  { what: "a guard", stored: { unless: " " }, prior: { guards: { ...KNOWN.guards, unless: " " } } },
  { what: "an end of a run", stored: { executionState: "Vaporised" }, prior: { executionState: "Unknown" } },
])("$what that this version does not allow does not keep a resource from being deleted", ({ stored, prior }) => {
  expect(readBack(clean({ ...STORED_BEFORE, ...stored })).prior).toMatchObject(prior);
});

test.each(["key", "generation", "runId", "virtualMachineId", "executionState"])(
  "without %s, what is stored is none of a resource that was created",
  (name) => {
    expect(readStored(clean({ ...STORED_BEFORE, [name]: undefined }))).toBeUndefined();
  },
);

describe("once 'script' was a success", () => {
  const created = storedOutputs(FIRST);

  test("that is remembered, and which run it was, through runs of 'update' that fail or not", () => {
    const updated = thenRun(created, { update: "date" });
    expect(updated).toMatchObject({ created: true, generation: 2, scriptRunId: FIRST.runId, runId: "2-update-x" });
    const failed = thenRun(updated, { update: "date", isDone: false, result: { ...RESULT, executionState: "Failed" } });
    expect(failed).toMatchObject({ created: true, generation: 3, scriptRunId: FIRST.runId, executionState: "Failed" });
  });

  test("another run of 'script' takes its place, whether it fails or not, but not one that never began", () => {
    const failed = thenRun(created, { isDone: false, result: { ...RESULT, executionState: "Failed" } });
    expect(failed).toMatchObject({ created: true, scriptRunId: "2-update-x" });
    const refused = thenRun(created, { isDone: false, result: { ...RESULT, executionState: "NotStarted" } });
    expect(refused).toMatchObject({ created: true, runId: "2-update-x", scriptRunId: FIRST.runId });
  });

  test("the run that came to an end after a restart of the VM is the one to be read", () => {
    const restarted = storedOutputs({ ...FIRST, endedAs: `${FIRST.runId}-b2` });
    expect(restarted).toMatchObject({ runId: FIRST.runId, scriptRunId: `${FIRST.runId}-b2` });
  });

  test("a VM that was made anew knows nothing of it", () => {
    const rebuilt = { ...created, rebuilt: true };
    const failed = thenRun(rebuilt, { vmId: "other", isDone: false, result: { ...RESULT, executionState: "Failed" } });
    expect(failed).toMatchObject({ created: false, vmId: "other", scriptRunId: "2-create-x", generation: 2 });
    expect(failed).not.toHaveProperty("rebuilt");
    // The next one runs the script again, not 'update'.
    expect(nextRun(readBack(failed), { ...KNOWN, update: "date" }, [])).toMatchObject({
      runs: "script",
      generation: 3,
    });
  });
});

describe("a run that a guard made unnecessary", () => {
  const skipped: RunResult = { ...RESULT, executionState: "Skipped", exitCode: undefined, stdout: undefined };

  test("keeps what was printed before, and is no success of 'script'", () => {
    const created = storedOutputs(FIRST);
    expect(thenRun(created, { result: skipped })).toMatchObject({
      ...RESULT,
      executionState: "Skipped",
      runId: "2-update-x",
      scriptRunId: FIRST.runId,
    });
    const first = storedOutputs({ ...FIRST, result: skipped });
    expect(first).toMatchObject({ created: false, executionState: "Skipped" });
    expect(first).not.toHaveProperty("scriptRunId");
    expect(readBack(first).scriptRunId).toBeUndefined();
  });

  test("keeps nothing on a VM that was made anew", () => {
    const rebuilt = thenRun({ ...storedOutputs(FIRST), rebuilt: true }, { result: skipped });
    expect(rebuilt).toMatchObject({ executionState: "Skipped", created: false });
    expect(rebuilt).not.toHaveProperty("stdout");
    expect(rebuilt).not.toHaveProperty("scriptRunId");
  });
});

describe("drift", () => {
  const drift = { drifted: true, checkExitCode: 1, checkOutput: "gone\n", driftCheckId: "1-check-0123456789ab" };
  const drifted = { ...storedOutputs(FIRST), ...drift };

  test("is read with what 'check' printed", () => {
    expect(readBack(drifted)).toMatchObject({
      drift: { exitCode: 1, output: "gone\n" },
      prior: { driftCheckId: "1-check-0123456789ab" },
    });
  });

  test("stays until a repair is done: one that failed is tried again as a repair", () => {
    const failed = thenRun(drifted, { isDone: false, result: { ...RESULT, executionState: "Failed" } });
    expect(failed).toMatchObject(drift);
    expect(nextRun(readBack(failed), KNOWN, [])).toMatchObject({ purpose: "repair", generation: 3 });
    const mended = thenRun(failed);
    expect(Object.keys(drift).filter((name) => name in mended)).toEqual([]);
    expect(mended).toMatchObject({ runId: "3-repair-x", executionState: "Succeeded" });
  });
});

test("inputs that run nothing are stored beside what was printed, and those that are gone are not", () => {
  const olds = storedOutputs({ ...FIRST, inputs: { ...INPUTS, logging: "stdout", customTimeouts: { create: 5 } } });
  const news = { ...INPUTS, delete: "rm x", secretInputs: ["delete"] };
  const stored = withNewInputs({ ...olds, __provider: "text 1" }, news);
  const { logging: _logging, customTimeouts: _timeouts, ...rest } = olds;
  expect(stored).toStrictEqual({ ...rest, __provider: "text 1", delete: "rm x", secretInputs: ["delete"] });
});

test("what becomes a secret is taken out of what was printed before, of one VM and of a fleet", () => {
  const inputs = { ...INPUTS, parameters: { TOKEN: "tok-12345" } };
  const told = { stdout: "token is tok-12345", stderr: "no", outputs: { token: "tok-12345" } };
  const olds = storedOutputs({ ...FIRST, inputs, result: { ...RESULT, ...told } });
  const news = { ...inputs, secretInputs: ["parameters.TOKEN"] };
  const masked = { stdout: "token is [secret]", stderr: "no", outputs: { token: "[secret]" } };
  expect(withNewInputs(olds, news)).toMatchObject(masked);
  expect(withNewInputs(olds, news)).not.toHaveProperty("stdoutSha256");
  expect(
    withNewInputs({ ...olds, stdout: { web1: told.stdout, web2: "" }, checkOutput: told.stdout }, news),
  ).toMatchObject({
    stdout: { web1: masked.stdout, web2: "" },
    checkOutput: masked.stdout,
    stderrSha256: "bb",
  });
});

test("of an extension, nothing that its probe printed is stored, nor the probe itself", () => {
  const inputs: Properties = { kind: "RunCommandExtension", virtualMachineId: VM_ID, key: "k", resourceUrn: "urn:1" };
  const outputs = storedOutputs({ ...FIRST, inputs });
  expect(outputs).toStrictEqual({
    kind: "RunCommandExtension",
    virtualMachineId: VM_ID,
    vmId: "guid",
    key: "k",
    resourceUrn: "urn:1",
    generation: 1,
    runId: "1-create-0123456789ab",
    scriptRunId: "1-create-0123456789ab",
    created: true,
    executionState: "Succeeded",
  });
  expect(readBack(outputs)).toMatchObject({ kind: "RunCommandExtension", prior: { script: "true", command: null } });
});

describe("the digest of a stream", () => {
  const digests = (inputs: Properties, result: Partial<RunResult>) => {
    const { stdoutSha256, stderrSha256 } = storedOutputs({ ...FIRST, inputs, result: { ...RESULT, ...result } });
    return { stdoutSha256, stderrSha256 };
  };
  const secret = { ...INPUTS, protectedParameters: { PW: "1234" } };
  const both = { stdoutSha256: "aa", stderrSha256: "bb" };

  test("stays where it can tell nothing of a secret", () => {
    expect(digests(INPUTS, { stdout: "[secret]", stdoutTruncated: true })).toEqual(both);
    expect(digests(secret, { stdout: "done", stderr: "" })).toEqual(both);
  });

  test("is left out where a secret is in the stream, or can be in the part that is not shown", () => {
    expect(digests(secret, { stdout: "pin [secret]" })).toEqual({ stderrSha256: "bb" });
    expect(digests(secret, { stderrTruncated: true })).toEqual({ stdoutSha256: "aa" });
    const named = { ...INPUTS, secretInputs: ["parameters.A"] };
    expect(digests(named, { stderr: "[secret]" })).toEqual({ stdoutSha256: "aa" });
  });

  test("is left out, too, where the secret is one of an earlier deployment", () => {
    const before = storedOutputs({ ...FIRST, inputs: secret });
    const outputs = thenRun(before, { inputs: INPUTS, result: { ...RESULT, stdout: "pin [secret]" } });
    expect(outputs).not.toHaveProperty("stdoutSha256");
    expect(outputs).toMatchObject({ stderrSha256: "bb", earlierSecrets: ["1234"] });
  });
});

test("no undefined leaves the provider, at any depth: the engine would lose the resource", () => {
  expect(clean({ a: undefined, b: { c: undefined, d: [undefined, { e: undefined, f: 1 }] }, g: null })).toStrictEqual({
    b: { d: [null, { f: 1 }] },
    g: null,
  });
});
