import { memberNames } from "../../../core/fleet/member-names";

const vm = (vmName: string, resourceGroupName = "rg", subscriptionId = "s") => ({
  subscriptionId,
  resourceGroupName,
  vmName,
});

test("a VM has its own name where no other has it", () => {
  expect(memberNames([vm("a"), vm("b", "other")])).toEqual(["a", "b"]);
});

test("VMs of the same name are told apart by their groups, and only those", () => {
  expect(memberNames([vm("a"), vm("A", "other"), vm("b")])).toEqual(["rg/a", "other/A", "b"]);
});

test("where the groups have the same name too, the subscriptions tell them apart", () => {
  expect(memberNames([vm("a"), vm("a", "RG", "t"), vm("a", "other")])).toEqual(["s/rg/a", "t/RG/a", "other/a"]);
});
