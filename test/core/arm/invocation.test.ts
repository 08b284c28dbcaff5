import {
  instanceTarget,
  isSameVm,
  locksPath,
  readVmAction,
  runCommandAction,
  runCommandPath,
  type VmTarget,
  vmResourceId,
  vmWithInstanceViewPath,
} from "../../../core/arm/invocation";

const A: VmTarget = { subscriptionId: "sub-a", resourceGroupName: "rg", vmName: "web1" };
const INSTANCE = instanceTarget(
  { subscriptionId: "sub-a", resourceGroupName: "rg" },
  { scaleSetName: "web", instanceId: "3" },
);

test.each<{ what: string; other: Partial<VmTarget>; expected: boolean }>([
  { what: "the same names", other: {}, expected: true },
  {
    what: "the same names in another case",
    other: { subscriptionId: "SUB-A", resourceGroupName: "RG", vmName: "Web1" },
    expected: true,
  },
  { what: "no subscription, which is not known", other: { subscriptionId: "" }, expected: true },
  { what: "another subscription", other: { subscriptionId: "sub-b" }, expected: false },
  { what: "another group", other: { resourceGroupName: "rg2" }, expected: false },
  { what: "another name", other: { vmName: "web2" }, expected: false },
  { what: "no subscription and another name", other: { subscriptionId: "", vmName: "web2" }, expected: false },
])("with $what it is the same VM: $expected", ({ other, expected }) => {
  expect(isSameVm(A, { ...A, ...other })).toBe(expected);
  expect(isSameVm({ ...A, ...other }, A)).toBe(expected);
});

describe("an instance of a Uniform scale set", () => {
  test("has the name that Azure gives it, an id below its scale set, and paths and rights of its own", () => {
    const id =
      "/subscriptions/sub-a/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/web/virtualMachines/3";
    expect(INSTANCE.vmName).toBe("web_3");
    expect(vmResourceId(INSTANCE)).toBe(id);
    expect(vmWithInstanceViewPath(INSTANCE)).toBe(`${id}?api-version=2024-11-01&$expand=instanceView`);
    expect(locksPath(INSTANCE)).toBe(
      `${id}/providers/Microsoft.Authorization/locks?api-version=2016-09-01&$filter=atScope()`,
    );
    expect(readVmAction(INSTANCE)).toBe("Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read");
    expect(runCommandAction(INSTANCE)).toBe(
      "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action",
    );
  });

  test("is asked to run a command by a path whose virtualmachines is in lower case", () => {
    expect(runCommandPath(INSTANCE)).toBe(
      "/subscriptions/sub-a/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/web/virtualmachines/3/runCommand?api-version=2024-11-01",
    );
  });

  test("in a group that is called virtualMachines has that name kept in its path", () => {
    const target = instanceTarget(
      { subscriptionId: "s", resourceGroupName: "virtualMachines" },
      { scaleSetName: "virtualMachines", instanceId: "0" },
    );
    expect(runCommandPath(target)).toBe(
      "/subscriptions/s/resourceGroups/virtualMachines/providers/Microsoft.Compute/virtualMachineScaleSets/virtualMachines/virtualmachines/0/runCommand?api-version=2024-11-01",
    );
  });

  test.each<{ what: string; other: VmTarget; expected: boolean }>([
    { what: "the same one", other: instanceTarget(A, { scaleSetName: "WEB", instanceId: "3" }), expected: true },
    { what: "another instance", other: instanceTarget(A, { scaleSetName: "web", instanceId: "4" }), expected: false },
    { what: "a VM by itself of the same name", other: { ...A, vmName: "web_3" }, expected: false },
  ])("and $what are the same VM: $expected", ({ other, expected }) => {
    expect(isSameVm(INSTANCE, other)).toBe(expected);
    expect(isSameVm(other, INSTANCE)).toBe(expected);
  });
});
