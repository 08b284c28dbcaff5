/** VMs and scale sets that a fleet is given as resources are sent as their ids, and nothing else of them. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { RunCommandFleet, type RunCommandFleetArgs } from "../../provider";
import { check } from "../../provider/lifecycle";

jest.mock("../../provider/fleet-members", () => ({
  ...jest.requireActual<typeof import("../../provider/fleet-members")>("../../provider/fleet-members"),
  membersOf: (id: pulumi.Input<string>) => pulumi.output(id).apply((known) => [`${known}/virtualMachines/0`]),
}));

const GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute";
const idOf = (name: string) => `${GROUP}/virtualMachines/${name}`;
const SCALE_SET = `${GROUP}/virtualMachineScaleSets/web`;

/** Like those of azure-native: much more than an id. */
class Azures extends pulumi.CustomResource {
  constructor(name: string) {
    super("azure-native:compute:Any", name, { osProfile: { adminPassword: "hunter22" } });
  }
}

type Inputs = Record<string, unknown>;

let registered: Map<string, Inputs>;

beforeEach(async () => {
  registered = new Map();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => {
        registered.set(name, inputs);
        return { id: name === "web" ? SCALE_SET : idOf(name), state: inputs };
      },
      call: () => ({}),
    },
    "app",
    "dev",
  );
});

function urnOf(resource: pulumi.Resource): Promise<string> {
  return new Promise((resolve) => resource.urn.apply(resolve));
}

async function sent(args: unknown): Promise<Inputs> {
  const fleet = new RunCommandFleet("site", { script: "uptime", ...(args as object) } as RunCommandFleetArgs);
  await urnOf(fleet);
  return registered.get("site") ?? {};
}

async function problemsOf(args: unknown): Promise<readonly string[]> {
  const { failures } = await check({}, { ...(await sent(args)), key: "k" });
  return failures.map(({ reason }) => reason);
}

const [A, B] = [idOf("a"), idOf("b")];

test.each<[string, () => unknown]>([
  ["a list of resources", () => [new Azures("a"), new Azures("b")]],
  ["a list of outputs", () => [pulumi.output(new Azures("a")), Promise.resolve({ id: B })]],
  ["an output of a list", () => pulumi.output([{ id: A }, { id: B, name: "b" }])],
  ["a promise of a list of resources", () => Promise.resolve([new Azures("a"), new Azures("b")])],
])("%s is sent exactly as if the ids were given", async (_what, make) => {
  const byId = await sent({ virtualMachineIds: [A, B] });
  const byResource = await sent({ virtualMachines: make() });
  expect(byResource).toEqual(byId);
  expect(byResource.virtualMachineIds).toEqual([A, B]);
  expect(JSON.stringify(byResource)).not.toMatch(/hunter22|osProfile|"virtualMachines"/);
});

test("a scale set's resource is sent as its id, with the VMs that it has", async () => {
  const inputs = await sent({ scaleSet: new Azures("web") });
  expect(inputs).toEqual(await sent({ scaleSetId: SCALE_SET }));
  expect(inputs).toMatchObject({ scaleSetId: SCALE_SET, members: [`${SCALE_SET}/virtualMachines/0`] });
  expect(inputs).not.toHaveProperty("scaleSet");
});

test("an empty list of resources is one of ids", async () => {
  expect(await sent({ virtualMachines: [] })).toMatchObject({ virtualMachineIds: [] });
  expect(await problemsOf({ virtualMachines: [] })).toEqual([]);
});

test("the fleet depends on its VMs, so that it is deleted before they are", async () => {
  const register = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    const vms = [new Azures("a"), new Azures("b")];
    await sent({ virtualMachines: vms });
    const [request] = register.mock.calls.at(-1) as unknown as [{ getDependenciesList(): string[] }];
    expect(request.getDependenciesList().sort()).toEqual(await Promise.all(vms.map(urnOf)));
  } finally {
    register.mockRestore();
  }
});

const AS_LIST = "expected a list of VMs' resources; give ids as 'virtualMachineIds'";

test.each<[string, () => unknown, string]>([
  [
    "two ways at once",
    () => ({ virtualMachines: [new Azures("a")], virtualMachineIds: [A] }),
    "virtualMachines and 'virtualMachineIds' are both given; give one or the other",
  ],
  [
    "VMs and a scale set",
    () => ({ virtualMachines: pulumi.output([{ id: A }]), scaleSet: new Azures("web") }),
    "virtualMachines and 'scaleSet' are both given; give one or the other",
  ],
  ["one VM", () => ({ virtualMachines: new Azures("a") }), `virtualMachines is a resource, ${AS_LIST}`],
  ["ids", () => ({ virtualMachines: [A] }), `virtualMachines is a list with a string at position 1, ${AS_LIST}`],
  [
    "a map without id",
    () => ({ virtualMachines: [new Azures("a"), { name: "b" }] }),
    `virtualMachines is a list with a map without 'id' at position 2, ${AS_LIST}`,
  ],
  [
    "a promise of something without id",
    () => ({ virtualMachines: [Promise.resolve({ name: "b" })] }),
    "virtualMachineIds has at position 1 a value that is a map without 'id', expected the id of a VM",
  ],
  [
    "an output that is no list",
    () => ({ virtualMachines: pulumi.output("a") }),
    "virtualMachineIds is a string, expected a list of the ids of VMs",
  ],
  [
    "the id of a scale set",
    () => ({ scaleSet: SCALE_SET }),
    "scaleSet is a string, expected a scale set's resource; give an id as 'scaleSetId'",
  ],
  ["another name for it", () => ({ vms: [] }), "vms is no input of a RunCommandFleet; did you mean 'virtualMachines'?"],
])("%s in its place is reported", async (_what, make, problem) => {
  expect((await problemsOf(make()))[0]).toBe(problem);
});
