/** What exists in the simulated subscription: groups, virtual machines, scale sets, and the operations on them. */

import { randomInt, randomUUID } from "node:crypto";
import type { VmAgent } from "./agent-status";
import { Catalogue } from "./arm/catalogue";
import type { Instant } from "./arm/instant";
import type { Lock } from "./arm/locks";
import type { Clock } from "./clock";
import type { Guest } from "./guest/guest";
import type { Membership, ScaleSet } from "./scale-set";
import type { PowerAction, Timing } from "./timing";

/** Source of the words: Microsoft Learn, "States and billing status of Azure Virtual Machines". */
export type PowerState = "starting" | "running" | "stopping" | "stopped" | "deallocating" | "deallocated";

export interface StatusEntry {
  readonly code: string;
  readonly level: string;
  readonly displayStatus: string;
  readonly message: string;
}

export type Outcome =
  | { readonly kind: "running" }
  | { readonly kind: "succeeded"; readonly endedAt: Instant; readonly output: readonly StatusEntry[] | undefined }
  | { readonly kind: "failed"; readonly endedAt: Instant; readonly code: string; readonly message: string }
  | { readonly kind: "canceled"; readonly endedAt: Instant; readonly code: string; readonly message: string };

/** The ARM side of one long-running call. */
export interface Operation {
  readonly id: string;
  /** The `p` of the operation URL; what it means is not known. */
  readonly partition: string;
  readonly vmName: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly action: PowerAction | "runCommand";
  readonly commandId: string | undefined;
  readonly postedAtMs: number;
  readonly startedAt: Instant;
  /** Who asked for it, as its `User-Agent` says. */
  client: string | undefined;
  /** When its script began and ended in the guest: of what Azure says of an operation, nothing. */
  scriptStartedAtMs: number | undefined;
  scriptEndedAtMs: number | undefined;
  outcome: Outcome;
}

export interface VirtualMachine {
  readonly name: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly member: Membership | undefined;
  /** This and the guest are others after a reimage. */
  vmId: string;
  readonly createdAt: Instant;
  guest: Guest;
  /** Makes a guest with an empty disk; does not start it. */
  readonly makeGuest: (vmId: string) => Guest;
  power: PowerState;
  powerSince: Instant;
  /** Counts changes of the VM's model, as `etag` does. */
  generation: number;
  /** The power action under way, or the making of the VM. */
  changing: PowerAction | "create" | undefined;
  /** The run, or the removal of the extension, that holds the VM. */
  run: Operation | undefined;
  /** What waits for the VM to be running again after a restart. */
  readonly afterBoot: (() => void)[];
  agent: VmAgent;
  /** What waits for the agent to become another. */
  readonly afterAgentChange: (() => void)[];
  /** Source: `osProfile.allowExtensionOperations`, ComputeRP virtualMachine.json. */
  allowExtensionOperations: boolean;
  operatingSystem: OperatingSystem;
}

/** From the guest's /etc/os-release. */
export interface OperatingSystem {
  readonly name: string;
  readonly version: string;
}

export interface WorldOptions {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly timing: Timing;
  /** Called after each change that has to survive a restart of the simulator. */
  readonly onChange: () => void;
  /** Called when a guest could not do what was asked; the operation tells the client. */
  readonly onTrouble: (message: string) => void;
}

export interface ResourceGroup {
  readonly name: string;
  readonly location: string;
}

export class World {
  readonly groups = new Map<string, ResourceGroup>();
  readonly operations = new Map<string, Operation>();
  readonly catalogue = new Catalogue();
  /** By name. */
  readonly locks = new Map<string, Lock>();
  /** Names of actions that nobody may do, in lower case. */
  deniedActions: ReadonlySet<string> = new Set();
  private ended = false;
  private readonly machines = new Map<string, VirtualMachine>();
  private readonly scaleSets = new Map<string, ScaleSet>();

  constructor(readonly options: WorldOptions) {}

