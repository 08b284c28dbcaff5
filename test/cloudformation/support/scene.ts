/** A simulated Azure and a simulated AWS account beside it, in which stacks with run commands are deployed. */

import { type SimulatorProcess, startSimulatorProcess } from "../../e2e/support/simulator-process";
import { type UntilOptions, until } from "../../e2e/support/until";
import { type Cloud, startCloud } from "../simulator/cloud";
import type { StackResult } from "../simulator/engine/cloudformation";
import { Assemblies, type Program, roleNameOf } from "./assemblies";
import { ledgerOf, release } from "./ledger";
import { type Lines, linesOf, plain } from "./readable";

export interface SceneOptions {
  /** @default ["vm1"] */
  readonly vms?: readonly string[];
  /** So many seconds of AWS's pass in one of this machine; Azure's time and that of the guests is real. @default 60 */
  readonly scale?: number;
  /** More environment variables of every function. */
  readonly environment?: Readonly<Record<string, string>>;
  /** More arguments of `azure-run-command simulate`. */
  readonly args?: readonly string[];
  /** An Azure that another scene has begun, and ends. @default one of its own */
  readonly simulator?: SimulatorProcess;
}

/** How an operation on a stack ended. */
export interface Deployed extends StackResult {
  /** What happened to run commands, siblings and the stack: `Run CREATE_FAILED: why`, without random parts. */
  readonly lines: Lines;
}

/** How long a script is waited for on its VM before the next look, in seconds of the guest. */
const WAIT_SLICE_SECONDS = "1";

export class Scene {
  readonly #assemblies: Assemblies;
  readonly #roles = new Set<string>();

  private constructor(
    readonly simulator: SimulatorProcess,
    readonly cloud: Cloud,
    private readonly isOwner: boolean,
  ) {
    this.#assemblies = new Assemblies(simulator);
  }

  static async open({ vms = ["vm1"], scale = 60, environment, args, simulator }: SceneOptions = {}): Promise<Scene> {
    const azure = simulator ?? (await startSimulatorProcess({ vms, ...(args === undefined ? {} : { args }) }));
    const cloud = await startCloud({
      scale,
      azure: azure.environment,
      environment: { AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS: WAIT_SLICE_SECONDS, ...environment },
    });
    return new Scene(azure, cloud, simulator === undefined);
  }

  /** Synthesises the program as the one stack of an app, and creates the stack or updates it. */
  async deploy(stackName: string, program: Program): Promise<Deployed> {
    const folder = this.#assemblies.synthesise(stackName, program);
    this.#roles.add(roleNameOf(stackName));
    await this.cloud.trustRoles([...this.#roles]);
    return deployed(await this.cloud.deploy(folder, { stackName }));
  }

  async destroy(stackName: string): Promise<Deployed> {
    return deployed(await this.cloud.destroy(stackName));
  }

  /** Waits until something happens to a stack or one of its resources, from now on: `DELETE_IN_PROGRESS`. */
  async untilStatus(stackName: string, status: string, id?: string): Promise<void> {
    const sinceMs = this.cloud.clock.nowMs();
    await this.cloud.until(
      stackName,
      (event) =>
        event.atMs >= sinceMs &&
        event.status === status &&
        (id === undefined ? event.logicalId === stackName : isOf(event.logicalId, id)),
    );
  }

  /** Waits until Azure has given an answer with this status to so many requests for a VM. */
  async untilAnswered(vm: string, status: number, count = 1): Promise<void> {
    await until(`Azure has answered ${count} requests for ${vm} with ${status}`, async () => {
      const requests = await this.simulator.requests();
      const isMeant = (one: Record<string, unknown>) =>
        new RegExp(`/virtualMachines/${vm}(/|$)`, "i").test(String(one.path)) && one.status === status;
      return requests.filter(isMeant).length >= count;
    });
  }

  /** What scripts made by `counting` have written down, first to last. */
  ledger(ledger: string, vm = "vm1"): Promise<readonly string[]> {
    return ledgerOf(this.simulator, vm, ledger);
  }

  /** Waits until a ledger has so many lines. */
  untilLedger(ledger: string, count: number, vm = "vm1", options: UntilOptions = {}): Promise<void> {
    return until(
      `the ledger '${ledger}' of ${vm} has ${count} lines`,
      async () => (await this.ledger(ledger, vm)).length >= count,
      options,
    );
  }

  /** Lets scripts go on that are `held` at this gate. */
  release(gate: string, vm = "vm1"): Promise<void> {
    return release(this.simulator, vm, gate);
  }

  async inGuest(command: string, vm = "vm1"): Promise<string> {
    return (await this.simulator.exec(vm, ["/bin/sh", "-c", command])).stdout;
  }

  /** The folders of runs on a VM: `<key>/1-create-<h>`, without random parts. */
  async receipts(vm = "vm1"): Promise<readonly string[]> {
    const found = await this.inGuest("cd /var/lib/azure-run-command 2>/dev/null && ls -d */*-*-*", vm);
    return found
      .split("\n")
      .filter((line) => line !== "")
      .map(plain);
  }

  /** The commands that Azure has carried out on a VM, in their order: `RunShellScript Succeeded`. */
  async commands(vm = "vm1"): Promise<readonly string[]> {
    const operations = await this.simulator.operations();
    return operations.filter((one) => one.vm === vm).map(({ commandId, status }) => `${commandId} ${status}`);
  }

  /** The attributes in the newest answer that a run command of a stack gave with success, without random parts. */
  attributes(stackName: string, id = "Run"): Readonly<Record<string, string>> {
    const answers = this.requestsOf(stackName, id).flatMap(({ responses }) => responses.slice(0, 1));
    const successes = answers
      .map((text) => JSON.parse(text) as { Status: string; Data?: Record<string, string> })
      .filter(({ Status, Data }) => Status === "SUCCESS" && Data !== undefined);
    const data = successes.at(-1)?.Data ?? {};
    return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, plain(value)]));
  }

  /** What CloudFormation sent to a run command of a stack, and what came back. */
  requestsOf(stackName: string, id = "Run") {
    return this.cloud.requests.filter(
      ({ event }) => event.StackId.includes(`:stack/${stackName}/`) && isOf(event.LogicalResourceId, id),
    );
  }

  /** The messages of the handler's log about a run command of a stack, without random parts. */
  messages(stackName: string, id = "Run"): readonly string[] {
    const requestIds = new Set(this.requestsOf(stackName, id).map(({ event }) => event.RequestId));
    return this.cloud.log.flatMap(({ text }) => {
      const line = parseLine(text);
      return line?.requestId !== undefined && requestIds.has(line.requestId) && line.message !== undefined
        ? [plain(line.message)]
        : [];
    });
  }

  async stop(): Promise<void> {
    await this.cloud.stop();
    if (this.isOwner) {
      await this.simulator.stop();
    }
    this.#assemblies.remove();
  }
}

function deployed(result: StackResult): Deployed {
  return { ...result, lines: linesOf(result.events) };
}

/** Logical ids are the ids of the constructs on the way to it, and eight digits. */
function isOf(logicalId: string, id: string): boolean {
  return new RegExp(`^(vm[0-9]+)?${id}[0-9A-F]{8}$`).test(logicalId);
}

/** AWS Lambda puts the time, the request's id and the level before what was written. */
function parseLine(text: string): { readonly requestId?: string; readonly message?: string } | undefined {
  try {
    return JSON.parse(text.slice(text.lastIndexOf("\t") + 1)) as { requestId?: string; message?: string };
  } catch {
    return undefined;
  }
}
