/** Makes virtual machines with their guests, and brings kept ones back. */

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { READY_AGENT } from "./agent-status";
import type { Guest, GuestOptions } from "./guest/guest";
import { removeMachine } from "./machine-removal";
import type { SimulatorOptions } from "./options";
import type { Membership } from "./scale-set";
import type { StoredMachine, StoredState } from "./state";
import { changeAgent } from "./vm-agent";
import type { OperatingSystem, PowerState, ResourceGroup, VirtualMachine, World } from "./world";

/** Makes the guest of one VM; does not start it. */
export type CreateGuest = (options: GuestOptions) => Guest;

export interface MachineContext {
  readonly world: World;
  readonly options: SimulatorOptions;
  readonly createGuest: CreateGuest;
  /** Each guest gets a folder of its own below this one. */
  readonly guestFolder: string;
}

/** How a VM comes up; what is not said does not keep anybody waiting. */
export interface ComingUp {
  /** How long it is being created. */
  readonly startsAfterMs?: number;
  /** How long, after that, its agent takes to report. */
  readonly agentReadyAfterMs?: number;
  /** @default true */
  readonly allowExtensionOperations?: boolean;
}

/** A new machine, by itself or as a member of a scale set. */
export interface NewMachine {
  readonly name: string;
  readonly member?: Membership;
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
  for (const lock of stored?.locks ?? []) {
    world.locks.set(lock.name, lock);
  }
  for (const scaleSet of stored?.scaleSets ?? []) {
    world.addScaleSet(scaleSet);
  }
  if (stored === undefined) {
    groupOfMachines(context);
  }
  await Promise.all(
    (stored?.machines ?? []).map(async (machine) => {
      const brought = addMachine(context, machine);
      if (brought.power === "running") {
        await bringUp(brought);
      }
    }),
  );
  const missing = vmNames.filter((name) => world.machine(options.resourceGroup, name) === undefined);
  await Promise.all(missing.map((name) => createMachine(context, { name })));
}

/** The group that new VMs go to; made where it is missing. */
export function groupOfMachines({ world, options }: MachineContext): ResourceGroup {
  const group = world.group(options.resourceGroup) ?? { name: options.resourceGroup, location: options.location };
  world.addGroup(group);
  return group;
}

/** A new VM with a new `vmId`. One with the same name is deleted first. Settles when it runs, or at once if it takes its time. */
export async function createMachine(
  context: MachineContext,
  { name, member }: NewMachine,
  comingUp: ComingUp = {},
): Promise<VirtualMachine> {
  const { world, options } = context;
  const old = member?.instanceId === undefined ? world.machine(options.resourceGroup, name) : undefined;
  if (old !== undefined) {
    await removeMachine(world, old);
  }
  const { startsAfterMs = 0, agentReadyAfterMs = 0, allowExtensionOperations = true } = comingUp;
  const machine = addMachine(context, {
    name,
    resourceGroup: groupOfMachines(context).name,
    location: options.location,
    vmId: randomUUID(),
    createdAt: world.now(),
    power: "running",
    generation: 1,
    allowExtensionOperations,
    ...(member === undefined ? {} : { member }),
  });
  if (agentReadyAfterMs > 0) {
    machine.agent = { ...machine.agent, status: "Absent" };
  }
  if (startsAfterMs === 0) {
    await bringUp(machine);
    awaitReport(world, machine, agentReadyAfterMs);
  } else {
    machine.power = "starting";
    machine.changing = "create";
    world.after(startsAfterMs, () => void startLate(world, machine, agentReadyAfterMs));
  }
  world.options.onChange();
  return machine;
}

async function startLate(world: World, machine: VirtualMachine, agentReadyAfterMs: number): Promise<void> {
  if (!world.has(machine)) {
    return;
  }
  try {
    await bringUp(machine);
    machine.power = "running";
  } catch (error) {
    machine.power = "stopped";
    if (world.has(machine)) {
      world.options.onTrouble(`cannot create '${machine.name}': ${String(error)}`);
    }
  }
  machine.changing = undefined;
  machine.powerSince = world.now();
  world.options.onChange();
  awaitReport(world, machine, agentReadyAfterMs);
}

/** Unless somebody has said by then what is to be with the agent. */
function awaitReport(world: World, machine: VirtualMachine, agentReadyAfterMs: number): void {
  if (machine.agent.status === "Absent") {
    world.after(agentReadyAfterMs, () => {
      if (machine.agent.status === "Absent") {
        changeAgent(world, machine, { status: "Ready" });
      }
    });
  }
}

function addMachine(context: MachineContext, stored: StoredMachine): VirtualMachine {
  const { world, options } = context;
  const makeGuest = (vmId: string): Guest =>
    context.createGuest({ vmName: stored.name, folder: join(context.guestFolder, vmId), rootfs: options.rootfs });
  const machine: VirtualMachine = {
    ...stored,
    member: stored.member,
    power: settled(stored.power),
    guest: makeGuest(stored.vmId),
    makeGuest,
    powerSince: world.now(),
    changing: undefined,
    run: undefined,
    afterBoot: [],
    agent: stored.agent ?? READY_AGENT,
    afterAgentChange: [],
    allowExtensionOperations: stored.allowExtensionOperations ?? true,
    operatingSystem: { name: "linux", version: "" },
  };
  world.addMachine(machine);
  return machine;
}

async function bringUp(machine: VirtualMachine): Promise<void> {
  await machine.guest.start();
  machine.operatingSystem = await readOperatingSystem(machine.guest);
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
