import { isSameVm, type VmTarget } from "../../../core/arm/invocation";

const A: VmTarget = { subscriptionId: "sub-a", resourceGroupName: "rg", vmName: "web1" };

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
