/** What the resource class sends to the engine. The engine is Pulumi's own mock of it; the real one is in test/e2e. */

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { RunCommand, type RunCommandArgs } from "../../provider";
import { RUN_COMMAND_INPUT_NAMES } from "../../provider/kinds";
import { check } from "../../provider/lifecycle";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const VM_ID =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1";
let registered: Registered[];
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "run-command-"));
  registered = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs });
        return { id: "id", state: inputs };
      },
      call: () => {
        throw new Error("nothing is to be called");
      },
    },
    "app",
    "dev",
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** How a secret looks on the wire. Source: pulumi/pulumi, sdk/nodejs/runtime/rpc.ts (specialSecretSig). */
const asSecret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

async function inputsOf(args: RunCommandArgs, opts?: pulumi.CustomResourceOptions): Promise<Record<string, unknown>> {
  const resource = new RunCommand("prepare", args, opts);
  await new Promise((resolve) => resource.id.apply(resolve));
  return registered.at(-1)?.inputs ?? {};
}

test("it is registered with its type, the key and the URN of its place in the program", async () => {
  const { __provider, ...inputs } = await inputsOf({ virtualMachineId: VM_ID, script: "uptime" });
  expect(registered[0]).toMatchObject({ type: "pulumi-nodejs:dynamic/azure-run-command:RunCommand", name: "prepare" });
  expect(inputs).toEqual({
    virtualMachineId: VM_ID,
    script: "uptime",
    resourceUrn: "urn:pulumi:dev::app::pulumi-nodejs:dynamic/azure-run-command:RunCommand::prepare",
    key: "77718da7e77661bc0d2a",
  });
});

test("a script may be a string asset or a file", async () => {
  const path = join(folder, "prepare.sh");
  writeFileSync(path, "echo ä\r\n");
  const asText = await inputsOf({ virtualMachineId: VM_ID, script: new pulumi.asset.StringAsset("echo a") });
  expect(asText.script).toBe("echo a");
  const asFile = await inputsOf({ virtualMachineId: VM_ID, script: new pulumi.asset.FileAsset(path) });
  expect(asFile.script).toBe("echo ä\r\n");
  const asUri = await inputsOf({ virtualMachineId: VM_ID, script: new pulumi.asset.RemoteAsset(`file://${path}`) });
  expect(asUri.script).toBe("echo ä\r\n");
});

test("a file that is missing or is no text becomes a problem for check, not a crash of the program", async () => {
  const path = join(folder, "missing.sh");
  const missing = await inputsOf({ virtualMachineId: VM_ID, script: new pulumi.asset.FileAsset(path) });
  expect(missing.script).toEqual({ unreadable: `names the file '${path}', which cannot be read: ENOENT` });
  writeFileSync(path, Buffer.from([0x65, 0xff, 0xfe]));
  const binary = await inputsOf({ virtualMachineId: VM_ID, script: new pulumi.asset.FileAsset(path) });
  expect(binary.script).toEqual({ unreadable: `is the file '${path}', which is no UTF-8 text; save it as UTF-8` });
});

test("all inputs are sent under their names, and no others", async () => {
  const args: Required<Omit<RunCommandArgs, "virtualMachine" | "virtualMachineId">> = {
    resourceGroupName: "rg",
    vmName: "web1",
    script: "uptime",
    update: "date",
    delete: "rm x",
    check: "test -e x",
    creates: "/x",
    unless: "true",
    onlyIf: "false",
    commandId: "ifconfig",
    rawParameters: [{ name: "a", value: "1" }],
    parameters: { A: "1" },
    protectedParameters: { B: "2" },
    arguments: ["x"],
    triggers: [1],
    replaceTriggers: [2],
    runAsUser: "app",
    workingDirectory: "/srv",
    timeoutInSeconds: 60,
    rebootPolicy: "continue",
    parallelOnVm: true,
    successExitCodes: [0, 2],
    treatFailureAsDeploymentFailure: false,
    readyTimeoutInSeconds: 5,
    outputMaxBytes: 1_024,
    logging: "stdoutAndStderr",
    deleteFailure: "ignore",
    removeExtension: "never",
  };
  const { __provider, key, resourceUrn, secretInputs, ...inputs } = await inputsOf(args);
  expect(inputs).toEqual({ ...args, protectedParameters: asSecret({ B: "2" }) });
  expect(secretInputs).toEqual(["protectedParameters"]);
  expect(["virtualMachine", "virtualMachineId", ...Object.keys(args)]).toEqual(RUN_COMMAND_INPUT_NAMES);
});

