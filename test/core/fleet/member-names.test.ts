import { earlierNames, memberNames } from "../../../core/fleet/member-names";

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

test("a VM by itself that has the name of an instance is told apart from it", () => {
  const instance = { scaleSetName: "web", instanceId: "0" };
  expect(memberNames([vm("web_0"), { ...vm("web_0"), instance }])).toEqual(["s/rg/web_0", "s/rg/web/0"]);
});

test("as VMs come and go, the name that a VM had before is known by the one that it has now", () => {
  const [a, other, b] = [vm("a"), vm("a", "other"), vm("b")];
  expect([...earlierNames([a, other, b], [vm("A"), b])]).toEqual([
    ["A", "rg/a"],
    ["b", "b"],
  ]);
  expect([...earlierNames([a], [other, b])]).toEqual([]);
});
