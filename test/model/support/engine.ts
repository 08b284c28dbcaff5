/**
 * Does what the Pulumi engine does with a program's resources and its state, and calls the real provider as that does.
 *
 * Source of every rule: the real engine 3.220.0, tried point by point (the same rules as in the end-to-end tests):
 * `olds` of diff, update, read and delete are the stored outputs; an error with `id` keeps a part of the resource; a part
 * that is not initialized is updated whatever diff says, until a refresh has wiped that; nothing is stored of a call whose
 * process dies.
 */
import { type Properties, ProviderDied, type ProviderProcess, ProviderThrew } from "./provider-process";

export interface StoredResource {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly initErrors: readonly string[];
  /** Deleted already, to be made anew: by a replacement whose second half did not come. */
  readonly pendingReplacement: boolean;
}

export type Decision = "create" | "same" | "update" | "replace";

/** What became of one resource in one command. */
export interface Done {
  readonly decision: Decision | "read" | "delete" | "none";
  /** The sentence that the user is shown; undefined: it went well. */
  failure: string | undefined;
  /** Whether its process died under it, or its engine did not learn how it ended. */
  wasCut: boolean;
}

/** The text of the shim, which the SDK puts beside inputs and outputs. */
const SHIM = { __provider: "shim" };

interface DiffResult {
  readonly changes?: boolean;
  readonly replaces?: readonly string[];
}

export class Engine {
  readonly state = new Map<string, StoredResource>();
  /** Of the last command, by the resource's name. */
  readonly done = new Map<string, Done>();
  /** How many answers of the provider are still taken; undefined: all. */
  private answersLeft: number | undefined;
  private isDead = false;

  private begin(answersTaken: number | undefined): void {
    this.done.clear();
    this.answersLeft = answersTaken;
    this.isDead = false;
  }

  /** @param program inputs by name. What is in the state and not in the program is deleted, unless there are targets. */
  async up(program: ReadonlyMap<string, Properties>, options: UpOptions): Promise<void> {
    this.begin(options.answersTaken);
    const steps: Promise<void>[] = [];
    for (const [name, news] of program) {
      if (options.targets?.includes(name) === false) continue;
      const decided = await this.guarded(name, "none", () => this.decide(options.provider, name, news));
      // The next one is looked at while this one is worked on.
      if (decided !== undefined)
        steps.push(this.guarded(name, decided.decision, () => this.carryOut(options.provider, name, decided)));
    }
    await Promise.all(steps);
    const surplus = [...this.state.keys()].filter((name) => !program.has(name));
    const failed = [...this.done.values()].some(({ failure, wasCut }) => failure !== undefined || wasCut);
    if (options.targets === undefined && !failed) await this.deleteAll(options.provider, surplus);
  }

  /** What `up` would do. */
  async preview(provider: ProviderProcess, program: ReadonlyMap<string, Properties>): Promise<Map<string, Decision>> {
    this.begin(undefined);
    const decisions = new Map<string, Decision>();
    for (const [name, news] of program) decisions.set(name, (await this.decide(provider, name, news)).decision);
    return decisions;
  }

  async refresh({ provider, answersTaken }: CommandOptions): Promise<void> {
    this.begin(answersTaken);
    const toRead = [...this.state].filter(([, { pendingReplacement }]) => !pendingReplacement);
    await Promise.all(toRead.map(([name, old]) => this.guarded(name, "read", () => this.read(provider, name, old))));
  }

  async destroy(options: CommandOptions & { readonly targets: readonly string[] }): Promise<void> {
    this.begin(options.answersTaken);
    await this.deleteAll(options.provider, options.targets);
  }

  private async read(provider: ProviderProcess, name: string, old: StoredResource): Promise<void> {
    const { id, props } = (await this.ask(provider, "read", [old.id, old.outputs])) as {
      id?: string;
      props?: Properties;
    };
    if (id === undefined || id === "") this.state.delete(name);
    else this.store(name, { ...old, outputs: { ...props, ...SHIM }, initErrors: [] });
  }