test("every script may be an asset, a promise or an output; what is a secret stays one", async () => {
  const {
    update,
    delete: removal,
    check,
    secretInputs,
  } = await inputsOf({
    virtualMachineId: VM_ID,
    script: "uptime",
    update: pulumi.secret("date"),
    delete: Promise.resolve(new pulumi.asset.StringAsset("rm x")),
    check: pulumi.output(new pulumi.asset.StringAsset("test -e x")),
  });
  expect([update, removal, check, secretInputs]).toEqual([asSecret("date"), "rm x", "test -e x", ["update"]]);
});

test("what cannot be a script becomes a problem for check, and so does what cannot be sent", async () => {
  const inputs = await inputsOf(
    untyped({
      script: new pulumi.asset.FileArchive("."),
      update: () => "date",
      delete: new pulumi.asset.RemoteAsset("http://example.com/x?sig=secret"),
      check: new pulumi.asset.RemoteAsset("file://elsewhere/x"),
    }),
  );
  expect(inputs).toMatchObject({
    script: { unreadable: "is neither text nor a Pulumi asset (an archive is no script)" },
    delete: { unreadable: "names http://example.com/x, which is not fetched: only https: and file: are" },
    check: { unreadable: "names an address that begins with file: and is none of this machine; write file:///path" },
  });
  const { failures } = await check({}, { ...inputs, virtualMachineId: VM_ID, key: "unsendable" });
  expect(failures.map(({ reason }) => reason).toSorted()).toEqual([
    "check names an address that begins with file: and is none of this machine; write file:///path",
    "delete names http://example.com/x, which is not fetched: only https: and file: are",
    "script is neither text nor a Pulumi asset (an archive is no script)",
    "update is a function, expected text or a Pulumi asset; call it, and give what it returns",
  ]);
});

/** What a program without types may give. */
function untyped(args: unknown): RunCommandArgs {
  return args as RunCommandArgs;
}

test.each([undefined, null, {}])("%j as inputs does not end the program: check says what is missing", async (args) => {
  const inputs = await inputsOf(untyped(args));
  const { failures } = await check({}, inputs);
  expect(failures.map(({ reason }) => reason)).toEqual([
    "virtualMachineId is missing; give the VM's id, or 'resourceGroupName' and 'vmName'",
    "script is missing; give the text to run, or a Pulumi asset",
  ]);
});

test("the option customTimeouts is passed on in seconds, since the engine does not tell the provider of it", async () => {
  const args = { virtualMachineId: VM_ID, script: "uptime" };
  const { customTimeouts } = await inputsOf(args, { customTimeouts: { create: "1h30m", delete: "5s" } });
  expect(customTimeouts).toEqual({ create: 5_400, delete: 5 });
  const wrong = await inputsOf(args, { customTimeouts: { create: "soon" } });
  expect((await check({}, { ...wrong, key: "timeouts" })).failures).toEqual([
    {
      property: "",
      reason: 'customTimeouts.create is "soon", expected a duration such as "90s", "10m" or "1h30m"',
    },
  ]);
  expect(await inputsOf(args, {})).not.toHaveProperty("customTimeouts");
});

test("the engine is given the option customTimeouts only where it can read it: it would end the program", async () => {
  interface Request {
    getCustomtimeouts(): { getCreate(): string } | undefined;
  }
  const register = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    for (const create of ["90s", "soon"]) {
      await inputsOf({ virtualMachineId: VM_ID, script: "uptime" }, { customTimeouts: { create } });
    }
    const given = register.mock.calls.map(([request]) => (request as Request).getCustomtimeouts()?.getCreate() ?? "");
    expect(given).toEqual(["90s", ""]);
  } finally {
    register.mockRestore();
  }
});

test("a variable without a value is sent as null, which check reports, and is not left out", async () => {
  const none = undefined as unknown as string;
  const { parameters, protectedParameters } = await inputsOf({
    virtualMachineId: VM_ID,
    script: "uptime",
    parameters: { A: none, B: "1", C: pulumi.output(none), D: Promise.resolve(none), E: pulumi.secret("s") },
    protectedParameters: { TOKEN: none, PW: pulumi.output("hunter2") },
  });
  // Pulumi makes a map with a secret in it secret as a whole.
  expect(parameters).toEqual(asSecret({ A: null, B: "1", C: null, D: null, E: "s" }));
  expect(protectedParameters).toEqual(asSecret({ TOKEN: null, PW: "hunter2" }));
  const { failures } = await check(
    {},
    { virtualMachineId: VM_ID, script: "uptime", protectedParameters: { TOKEN: null } },
  );
  expect(failures.map(({ reason }) => reason)).toEqual([
    'protectedParameters has "TOKEN", which is undefined or null, expected text; give it a value or leave it out',
  ]);
});

