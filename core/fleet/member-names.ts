/** What the VMs of a fleet are called in outputs and sentences. Pure. */
import { caselessVmId, type VmTarget } from "../arm/invocation";

/** By what a VM can be told from another of the same name, the shortest first. */
const NAMES: readonly ((target: VmTarget) => string)[] = [
  ({ vmName }) => vmName,
  ({ resourceGroupName, vmName }) => `${resourceGroupName}/${vmName}`,
  ({ subscriptionId, resourceGroupName, vmName }) => `${subscriptionId}/${resourceGroupName}/${vmName}`,
  // A VM by itself may have the very name that Azure gives an instance.
  ({ subscriptionId, resourceGroupName, vmName, instance }) =>
    [subscriptionId, resourceGroupName, instance?.scaleSetName, instance?.instanceId ?? vmName]
      .filter((part) => part !== undefined)
      .join("/"),
];

/** The name of each: that of the VM, or, where another VM has it too, with its group, or with its subscription also; at last that of its scale set. */
export function memberNames(targets: readonly VmTarget[]): readonly string[] {
  const counts = NAMES.map((nameOf) => {
    const count = new Map<string, number>();
    for (const target of targets) {
      const name = nameOf(target).toLowerCase();
      count.set(name, (count.get(name) ?? 0) + 1);
    }
    return count;
  });
  const isAlone = (target: VmTarget) => (nameOf: (typeof NAMES)[number], index: number) =>
    counts[index]?.get(nameOf(target).toLowerCase()) === 1;
  return targets.map((target) => (NAMES.find(isAlone(target)) ?? NAMES.at(-1))?.(target) ?? target.vmName);
}

/** By its name now, the name that a VM had among others before: as VMs come and go, it changes. */
export function earlierNames(before: readonly VmTarget[], now: readonly VmTarget[]): ReadonlyMap<string, string> {
  const earlier = memberNames(before);
  const byId = new Map(before.map((target, index) => [caselessVmId(target), earlier[index] ?? ""]));
  const names = memberNames(now);
  return new Map(
    now.flatMap((target, index) => {
      const name = byId.get(caselessVmId(target));
      return name === undefined ? [] : [[names[index] ?? "", name] as const];
    }),
  );
}
