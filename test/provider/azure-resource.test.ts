/** A VM that is given as a resource is sent as its id, and nothing else of it. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { type AzureResource, RunCommand, type RunCommandArgs, RunCommandExtension } from "../../provider";
import { check, diff } from "../../provider/lifecycle";

const VM_ID =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1";

/** Like one of azure-native: much more than an id. */
class VirtualMachine extends pulumi.CustomResource {
  declare readonly vmId: pulumi.Output<string>;

  constructor(name: string, opts?: pulumi.CustomResourceOptions) {
    super(
      "azure-native:compute:VirtualMachine",
      name,
      { vmId: undefined, osProfile: { adminPassword: "hunter22" } },
      opts,
    );
  }
}

class Group extends pulumi.ComponentResource {
  constructor(name: string) {
    super("app:index:Group", name);
  }
}

type Inputs = Record<string, unknown>;

let registered: Map<string, Inputs>;

beforeEach(() => begin({ isPreview: false }));

async function begin({ isPreview }: { isPreview: boolean }): Promise<void> {
  registered = new Map();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.set(name, inputs);
        const isVm = type === "azure-native:compute:VirtualMachine";
        return { id: isVm ? (isPreview ? undefined : VM_ID) : `${name}-id`, state: inputs };
      },
      call: () => {
        throw new Error("nothing is to be called");
      },
    },
    "app",
    "dev",
    isPreview,
  );
}

async function sent(args: unknown): Promise<Inputs> {
  const resource = new RunCommand("prepare", args as RunCommandArgs);
  await urnOf(resource);
  return registered.get("prepare") ?? {};
}

async function problemsOf(args: unknown): Promise<readonly string[]> {
  const { failures } = await check({}, { script: "x", ...(await sent(args)), key: "k" });
  return failures.map(({ reason }) => reason);
}

test("a VM that is given as a resource is sent as its id, exactly as if the id were given", async () => {
  const vm = new VirtualMachine("web");
  const byResource = await sent({ virtualMachine: vm, script: "uptime" });
  const byId = await sent({ virtualMachineId: vm.id, script: "uptime" });
  expect(byResource).toEqual(byId);
  expect(byResource.virtualMachineId).toBe(VM_ID);
  expect(JSON.stringify(byResource)).not.toMatch(/hunter22|osProfile|"virtualMachine"/);
});

test.each<[string, () => pulumi.Input<AzureResource>]>([
  ["an output of a resource", () => pulumi.output(new VirtualMachine("web"))],
  ["a promise of a resource", () => Promise.resolve(new VirtualMachine("web"))],
  ["what a function found", () => pulumi.output({ id: VM_ID, name: "web1" })],
  ["a promise of what a function found", () => Promise.resolve({ id: VM_ID })],
  ["a plain object with an id that comes later", () => ({ id: Promise.resolve(VM_ID) })],
])("%s will do as well", async (_what, make) => {
  const { virtualMachineId, virtualMachine } = await sent({ virtualMachine: make(), script: "uptime" });
  expect([virtualMachineId, virtualMachine]).toEqual([VM_ID, undefined]);
});

test("a RunCommandExtension takes it too", async () => {
  const works = new RunCommandExtension("works", { virtualMachine: new VirtualMachine("web") });
  await urnOf(works);
  expect(registered.get("works")).toMatchObject({ virtualMachineId: VM_ID, kind: "RunCommandExtension" });
  expect(registered.get("works")).not.toHaveProperty("virtualMachine");
});

test("it depends on the VM, so that it is deleted before the VM is", async () => {
  const register = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    const vm = new VirtualMachine("web");
    await sent({ virtualMachine: vm, script: "uptime" });
    const [request] = register.mock.calls.at(-1) as unknown as [{ getDependenciesList(): string[] }];
    expect(request.getDependenciesList()).toEqual([await urnOf(vm)]);
  } finally {
    register.mockRestore();
  }
});