test.each([
  { what: "an output", given: pulumi.output({ A: "1" }) },
  { what: "a promise", given: Promise.resolve({ A: "1" }) },
])("a map of parameters that is $what is sent as it is", async ({ given }) => {
  const inputs = await inputsOf({ virtualMachineId: VM_ID, script: "uptime", parameters: given });
  expect(inputs.parameters).toEqual({ A: "1" });
});

describe("protected parameters", () => {
  interface Request {
    getType(): string;
    getObject(): { toJavaScript(): Record<string, unknown> };
    getAdditionalsecretoutputsList(): string[];
  }

  afterEach(() => jest.restoreAllMocks());

  async function requestOf(args: Partial<RunCommandArgs>, opts?: pulumi.CustomResourceOptions): Promise<Request> {
    const register = jest.spyOn(MockMonitor.prototype, "registerResource");
    await inputsOf({ virtualMachineId: VM_ID, script: "uptime", ...args }, opts);
    return register.mock.calls.map(([request]) => request as Request).at(-1) as Request;
  }

  test.each<{ what: string; given: RunCommandArgs["protectedParameters"] }>([
    { what: "plain text", given: { PW: "hunter2" } },
    { what: "a secret", given: { PW: pulumi.secret("hunter2") } },
    { what: "a secret map", given: pulumi.secret({ PW: "hunter2" }) },
    { what: "an output", given: pulumi.output({ PW: "hunter2" }) },
  ])("are a secret as a whole, though the program gives $what", async ({ given }) => {
    const request = await requestOf(given === undefined ? {} : { protectedParameters: given });
    expect(request.getObject().toJavaScript().protectedParameters).toEqual(asSecret({ PW: "hunter2" }));
  });

  test("are a secret among the outputs, beside those that the program names", async () => {
    const own = await requestOf({});
    expect(own.getAdditionalsecretoutputsList()).toEqual(["protectedParameters", "earlierSecrets"]);
    const merged = await requestOf({}, { additionalSecretOutputs: ["stdout"] });
    expect(merged.getAdditionalsecretoutputsList().toSorted()).toEqual([
      "earlierSecrets",
      "protectedParameters",
      "stdout",
    ]);
  });
});

describe("in a component", () => {
  class Group extends pulumi.ComponentResource {
    constructor(name: string) {
      super("app:index:Group", name);
    }
  }

  const urnOf = (resource: pulumi.Resource) => new Promise<string>((resolve) => resource.urn.apply(resolve));

  test("it has the key of its full URN, the one under which the engine knows it", async () => {
    const resource = new RunCommand(
      "prepare",
      { virtualMachineId: VM_ID, script: "uptime" },
      { parent: new Group("servers") },
    );
    const urn = await urnOf(resource);
    expect(urn).toBe(
      "urn:pulumi:dev::app::app:index:Group$pulumi-nodejs:dynamic/azure-run-command:RunCommand::prepare",
    );
    expect(registered.at(-1)?.inputs).toMatchObject({
      resourceUrn: urn,
      key: createHash("sha256").update(urn).digest("hex").slice(0, 20),
    });
  });
});

describe("a replacement", () => {
  interface Request {
    getType(): string;
    getDeletebeforereplace(): boolean;
    getProtect(): boolean;
  }

  afterEach(() => jest.restoreAllMocks());

  /** What the engine is told of a resource beside its inputs. */
  async function requestOf(opts?: pulumi.CustomResourceOptions): Promise<Request> {
    const register = jest.spyOn(MockMonitor.prototype, "registerResource");
    await inputsOf({ virtualMachineId: VM_ID, script: "uptime" }, opts);
    const requests = register.mock.calls.map(([request]) => request as Request);
    const request = requests.find((sent) => sent.getType().endsWith(":RunCommand"));
    if (request === undefined) {
      throw new Error("no RunCommand was registered");
    }
    return request;
  }

  test.each<{ when: string; opts?: pulumi.CustomResourceOptions; expected: boolean }>([
    { when: "without options", expected: true },
    { when: "with other options", opts: { protect: true }, expected: true },
    { when: "that asks for it", opts: { deleteBeforeReplace: true }, expected: true },
    { when: "that says otherwise", opts: { deleteBeforeReplace: false }, expected: false },
  ])("$when deletes the old receipts first: $expected", async ({ opts = {}, expected }) => {
    const request = await requestOf(opts);
    expect(request.getDeletebeforereplace()).toBe(expected);
    expect(request.getProtect()).toBe(opts.protect ?? false);
  });
});