  private async deleteAll(provider: ProviderProcess, names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map((name) =>
        this.guarded(name, "delete", async () => {
          const old = this.state.get(name);
          if (old?.pendingReplacement === false) await this.ask(provider, "delete", [old.id, old.outputs]);
          this.state.delete(name);
        }),
      ),
    );
  }

  private async decide(provider: ProviderProcess, name: string, given: Properties): Promise<Decided> {
    const old = this.state.get(name);
    const news = await this.check(provider, old?.inputs ?? {}, { ...given, ...SHIM });
    if (old === undefined) return { decision: "create", news, given };
    const { changes, replaces = [] } = (await this.ask(provider, "diff", [old.id, old.outputs, news])) as DiffResult;
    const differs = changes ?? JSON.stringify(sorted(old.inputs)) !== JSON.stringify(sorted(news));
    const replaced = differs && replaces.length > 0;
    const decision = replaced ? "replace" : differs || old.initErrors.length > 0 ? "update" : "same";
    return { decision: old.pendingReplacement ? "replace" : decision, news, given, isAnew: replaced };
  }

  private async check(provider: ProviderProcess, olds: Properties, news: Properties): Promise<Properties> {
    const { inputs, failures } = (await this.ask(provider, "check", [olds, news])) as {
      inputs: Properties;
      failures: readonly { readonly reason: string }[];
    };
    if (failures.length > 0) throw new ProviderThrew(failures.map(({ reason }) => reason).join("\n"), undefined);
    return inputs;
  }

  private async carryOut(provider: ProviderProcess, name: string, { decision, news, given, isAnew }: Decided) {
    const old = this.state.get(name);
    if (decision === "create" || old === undefined) return this.create(provider, name, news);
    switch (decision) {
      case "same":
        this.store(name, { ...old, inputs: news });
        return;
      case "update":
        return this.update(provider, name, old, news);
      case "replace": {
        if (!old.pendingReplacement) {
          await this.ask(provider, "delete", [old.id, old.outputs]);
          this.store(name, { ...old, pendingReplacement: true });
        }
        await this.create(provider, name, await this.check(provider, {}, { ...given, ...SHIM }));
        // The program was changed back meanwhile: for the engine the old one is still there.
        if (old.pendingReplacement && isAnew === false) await this.ask(provider, "delete", [old.id, old.outputs]);
      }
    }
  }

  private async create(provider: ProviderProcess, name: string, inputs: Properties): Promise<void> {
    try {
      const { id, outs } = (await this.ask(provider, "create", [inputs])) as { id: string; outs: Properties };
      this.store(name, { ...HEALTHY, id, inputs, outputs: { ...outs, ...SHIM } });
    } catch (error) {
      if (error instanceof ProviderThrew && error.part !== undefined) {
        const { id, properties, reasons } = error.part;
        this.store(name, { ...HEALTHY, id, inputs, outputs: properties, initErrors: reasons });
      }
      throw error;
    }
  }

  private async update(provider: ProviderProcess, name: string, old: StoredResource, news: Properties): Promise<void> {
    const { id } = old;
    try {
      const { outs } = (await this.ask(provider, "update", [id, old.outputs, news])) as { outs: Properties };
      this.store(name, { ...HEALTHY, id, inputs: news, outputs: { ...outs, ...SHIM } });
    } catch (error) {
      if (error instanceof ProviderThrew && error.part !== undefined) {
        const { properties, reasons } = error.part;
        this.store(name, { ...HEALTHY, id, inputs: old.inputs, outputs: properties, initErrors: reasons });
      }
      throw error;
    }
  }

  /** One call; what comes back after the engine's death nobody hears. */
  private async ask(provider: ProviderProcess, method: string, given: readonly unknown[]): Promise<unknown> {
    if (this.isDead) throw new ProviderDied("the engine was killed");
    const answer = await provider.call(method, given).then(
      (result) => () => result,
      (error: unknown) => () => {
        throw error;
      },
    );
    if (!LOCAL_METHODS.includes(method) && this.answersLeft !== undefined) {
      this.isDead ||= this.answersLeft === 0;
      this.answersLeft -= 1;
    }
    if (this.isDead) throw new ProviderDied("the engine was killed");
    return answer();
  }

  private async guarded<Result>(name: string, decision: Done["decision"], work: () => Promise<Result>) {
    const done: Done = { decision, failure: undefined, wasCut: false };
    this.done.set(name, done);
    try {
      return await work();
    } catch (error) {
      if (error instanceof ProviderDied) done.wasCut = true;
      else if (error instanceof ProviderThrew) done.failure = error.part?.reasons.join("\n") ?? error.message;
      else throw error;
      return undefined;
    }
  }

  private store(name: string, resource: StoredResource): void {
    this.state.set(name, JSON.parse(JSON.stringify(resource)));
  }
}

/** They come one at a time and do nothing outside. */
const LOCAL_METHODS = ["check", "diff"];

const HEALTHY = { initErrors: [], pendingReplacement: false };

export interface CommandOptions {
  readonly provider: ProviderProcess;
  /** After so many answers the engine is killed, and the provider goes on by itself; undefined: it lives. */
  readonly answersTaken?: number | undefined;
}

export interface UpOptions extends CommandOptions {
  readonly targets?: readonly string[] | undefined;
}

interface Decided {
  readonly decision: Decision;
  readonly news: Properties;
  readonly given: Properties;
  /** Whether diff itself asks for a replacement. */
  readonly isAnew?: boolean;
}

function sorted(properties: Properties): readonly unknown[] {
  return Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
}