  addGroup(group: ResourceGroup): void {
    this.groups.set(group.name.toLowerCase(), group);
  }

  group(name: string): ResourceGroup | undefined {
    return this.groups.get(name.toLowerCase());
  }

  addMachine(machine: VirtualMachine): void {
    this.machines.set(keyOf(machine), machine);
  }

  removeMachine(machine: VirtualMachine): void {
    this.machines.delete(keyOf(machine));
  }

  /** False once it is deleted, also when another has its name. */
  has(machine: VirtualMachine): boolean {
    return this.machines.get(keyOf(machine)) === machine;
  }

  /** A VM by itself, or a member of a Flexible scale set. */
  machine(resourceGroup: string, name: string): VirtualMachine | undefined {
    return this.machines.get(key(resourceGroup, name));
  }

  /** An instance of a Uniform scale set. */
  instance(resourceGroup: string, scaleSet: string, instanceId: string): VirtualMachine | undefined {
    return this.machines.get(key(resourceGroup, scaleSet, instanceId));
  }

  addScaleSet(scaleSet: ScaleSet): void {
    this.scaleSets.set(key(scaleSet.resourceGroup, scaleSet.name), scaleSet);
  }

  removeScaleSet(scaleSet: ScaleSet): void {
    this.scaleSets.delete(key(scaleSet.resourceGroup, scaleSet.name));
  }

  scaleSet(resourceGroup: string, name: string): ScaleSet | undefined {
    return this.scaleSets.get(key(resourceGroup, name));
  }

  /** All scale sets, or those of one group, in the order in which they were made. */
  listScaleSets(resourceGroup?: string): readonly ScaleSet[] {
    return inGroup([...this.scaleSets.values()], resourceGroup);
  }

  /** In the order in which they were made. */
  members(scaleSet: ScaleSet): readonly VirtualMachine[] {
    return this.list(scaleSet.resourceGroup).filter(
      ({ member }) => member?.scaleSet.toLowerCase() === scaleSet.name.toLowerCase(),
    );
  }

  /** All machines with the instances of scale sets, or those of one group, in the order in which they were made. */
  list(resourceGroup?: string): readonly VirtualMachine[] {
    return inGroup([...this.machines.values()], resourceGroup);
  }

  now(): Instant {
    return { atMs: this.options.clock.nowMs(), ticks: randomInt(10_000) };
  }

  after(delayMs: number, action: () => void): void {
    this.options.clock.at(this.options.clock.nowMs() + delayMs, () => {
      if (!this.ended) {
        action();
      }
    });
  }

  /** From here on nothing happens by itself. */
  end(): void {
    this.ended = true;
  }

  startOperation(machine: VirtualMachine, action: Operation["action"], commandId?: string): Operation {
    const startedAt = this.now();
    const operation: Operation = {
      id: randomUUID(),
      partition: randomUUID(),
      vmName: machine.name,
      resourceGroup: machine.resourceGroup,
      location: machine.location,
      action,
      commandId,
      postedAtMs: startedAt.atMs,
      startedAt,
      client: undefined,
      scriptStartedAtMs: undefined,
      scriptEndedAtMs: undefined,
      outcome: { kind: "running" },
    };
    this.operations.set(operation.id, operation);
    return operation;
  }
}

/** Azure's names do not differ by case. An instance does not stand in the way of a VM that has its name. */
function key(...names: readonly string[]): string {
  return names.join("/").toLowerCase();
}

function keyOf({ resourceGroup, name, member }: VirtualMachine): string {
  return member?.instanceId === undefined
    ? key(resourceGroup, name)
    : key(resourceGroup, member.scaleSet, member.instanceId);
}

function inGroup<Thing extends { readonly resourceGroup: string }>(
  things: readonly Thing[],
  resourceGroup: string | undefined,
): readonly Thing[] {
  return resourceGroup === undefined
    ? things
    : things.filter((thing) => thing.resourceGroup.toLowerCase() === resourceGroup.toLowerCase());
}
