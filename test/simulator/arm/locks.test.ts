/** Which locks stand in the way, and which are listed. */
import { type Lock, type LockedOperation, listLocks, lockedScopes } from "../../../simulator/arm/locks";

const SUBSCRIPTION = "/subscriptions/s";
const GROUP = `${SUBSCRIPTION}/resourceGroups/rg`;
const MACHINE = `${GROUP}/providers/Microsoft.Compute/virtualMachines/vm1`;

function lock(scope: string, level: Lock["level"], name = "l"): Lock {
  return { name, scope, level, notes: undefined };
}

test.each<{ what: string; locks: Lock[]; operation: LockedOperation; locked: string[] }>([
  { what: "nothing", locks: [], operation: "write", locked: [] },
  { what: "ReadOnly on the VM", locks: [lock(MACHINE, "ReadOnly")], operation: "write", locked: [MACHINE] },
  { what: "ReadOnly on the group", locks: [lock(GROUP, "ReadOnly")], operation: "delete", locked: [GROUP] },
  {
    what: "ReadOnly on the subscription",
    locks: [lock(SUBSCRIPTION, "ReadOnly")],
    operation: "write",
    locked: [SUBSCRIPTION],
  },
  { what: "CanNotDelete", locks: [lock(MACHINE, "CanNotDelete")], operation: "write", locked: [] },
  { what: "CanNotDelete", locks: [lock(MACHINE, "CanNotDelete")], operation: "delete", locked: [MACHINE] },
  { what: "a VM whose name begins alike", locks: [lock(`${MACHINE}0`, "ReadOnly")], operation: "write", locked: [] },
  {
    what: "another case",
    locks: [lock(GROUP.toLowerCase(), "ReadOnly")],
    operation: "write",
    locked: [GROUP.toLowerCase()],
  },
  {
    what: "two locks on one scope and one on another",
    locks: [lock(GROUP, "ReadOnly", "a"), lock(GROUP, "CanNotDelete", "b"), lock(MACHINE, "CanNotDelete", "c")],
    operation: "delete",
    locked: [GROUP, MACHINE],
  },
])("with $what, $operation finds $locked locked", ({ locks, operation, locked }) => {
  expect(lockedScopes(locks, MACHINE, operation)).toEqual(locked);
});

const LOCKS: readonly Lock[] = [
  { name: "sub", scope: SUBSCRIPTION, level: "CanNotDelete", notes: "all of it" },
  lock(GROUP, "ReadOnly", "group"),
  lock(MACHINE, "ReadOnly", "vm"),
  lock(`${SUBSCRIPTION}/resourceGroups/other`, "ReadOnly", "other"),
];

function names(scope: string, filter?: string): string[] {
  const { value } = listLocks(LOCKS, scope, filter) as unknown as { value: { name: string }[] };
  return value.map(({ name }) => name);
}

test("a list has what is at, above and below its scope; with atScope(), not what is below", () => {
  expect(names(MACHINE)).toEqual(["sub", "group", "vm"]);
  expect(names(GROUP.toUpperCase())).toEqual(["sub", "group", "vm"]);
  expect(names(GROUP, "atScope()")).toEqual(["sub", "group"]);
  expect(names(SUBSCRIPTION)).toEqual(["sub", "group", "vm", "other"]);
});

test("a lock is listed as ARM does", () => {
  expect(JSON.parse(JSON.stringify(listLocks(LOCKS.slice(0, 2), SUBSCRIPTION, undefined)))).toEqual({
    value: [
      {
        properties: { level: "CanNotDelete", notes: "all of it" },
        id: `${SUBSCRIPTION}/providers/Microsoft.Authorization/locks/sub`,
        type: "Microsoft.Authorization/locks",
        name: "sub",
      },
      {
        properties: { level: "ReadOnly" },
        id: `${GROUP}/providers/Microsoft.Authorization/locks/group`,
        type: "Microsoft.Authorization/locks",
        name: "group",
      },
    ],
  });
});
