/** Makes virtual machines with their guests, brings kept ones back, and ends them all. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Guest, GuestOptions } from "./guest/guest";
import type { SimulatorOptions } from "./options";
import type { StoredMachine, StoredState } from "./state";
import type { OperatingSystem, PowerState, VirtualMachine, World } from "./world";

/** Makes the guest of one VM; does not start it. */
export type CreateGuest = (options: GuestOptions) => Guest;

export interface MachineContext {
  readonly world: World;
  readonly options: SimulatorOptions;
  readonly createGuest: CreateGuest;
  /** Each guest gets a folder of its own below this one. */
  readonly guestFolder: string;
}

/** Brings back what was kept and adds what is asked for and not there yet. */
export async function bootMachines(
  context: MachineContext,
  stored: StoredState | undefined,
  vmNames: readonly string[],
): Promise<void> {
  const { world, options } = context;
  for (const group of stored?.groups ?? []) {
    world.addGroup(group);
  }
  if (world.group(options.resourceGroup) === undefined) {
    world.addGroup({ name: options.resourceGroup, location: options.location });
  }
  await Promise.all((stored?.machines ?? []).map((machine) => addMachine(context, machine)));
  const missing = vmNames.filter((name) => world.machine(options.resourceGroup, name) === undefined);
  await Promise.all(missing.map((name) => createMachine(context, name)));
}

/** A new VM with a new `vmId`. One with the same name is deleted first. */
export async function createMachine(context: MachineContext, name: string): Promise<VirtualMachine> {
  const { world, options } = context;
  const old = world.machine(options.resourceGroup, name);
  if (old !== undefined) {
    world.removeMachine(old);
    await old.guest.destroy();
  }
  const machine = await addMachine(context, {
    name,
    resourceGroup: world.group(options.resourceGroup)?.name ?? options.resourceGroup,
    location: options.location,
    vmId: randomUUID(),
    createdAt: world.now(),
    power: "running",
    generation: 1,
  });
  world.options.onChange();
  return machine;
}

async function addMachine(context: MachineContext, stored: StoredMachine): Promise<VirtualMachine> {
  const { world, options } = context;
  const guest = context.createGuest({
    vmName: stored.name,
    folder: join(context.guestFolder, stored.vmId),
    rootfs: options.rootfs,
  });
  const power = settled(stored.power);
  const machine: VirtualMachine = {
    ...stored,
    power,
    guest,
    powerSince: world.now(),
    changing: undefined,
    run: undefined,
    afterBoot: [],
    operatingSystem: { name: "linux", version: "" },
  };
  world.addMachine(machine);
  if (power === "running") {
    await guest.start();
    machine.operatingSystem = await readOperatingSystem(guest);
  }
  return machine;
}

/** A simulator that was killed in the middle of a change has made it by the time it is back. */
function settled(power: PowerState): PowerState {
  switch (power) {
    case "starting":
    case "running":
      return "running";
    case "stopping":
    case "stopped":
      return "stopped";
    case "deallocating":
    case "deallocated":
      return "deallocated";
  }
}

/** Source: the agent reports ID and VERSION_ID of the distribution (WALinuxAgent common/version.py). */
async function readOperatingSystem(guest: Guest): Promise<OperatingSystem> {
  const result = await guest.exec(["cat", "/etc/os-release"]);
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(result.stdout.toString("utf8"))?.[1] ?? "";
  return { name: field("ID") || "linux", version: field("VERSION_ID") };
}

/** Powers off what is kept, deletes what is not. Every guest is tried, whatever becomes of the others. */
export async function endGuests(world: World, keep: boolean): Promise<void> {
  const endings = await Promise.allSettled(world.list().map(({ guest }) => (keep ? guest.stop() : guest.destroy())));
  const failures = endings.flatMap((ending) => (ending.status === "rejected" ? [ending.reason as unknown] : []));
  if (failures.length > 0) {
    throw new AggregateError(failures, "some guests could not be ended");
  }
}
