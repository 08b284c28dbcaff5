/** A stack that test after test adds to and changes: its functions are warm then. */

import { AzureRunCommand } from "../../../constructs/run-command";
import type { AzureRunCommandOptions } from "../../../constructs/run-command-props";
import type { Declaring } from "./assemblies";
import type { Lines } from "./readable";
import type { Deployed, Scene } from "./scene";

export interface PutOptions {
  /** What a sibling does that is changed after the run command: it fails, or goes on until the update is called off. @default neither */
  readonly sibling?: "fails" | "goesOn";
  /** @default vm1 */
  readonly vm?: string;
}

/** Longer than any test. Unit: milliseconds by the cloud's time. */
const GOES_ON_MS = 24 * 3_600_000;

interface Declared {
  readonly props: AzureRunCommandOptions;
  readonly vm: string;
}

export class GrowingStack {
  readonly #declared = new Map<string, Declared>();
  #failures = 0;

  constructor(
    private readonly scene: Scene,
    readonly name = "Demo",
  ) {}

  /** Creates a run command, or changes it; what is rolled back is declared as before from then on. */
  put(id: string, props: AzureRunCommandOptions, options: PutOptions = {}): Promise<Deployed> {
    const { vm = this.#declared.get(id)?.vm ?? "vm1" } = options;
    return this.#change(id, { props, vm }, options);
  }

  remove(id: string): Promise<Deployed> {
    return this.#change(id, undefined, {});
  }

  async #change(id: string, declared: Declared | undefined, { sibling }: PutOptions): Promise<Deployed> {
    const before = this.#declared.get(id);
    this.#declare(id, declared);
    this.#failures += sibling === undefined ? 0 : 1;
    const deployed = await this.scene.deploy(this.name, (declare) => {
      const runs = new Map([...this.#declared].map(([name, one]) => [name, make(declare, name, one)]));
      const version = sibling === undefined ? "0" : String(this.#failures);
      const afterMs = sibling === "goesOn" ? GOES_ON_MS : 0;
      const changed = runs.get(id);
      declare
        .sibling("Sibling", { failsOn: ["Update"], version, afterMs })
        .node.addDependency(...(changed === undefined ? [] : [changed]));
    });
    if (!["CREATE_COMPLETE", "UPDATE_COMPLETE"].includes(deployed.status)) {
      this.#declare(id, before);
    }
    return deployed;
  }

  #declare(id: string, declared: Declared | undefined): void {
    if (declared === undefined) {
      this.#declared.delete(id);
    } else {
      this.#declared.set(id, declared);
    }
  }

  /** The events of an update with success, of which these are those of resources. */
  updated(...lines: string[]): Lines {
    return [
      `${this.name} UPDATE_IN_PROGRESS: User Initiated`,
      ...lines,
      `${this.name} UPDATE_COMPLETE_CLEANUP_IN_PROGRESS`,
      `${this.name} UPDATE_COMPLETE`,
    ];
  }
}

/** Not in the scope of its VM: on another VM it is the same resource, which is replaced. */
function make({ stack, provider, vm }: Declaring, id: string, declared: Declared): AzureRunCommand {
  return new AzureRunCommand(stack, id, { provider: provider(), ...declared.props, vm: vm(declared.vm) });
}

/** The events of a resource that is created. */
export function created(id: string): Lines {
  return [`${id} CREATE_IN_PROGRESS`, `${id} CREATE_IN_PROGRESS: Resource creation Initiated`, `${id} CREATE_COMPLETE`];
}

/** The events of a resource that is changed. */
export function changed(id: string): Lines {
  return [`${id} UPDATE_IN_PROGRESS`, `${id} UPDATE_COMPLETE`];
}
