/** Looks into the guests, and does there what others than the product do. */
import { setTimeout as delay } from "node:timers/promises";
import { changeVm } from "../../e2e/support/azure";
import type { SimulatorProcess } from "../../e2e/support/simulator-process";
import type { Arm } from "./arm";
import { FOLDER, keyOf, LOG, markPath } from "./program";

/** What can be seen of a VM that runs. */
export interface SeenVm {
  readonly hasExtension: boolean;
  /** By resource: one line for each time that a script ran. */
  readonly log: Readonly<Record<string, readonly string[]>>;
  /** By resource: `<generation>-<purpose>`, in order. */
  readonly receipts: Readonly<Record<string, readonly string[]>>;
}

const LOOK = `cat ${LOG}; echo ---; cd /var/lib/azure-run-command 2>/dev/null && echo */* .queue/*`;
const PATIENCE_MS = 30_000;

export class Guests {
  constructor(
    private readonly simulator: SimulatorProcess,
    private readonly arm: Arm,
    private readonly names: readonly string[],
  ) {}

  async make(vm: string): Promise<void> {
    await this.simulator.admin("PUT", `vms/${vm}`, {});
    await this.sh(vm, `mkdir -p ${FOLDER} && : >${LOG}`);
  }

  async setMark(vm: string, mark: string, name: string, isThere: boolean): Promise<void> {
    await this.sh(vm, isThere ? `: >${markPath(mark, name)}` : `rm -f ${markPath(mark, name)}`);
  }

  /** Restarts the VM in the middle of the script that finds the mark `hang`. */
  async restartWhileItHangs(vm: string, name: string): Promise<void> {
    await this.until(vm, `[ -e ${markPath("hangs", name)} ]`);
    await changeVm(this.simulator, vm, "restart");
    await this.sh(vm, `rm -f ${markPath("hangs", name)}`);
  }

  async look(vm: string): Promise<SeenVm> {
    const [hasExtension, { stdout }] = await Promise.all([this.arm.hasExtension(vm), this.exec(vm, LOOK)]);
    const [log = "", folders = ""] = stdout.split("---\n");
    const lines = log.split("\n").filter((line) => line !== "");
    const paths = folders.trim().split(" ");
    const ofResource = (name: string) => ({
      log: lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1)),
      receipts: paths
        .filter((path) => path.startsWith(`${keyOf(name)}/`))
        .flatMap(receiptIn)
        .sort(),
    });
    const seen = this.names.map((name) => [name, ofResource(name)] as const);
    return {
      hasExtension,
      log: Object.fromEntries(seen.map(([name, { log: own }]) => [name, own])),
      receipts: Object.fromEntries(seen.map(([name, { receipts }]) => [name, receipts])),
    };
  }

  /** Waits until nothing goes on any more that a killed command has begun. */
  async untilQuiet(vms: readonly string[]): Promise<void> {
    for (let quiet = 0, waitedMs = 0; quiet < 2; waitedMs += 20) {
      if (waitedMs > PATIENCE_MS) throw new Error(`${vms.join(" and ")} do not come to rest`);
      await delay(20);
      const operations = await this.simulator.operations();
      const queues = await Promise.all(vms.map((vm) => this.exec(vm, "ls -A /var/lib/azure-run-command/.queue")));
      const isBusy = operations.some(({ end }) => end === null) || queues.some(({ stdout }) => stdout !== "");
      quiet = isBusy ? 0 : quiet + 1;
    }
  }

  private async until(vm: string, test: string): Promise<void> {
    for (let waitedMs = 0; (await this.exec(vm, test)).exitCode !== 0; waitedMs += 20) {
      if (waitedMs > PATIENCE_MS) throw new Error(`'${test}' does not become true on '${vm}'`);
      await delay(20);
    }
  }

  private async sh(vm: string, script: string): Promise<void> {
    const { exitCode, stderr } = await this.exec(vm, script);
    if (exitCode !== 0) throw new Error(`'${script}' on '${vm}': ${exitCode} ${stderr}`);
  }

  /** Once more on a new connection, where an idle one was closed at that very moment: nothing here does harm twice. */
  private exec(vm: string, script: string) {
    const send = () => this.simulator.exec(vm, ["/bin/sh", "-c", script]);
    return send().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET") throw error;
      return send();
    });
  }
}

/** What a restart made of a run is part of that run. */
function receiptIn(path: string): readonly string[] {
  const [, receipt, boot] = /^[0-9a-f]+\/(\d+-[a-z]+)-[0-9a-f]+(-b\d+)?$/.exec(path) ?? [];
  return boot !== undefined ? [] : [receipt ?? path];
}
