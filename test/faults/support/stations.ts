/** VMs with real guests, lent to one combination at a time. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createGuest } from "../../../simulator/guest/create-guest";
import { restartFromOutside } from "../../../simulator/power";
import type { VirtualMachine } from "../../../simulator/world";
import { type Running, run } from "../../simulator/running";
import type { MidScript } from "./stories";

export interface FaultBody {
  readonly fault: string;
  readonly [field: string]: string | number | undefined;
}

export interface Left {
  readonly receipts: boolean;
  readonly extension: boolean;
}

/** One VM and its simulated Azure. */
export class Station {
  /** Whether a fault still waits for this VM, of which it was asked how often it has struck. */
  isAwaited = false;

  constructor(
    private readonly azure: Running,
    readonly machine: VirtualMachine,
    /** Where the guest of each VM has its disk. */
    private readonly folders: ReadonlyMap<string, string>,
  ) {}

  get environment(): Readonly<Record<string, string>> {
    return this.azure.simulator.environment;
  }

  /** @returns asks how many requests it has struck by now. */
  async set(fault: FaultBody): Promise<() => Promise<number>> {
    const body = fault.on === "token" ? fault : { ...fault, vm: this.machine.name };
    const answer = await this.azure.admin("/faults", { method: "POST", body: JSON.stringify(body) });
    if (answer.status !== 200) {
      throw new Error(answer.body);
    }
    // None is ever removed, so its place in the list stays.
    const index = (JSON.parse(answer.body) as object[]).length - 1;
    return async () => {
      const struck = Number(JSON.parse((await this.azure.admin("/faults")).body)[index].struck);
      this.isAwaited ||= fault.count !== undefined && struck < Number(fault.count);
      return struck;
    };
  }

  /**
   * Restarts the VM once, at that moment, as the fault `reboot` does.
   *
   * @param timesBegun how often the script has begun by now. @returns calls it off, and says how often it has struck.
   */
  restartAt({ begun, commands }: MidScript, timesBegun: () => number): () => Promise<number> {
    const { world } = this.azure.simulator;
    const taken = () => [...world.operations.values()].filter(({ vmName }) => vmName === this.machine.name).length;
    const before = taken();
    let isOver = false;
    const watch = async (): Promise<number> => {
      while (!isOver) {
        if (taken() - before >= commands && timesBegun() >= begun) {
          await restartFromOutside(world, this.machine);
          return 1;
        }
        await delay(20);
      }
      return 0;
    };
    const struck = watch();
    return () => {
      isOver = true;
      return struck;
    };
  }

  /** Until Azure has finished with the VM. What was left running in the guest goes on. */
  settled(): Promise<void> {
    return until(() => this.machine.run === undefined && this.machine.changing === undefined);
  }

  /** Until the VM is not restarting. */
  running(): Promise<void> {
    return until(() => this.machine.changing === undefined);
  }

  /**
   * A file below the guest's /root, read from its disk: cheaper than a process in there, and possible while it is off.
   *
   * Source: simulator/guest/namespace-disk.ts (no overlay holds /root).
   */
  readBelowRoot(path: string): string {
    const file = join(this.folders.get(this.machine.name) ?? "", "disk/root/root", path);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  async sh(line: string): Promise<string> {
    return (await this.machine.guest.exec(["sh", "-c", line])).stdout.toString();
  }

  /** What is left of a resource; then nothing is, of any. */
  async cleared(key: string): Promise<Left> {
    await this.settled();
    const root = "/var/lib/azure-run-command";
    const receipts = await this.sh(`ls ${root}/${key} 2>/dev/null; rm -rf ${root} /root/ran`);
    return { receipts: receipts !== "", extension: this.machine.guest.extensionInstalled };
  }

  /** The VM as it is left by a combination that went wrong is of no use, nor is its name: faults may still wait for it. */
  async renewed(): Promise<Station> {
    const name = `${this.machine.name}-x`;
    await this.azure.admin(`/vms/${name}`, { method: "PUT", body: "{}" });
    const machine = this.azure.simulator.world.machine("rg", name);
    if (machine === undefined) {
      throw new Error(`there is no VM '${name}'`);
    }
    return new Station(this.azure, machine, this.folders);
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await delay(5);
  }
}

/** Hands stations out one by one; whoever finds none waits. */
export class Stations {
  private readonly free: Station[];
  private readonly waiting: ((station: Station) => void)[] = [];

  constructor(stations: readonly Station[]) {
    this.free = [...stations];
  }

  async lend<Result>(work: (station: Station) => Promise<Result>): Promise<Result> {
    const station = this.free.shift() ?? (await new Promise<Station>((resolve) => this.waiting.push(resolve)));
    try {
      const result = await work(station);
      this.takeBack(station.isAwaited ? await station.renewed() : station);
      return result;
    } catch (error) {
      this.takeBack(await station.renewed());
      throw error;
    }
  }

  private takeBack(station: Station): void {
    const next = this.waiting.shift();
    if (next === undefined) {
      this.free.push(station);
    } else {
      next(station);
    }
  }
}

export interface StartedAzure {
  readonly stations: readonly Station[];
  readonly rootCertificate: string;
}

/** An Azure with some VMs. */
export async function startAzure(vmNames: readonly string[]): Promise<StartedAzure> {
  const folders = new Map<string, string>();
  const azure = await run(
    { vm: vmNames },
    {
      createGuest: (options) => {
        folders.set(options.vmName, options.folder);
        return createGuest("namespace", options, { log: () => undefined });
      },
    },
  );
  const { world, rootCertificate } = azure.simulator;
  return { stations: world.list().map((machine) => new Station(azure, machine, folders)), rootCertificate };
}