function urnOf(resource: pulumi.Resource): Promise<string> {
  return new Promise((resolve) => resource.urn.apply(resolve));
}

test("in a first preview the id is not known yet, and no rule is broken by that", async () => {
  await begin({ isPreview: true });
  const inputs = await sent({ virtualMachine: new VirtualMachine("web"), script: "uptime" });
  expect(inputs).not.toHaveProperty("virtualMachine");
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const { failures } = await check({}, { ...inputs, virtualMachineId: unknown, key: "k" });
  expect(failures).toEqual([]);
});

test("changing from the id to the resource of the same VM is no change", async () => {
  const vm = new VirtualMachine("web");
  const stored = {
    ...(await sent({ virtualMachineId: vm.id, script: "uptime" })),
    ...{ key: "k", generation: 1, runId: "1-create-0123456789ab", executionState: "Succeeded", created: true },
  };
  const news = await sent({ virtualMachine: vm, script: "uptime" });
  expect(await diff("k", stored, news)).toEqual({ changes: false });
});

test("a VM is named in one way only", async () => {
  const virtualMachine = new VirtualMachine("web");
  expect(await problemsOf({ virtualMachine, virtualMachineId: VM_ID, script: "x" })).toEqual([
    "virtualMachine and 'virtualMachineId' are both given; give one or the other",
  ]);
  expect(await problemsOf({ virtualMachine, vmName: "web1", script: "x" })).toEqual([
    "virtualMachine and 'resourceGroupName' with 'vmName' are both given; give one or the other",
  ]);
  expect(await problemsOf({ virtualMachine, resourceGroupName: "rg", script: "x" })).toEqual([
    "virtualMachine and 'resourceGroupName' with 'vmName' are both given; give one or the other",
  ]);
  expect(await problemsOf({ virtualMachine: undefined, virtualMachineId: VM_ID, script: "x" })).toEqual([]);
  expect(await problemsOf({ virtualMachine: null, script: "x" })).toEqual([
    "virtualMachineId is missing; give the VM's id, or 'resourceGroupName' and 'vmName'",
  ]);
});

test.each<[string, () => unknown, string]>([
  ["an id", () => VM_ID, "virtualMachine is a string, expected a VM's resource; give an id as 'virtualMachineId'"],
  [
    "a component",
    () => new Group("group"),
    "virtualMachine is a resource without 'id', expected a VM's resource; give an id as 'virtualMachineId'",
  ],
  [
    "a map without id",
    () => ({ name: "web1" }),
    "virtualMachine is a map without 'id', expected a VM's resource; give an id as 'virtualMachineId'",
  ],
  [
    "a list",
    () => [{ id: VM_ID }],
    "virtualMachine is a list, expected a VM's resource; give an id as 'virtualMachineId'",
  ],
  [
    "a function that makes it",
    () => () => new VirtualMachine("web"),
    "virtualMachine is a function, expected a VM's resource; call it, and give what it returns; give an id as 'virtualMachineId'",
  ],
  [
    "a promise of a Map",
    () => Promise.resolve(new Map([["id", VM_ID]])),
    "virtualMachineId is a Map, expected text; give a plain object: Object.fromEntries(map)",
  ],
  [
    "a promise of something without id",
    () => Promise.resolve({ name: "web1" }),
    "virtualMachineId is a map without 'id', expected text",
  ],
  [
    "another resource",
    () => new RunCommand("other", { virtualMachineId: VM_ID, script: "x" }),
    "virtualMachineId is a text of 8 characters, which is no id of a VM; expected '/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'",
  ],
])("%s in its place is reported", async (_what, make, problem) => {
  expect(await problemsOf({ virtualMachine: make(), script: "x" })).toEqual([problem]);
});

test("of names that are near it, it is what is meant", async () => {
  expect(await problemsOf({ virtualMachineId: VM_ID, vm: "x", script: "x" })).toEqual([
    "vm is no input of a RunCommand; did you mean 'virtualMachine'?",
  ]);
});
