/** What the VMs of a fleet are called in outputs and sentences. Pure. */
import type { VmTarget } from "../arm/invocation";

/** By what a VM can be told from another of the same name, the shortest first. */
const NAMES: readonly ((target: VmTarget) => string)[] = [
  ({ vmName }) => vmName,
  ({ resourceGroupName, vmName }) => `${resourceGroupName}/${vmName}`,
  ({ subscriptionId, resourceGroupName, vmName }) => `${subscriptionId}/${resourceGroupName}/${vmName}`,
];

/** The name of each: that of the VM, or, where another VM has it too, with its group, or with its subscription also. */
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
