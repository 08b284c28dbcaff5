/** What the resource class sends to the engine. The engine is Pulumi's own mock of it. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { RunCommandExtension, type RunCommandExtensionArgs } from "../../provider";
import { EXTENSION_INPUT_NAMES } from "../../provider/kinds";
import { check } from "../../provider/lifecycle";

const VM_ID =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1";
const TYPE = "pulumi-nodejs:dynamic/azure-run-command:RunCommandExtension";

let registered: { readonly type: string; readonly inputs: Record<string, unknown> } | undefined;

beforeEach(() =>
  pulumi.runtime.setMocks(
    {
      newResource: ({ type, inputs }) => {
        registered = { type, inputs };
        return { id: "id", state: { ...inputs, executionState: "Succeeded" } };
      },
      call: () => ({}),
    },
    "app",
    "dev",
  ),
);

afterEach(() => jest.restoreAllMocks());

async function inputsOf(args: unknown, opts?: pulumi.CustomResourceOptions): Promise<Record<string, unknown>> {
  const resource = new RunCommandExtension("works", args as RunCommandExtensionArgs, opts);
  await new Promise((resolve) => resource.id.apply(resolve));
  const { __provider, ...inputs } = registered?.inputs ?? {};
  return inputs;
}

test("it is registered with its type, kind and key, and says in its outputs that it works", async () => {
  const resource = new RunCommandExtension("works", { virtualMachineId: VM_ID });
  expect(await new Promise((resolve) => resource.executionState.apply(resolve))).toBe("Succeeded");
  const { __provider, ...inputs } = registered?.inputs ?? {};
  expect(registered?.type).toBe(TYPE);
  expect(inputs).toEqual({
    virtualMachineId: VM_ID,
    kind: "RunCommandExtension",
    resourceUrn: `urn:pulumi:dev::app::${TYPE}::works`,
    key: expect.stringMatching(/^[0-9a-f]{20}$/),
  });
});

test("all inputs are sent under their names, and check finds no fault with them", async () => {
  const args: Required<Omit<RunCommandExtensionArgs, "virtualMachine" | "virtualMachineId">> = {
    resourceGroupName: "rg",
    vmName: "web1",
    triggers: [1],
    readyTimeoutInSeconds: 5,
    removeExtension: "always",
  };
  const { key, resourceUrn, kind, customTimeouts, ...inputs } = await inputsOf(args, {
    customTimeouts: { create: "2m" },
  });
  expect(inputs).toEqual(args);
  expect(customTimeouts).toEqual({ create: 120 });
  expect(["virtualMachine", "virtualMachineId", ...Object.keys(args)]).toEqual(EXTENSION_INPUT_NAMES);
  const given = await inputsOf({ ...args, resourceGroupName: undefined, vmName: undefined, virtualMachineId: VM_ID });
  expect(await check({}, given)).toEqual({ inputs: given, failures: [] });
});

test("what only a RunCommand has is no input of it", async () => {
  const given = await inputsOf({ virtualMachineId: VM_ID, script: "uptime", timeoutInSeconds: 5 });
  const { failures } = await check({}, { ...given, key: "names" });
  expect(failures.map(({ reason }) => reason)).toEqual(
    ["script", "timeoutInSeconds"].map((name) =>
      expect.stringContaining(`${name} is no input of a RunCommandExtension`),
    ),
  );
});

test("without inputs, check says what is missing, and nothing of a script", async () => {
  const { failures } = await check({}, { ...(await inputsOf(undefined)), key: "none" });
  expect(failures.map(({ reason }) => reason)).toEqual([
    "virtualMachineId is missing; give the VM's id, or 'resourceGroupName' and 'vmName'",
  ]);
});

test("the user's options win over ours", async () => {
  interface Request {
    getDeletebeforereplace(): boolean;
    getAdditionalsecretoutputsList(): string[];
  }
  const register = jest.spyOn(MockMonitor.prototype, "registerResource");
  await inputsOf({ virtualMachineId: VM_ID });
  await inputsOf({ virtualMachineId: VM_ID }, { deleteBeforeReplace: false });
  const requests = register.mock.calls.map(([request]) => request as Request);
  expect(requests.map((request) => request.getDeletebeforereplace())).toEqual([true, false]);
  expect(requests[0]?.getAdditionalsecretoutputsList()).toEqual(["earlierSecrets"]);
});
