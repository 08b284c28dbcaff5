/** Makes scale sets, and lets their members come and go, as somebody outside or the platform itself would. */

import { randomBytes, randomUUID } from "node:crypto";
import { removeMachine } from "./machine-removal";
import { type ComingUp, createMachine, groupOfMachines, type MachineContext, type NewMachine } from "./machines";
import type { OrchestrationMode, ScaleSet, WantedScaleSet } from "./scale-set";
import type { VirtualMachine, World } from "./world";

/** Makes it where it is missing, and adds or takes off members until there are as many as wanted. */
export async function bringToScale(
  context: MachineContext,
  { name, mode, capacity }: WantedScaleSet,
  comingUp: ComingUp = {},
): Promise<ScaleSet> {
  const { world, options } = context;
  const scaleSet = world.scaleSet(options.resourceGroup, name) ?? makeScaleSet(context, name, mode);
  const members = world.members(scaleSet);
  await Promise.all(leaving(members, capacity).map((machine) => removeMachine(world, machine)));
  const newcomers = Array.from({ length: Math.max(0, capacity - members.length) }, () => newMember(world, scaleSet));
  await Promise.all(newcomers.map((newcomer) => createMachine(context, newcomer, comingUp)));
  world.options.onChange();
  return scaleSet;
}

/** At once, with its members. */
export async function removeScaleSet(world: World, scaleSet: ScaleSet): Promise<void> {
  world.removeScaleSet(scaleSet);
  await Promise.all(world.members(scaleSet).map((machine) => removeMachine(world, machine)));
  world.options.onChange();
}

function makeScaleSet(context: MachineContext, name: string, mode: OrchestrationMode): ScaleSet {
  const { world, options } = context;
  const scaleSet: ScaleSet = {
    name,
    resourceGroup: groupOfMachines(context).name,
    location: options.location,
    mode,
    uniqueId: randomUUID(),
    createdAt: world.now(),
    nextInstanceId: 0,
  };
  world.addScaleSet(scaleSet);
  return scaleSet;
}

/**
 * Source of the names: Learn, "Understand names and instance IDs for Azure Virtual Machine Scale Set VMs". Ids may be used again there;
 * that they only rise: assumed.
 */
function newMember(world: World, scaleSet: ScaleSet): NewMachine {
  const { name } = scaleSet;
  switch (scaleSet.mode) {
    case "Uniform": {
      const instanceId = String(scaleSet.nextInstanceId);
      scaleSet.nextInstanceId += 1;
      return { name: `${name}_${instanceId}`, member: { scaleSet: name, instanceId } };
    }
    case "Flexible": {
      const member = `${name}_${randomBytes(4).toString("hex")}`;
      return world.machine(scaleSet.resourceGroup, member) === undefined
        ? { name: member, member: { scaleSet: name, instanceId: undefined } }
        : newMember(world, scaleSet);
    }
  }
}

/**
 * Who goes when a scale set gets smaller: the highest instance ids, which are the newest.
 * Source: Learn, "Use custom scale-in policies with Azure Virtual Machine Scale Sets" (default policy); of Flexible ones: assumed.
 */
function leaving(members: readonly VirtualMachine[], capacity: number): readonly VirtualMachine[] {
  return members.slice(capacity);
}
