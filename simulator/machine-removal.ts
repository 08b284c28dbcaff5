/** Ends virtual machines with their guests: one, those of a group, or all when the simulator stops. */
import { isAtOrBelow } from "./arm/locks";
import { scopeOf } from "./arm/permission";
import { preempt } from "./runs";
import type { ResourceGroup, VirtualMachine, World } from "./world";

/** At once: ARM does not know it any more, its run is canceled, and its guest is destroyed. */
export async function removeMachine(world: World, machine: VirtualMachine): Promise<void> {
  world.removeMachine(machine);
  if (machine.run !== undefined) {
    preempt(world, machine.run);
    machine.run = undefined;
  }
  await machine.guest.destroy();
}

/** With its VMs, its scale sets and the locks on them, as if somebody had deleted it long ago. */
export async function removeGroup(world: World, group: ResourceGroup): Promise<void> {
  world.groups.delete(group.name.toLowerCase());
  const id = scopeOf({ subscription: world.options.subscriptionId, group: group.name });
  for (const lock of [...world.locks.values()].filter(({ scope }) => isAtOrBelow(scope, id))) {
    world.locks.delete(lock.name);
  }
  for (const scaleSet of world.listScaleSets(group.name)) {
    world.removeScaleSet(scaleSet);
  }
  await Promise.all(world.list(group.name).map((machine) => removeMachine(world, machine)));
  world.options.onChange();
}

/** Powers off what is kept, deletes what is not. Every guest is tried, whatever becomes of the others. */
export async function endGuests(world: World, keep: boolean): Promise<void> {
  world.end();
  const endings = await Promise.allSettled(world.list().map(({ guest }) => (keep ? guest.stop() : guest.destroy())));
  const failures = endings.flatMap((ending) => (ending.status === "rejected" ? [ending.reason as unknown] : []));
  if (failures.length > 0) {
    throw new AggregateError(failures, "some guests could not be ended");
  }
}
