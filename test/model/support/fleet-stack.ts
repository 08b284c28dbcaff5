/** A stack with one fleet: what the engine does with it and its state, with processes that can be killed. Time is virtual. */
import { create, diff, read, delete as remove, update } from "../../../provider/lifecycle";
import type { Properties } from "../../../provider/state";
import type { RunUnderWay } from "../../../provider/work";
import type { VirtualAzure } from "../../support/virtual-azure";
import { recordedReporter } from "../../support/virtual-outside";

const GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Compute";
export const idOf = (vmName: string) => `${GROUP}/virtualMachines/${vmName}`;
export const KEY = "fleet";

/** What the program says. */
export interface FleetProgram {
  readonly vms: readonly string[];
  readonly script: string;
  readonly delete: string | undefined;
  readonly check: string | undefined;
  readonly maxConcurrency: number;
  readonly maxErrors: number;
}

export interface Command {
  readonly name: "up" | "refresh" | "destroy";
  /** Kills the process, when it is called, or interrupts the deployment. */
  readonly process: StackProcess;
}

export interface StackProcess {
  readonly killed: AbortController;
  readonly session: ReturnType<VirtualAzure["session"]>;
}

export interface Ended {
  readonly wasKilled: boolean;
  /** The sentence that the user is shown; `undefined`: it went well. */
  readonly failure: string | undefined;
  /** Whether the state has changed with it. */
  readonly isStored: boolean;
}

interface Partial extends Error {
  readonly properties?: Properties;
}

interface State {
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly isUnhealthy: boolean;
}

/** What the provider's code takes for its process. */
export let atWork: {
  readonly session: StackProcess["session"];
  readonly log: { reporterFor(): ReturnType<typeof recordedReporter>; flush(): Promise<void> };
  readonly underWay: Set<RunUnderWay>;
};

export class FleetStack {
  state: State | undefined;

  constructor(private readonly azure: VirtualAzure) {}

  newProcess(): StackProcess {
    const killed = new AbortController();
    this.azure.nextProcess();
    return { killed, session: this.azure.session({ signal: killed.signal }) };
  }

  async carryOut({ name, process }: Command, program: FleetProgram): Promise<Ended> {
    const { session, killed } = process;
    const reporter = recordedReporter();
    atWork = { session, log: { reporterFor: () => reporter, flush: async () => undefined }, underWay: new Set() };
    const end = await this.call(name, inputsOf(program)).catch((error: Partial) => ({ error }));
    if (killed.signal.aborted) {
      return { wasKilled: true, failure: undefined, isStored: false };
    }
    if ("error" in end) {
      const { properties, message } = end.error;
      const inputs = this.state?.inputs ?? inputsOf(program);
      if (properties !== undefined) this.state = stateOf({ inputs, outputs: properties, isUnhealthy: true });
      return { wasKilled: false, failure: message, isStored: properties !== undefined };
    }
    this.state = end.state;
    return { wasKilled: false, failure: undefined, isStored: true };
  }

  /** Whether the engine would call `update`, were the program run again. */
  async isToUpdate(program: FleetProgram): Promise<boolean> {
    const news = inputsOf(program);
    if (this.state === undefined) return true;
    const { changes } = await diff(KEY, this.state.outputs, news);
    return this.state.isUnhealthy || (changes ?? JSON.stringify(this.state.inputs) !== JSON.stringify(news));
  }

  private async call(name: Command["name"], news: Properties): Promise<{ readonly state: State | undefined }> {
    const { state } = this;
    if (name === "up" && state === undefined) {
      return { state: stateOf({ inputs: news, outputs: (await create(news)).outs, isUnhealthy: false }) };
    }
    if (state === undefined) return { state };
    switch (name) {
      case "up":
        await diff(KEY, state.outputs, news);
        return {
          state: stateOf({ inputs: news, outputs: (await update(KEY, state.outputs, news)).outs, isUnhealthy: false }),
        };
      case "refresh": {
        const { props = {} } = await read(KEY, state.outputs);
        return { state: stateOf({ ...state, outputs: props, isUnhealthy: false }) };
      }
      case "destroy":
        await remove(KEY, state.outputs);
        return { state: undefined };
    }
  }
}

/** As it is written to a file, and read again. */
function stateOf(state: State): State {
  return JSON.parse(JSON.stringify(state)) as State;
}

function inputsOf({ vms, ...others }: FleetProgram): Properties {
  const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  return { kind: "RunCommandFleet", key: KEY, virtualMachineIds: vms.map(idOf), ...given };
}
