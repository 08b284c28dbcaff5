/** What exists in the simulated subscription: groups, virtual machines, and the operations on them. */
import { randomInt, randomUUID } from "node:crypto";
import type { VmAgent } from "./agent-status";
import { Catalogue } from "./arm/catalogue";
import type { Instant } from "./arm/instant";
import type { Lock } from "./arm/locks";
import type { Clock } from "./clock";
import type { Guest } from "./guest/guest";
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
  readonly location: string;
  readonly action: PowerAction | "runCommand";
  readonly commandId: string | undefined;
  readonly postedAtMs: number;
  readonly startedAt: Instant;
  outcome: Outcome;
}

export interface VirtualMachine {
  readonly name: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly vmId: string;
  readonly createdAt: Instant;
  readonly guest: Guest;
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

  constructor(readonly options: WorldOptions) {}

  addGroup(group: ResourceGroup): void {
    this.groups.set(group.name.toLowerCase(), group);
  }

  group(name: string): ResourceGroup | undefined {
    return this.groups.get(name.toLowerCase());
  }

  addMachine(machine: VirtualMachine): void {
    this.machines.set(machineKey(machine.resourceGroup, machine.name), machine);
  }

  removeMachine(machine: VirtualMachine): void {
    this.machines.delete(machineKey(machine.resourceGroup, machine.name));
  }

  machine(resourceGroup: string, name: string): VirtualMachine | undefined {
    return this.machines.get(machineKey(resourceGroup, name));
  }

  /** All machines, or those of one group, in the order in which they were made. */
  list(resourceGroup?: string): readonly VirtualMachine[] {
    const all = [...this.machines.values()];
    return resourceGroup === undefined
      ? all
      : all.filter((machine) => machine.resourceGroup.toLowerCase() === resourceGroup.toLowerCase());
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
      location: machine.location,
      action,
      commandId,
      postedAtMs: startedAt.atMs,
      startedAt,
      outcome: { kind: "running" },
    };
    this.operations.set(operation.id, operation);
    return operation;
  }
}

function machineKey(resourceGroup: string, name: string): string {
  return `${resourceGroup}/${name}`.toLowerCase();
}
