/** AWS CloudFormation: the stacks that there are, and one operation at a time on each. */
import { type Account, stackArn } from "../account";
import type { Clock } from "../clock";
import type { Template } from "../template/template";
import type { KindOf } from "./kind";
import { Operation, type UnfinishedRollback } from "./operations";
import { Refused, readParameters } from "./parameters";
import { sameValue, type Unknowns } from "./resource-actions";
import { type Plan, Stack, type StackEvent } from "./stack";

/** How an operation on a stack ended. */
export interface StackResult {
  readonly stackId: string;
  /** `CREATE_COMPLETE`, `UPDATE_ROLLBACK_COMPLETE`, … */
  readonly status: string;
  readonly reason: string | undefined;
  /** As DescribeStacks shows them: hidden values are `*****`. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Of this operation. */
  readonly events: readonly StackEvent[];
}

interface Managed {
  readonly stack: Stack;
  plan: Plan;
  operation: { readonly handle: Operation; readonly done: Promise<void> } | undefined;
  unfinished: UnfinishedRollback | undefined;
}

export interface CloudFormationOptions {
  readonly account: Account;
  readonly clock: Clock;
  readonly kindOf: KindOf;
  readonly unknowns: Unknowns;
  onEvent(event: StackEvent): void;
  /** The value of an SSM parameter that a template's parameter names. */
  ssmParameter(name: string): string | undefined;
}

interface Watcher {
  readonly stackName: string;
  readonly matches: (event: StackEvent) => boolean;
  readonly found: (event: StackEvent) => void;
}

/** Statuses of a stack that can be updated. Source: UpdateStack refuses the others with a ValidationError. */
const UPDATABLE = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"];

export class CloudFormation {
  readonly #stacks = new Map<string, Managed>();
  readonly #deleted: Stack[] = [];
  readonly #watchers = new Set<Watcher>();

  constructor(private readonly options: CloudFormationOptions) {}

  /** Creates the stack, or updates the one that has its name. */
  async deploy(
    stackName: string,
    template: Template,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<StackResult> {
    const plan: Plan = { template, parameters: readParameters(template, parameters, this.options.ssmParameter) };
    for (const { Type } of Object.values(template.Resources)) {
      this.options.kindOf(Type);
    }
    const managed = this.#stacks.get(stackName);
    return managed === undefined ? this.#create(stackName, plan) : this.#update(managed, plan);
  }

  #create(stackName: string, plan: Plan): Promise<StackResult> {
    const { account, clock } = this.options;
    const stack = new Stack(
      account,
      stackArn(account, stackName),
      stackName,
      () => clock.nowMs(),
      (event) => this.#tell(stackName, event),
    );
    const managed: Managed = { stack, plan, operation: undefined, unfinished: undefined };
    this.#stacks.set(stackName, managed);
    return this.#run(managed, (operation) => operation.create(plan));
  }

  #update(managed: Managed, plan: Plan): Promise<StackResult> {
    const { stack, plan: former } = managed;
    if (!UPDATABLE.includes(stack.status)) {
      throw new Refused(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
    }
    if (sameValue(plan, former)) {
      throw new Refused("No updates are to be performed.");
    }
    return this.#run(managed, async (operation) => {
      managed.unfinished = await operation.update(plan, former);
      if (stack.status === "UPDATE_COMPLETE") {
        managed.plan = plan;
      }
    });
  }

  /** Calls off an update that is under way. Source: CloudFormation API Reference, CancelUpdateStack. */
  cancelUpdate(stackName: string): void {
    const { stack, operation } = this.#get(stackName);
    if (stack.status !== "UPDATE_IN_PROGRESS") {
      throw new Refused("CancelUpdateStack cannot be called from current stack status");
    }
    operation?.handle.cancel();
  }

  /** @param skip resources that are left as they are. Source: CloudFormation API Reference, ContinueUpdateRollback. */
  async continueUpdateRollback(stackName: string, skip: readonly string[] = []): Promise<StackResult> {
    const managed = this.#get(stackName);
    const { stack, unfinished } = managed;
    if (unfinished === undefined) {
      throw new Refused(`Stack:${stack.id} is in ${stack.status} state and can not continue to roll back.`);
    }
    return this.#run(managed, async (operation) => {
      stack.setStatus("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated");
      managed.unfinished = await operation.rollBack(unfinished, skip);
    });
  }

  /**
   * Deletes a stack, also one that is being created: what is under way is then called off.
   *
   * @param retain resources that are left as they are, of a stack whose deletion has failed.
   */
  async destroy(stackName: string, retain: readonly string[] = []): Promise<StackResult> {
    const managed = this.#get(stackName);
    const { stack } = managed;
    if (managed.operation !== undefined && stack.status !== "CREATE_IN_PROGRESS") {
      throw new Refused(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`);
    }
    if (retain.length > 0 && stack.status !== "DELETE_FAILED") {
      throw new Refused(
        "Invalid operation on stack. RetainResources can be specified only when the status is DELETE_FAILED",
      );
    }
    const from = stack.events.length;
    stack.setStatus("DELETE_IN_PROGRESS", "User Initiated");
    managed.operation?.handle.cancelForDeletion();
    await managed.operation?.done;
    return this.#run(
      managed,
      async (operation) => {
        await operation.delete(managed.plan, retain);
        if (stack.status === "DELETE_COMPLETE") {
          this.#stacks.delete(stackName);
          this.#deleted.push(stack);
        }
      },
      from,
    );
  }

  async #run(
    managed: Managed,
    act: (operation: Operation) => Promise<void>,
    from: number = managed.stack.events.length,
  ): Promise<StackResult> {
    const { stack } = managed;
    const { kindOf, unknowns } = this.options;
    const handle = new Operation({ stack, kindOf, unknowns });
    const done = act(handle).finally(() => {
      managed.operation = undefined;
    });
    managed.operation = { handle, done };
    await done;
    return {
      stackId: stack.id,
      status: stack.status,
      reason: stack.reason,
      outputs: Object.fromEntries(stack.outputs.map(({ key, value }) => [key, value])),
      events: stack.events.slice(from),
    };
  }

  #get(stackName: string): Managed {
    const managed = this.#stacks.get(stackName);
    if (managed === undefined) {
      throw new Refused(`Stack [${stackName}] does not exist`);
    }
    return managed;
  }

  /** By name or, also when it was deleted, by ARN. */
  find(nameOrId: string): Stack | undefined {
    const there = [...this.#stacks.values()].map(({ stack }) => stack);
    return (
      there.find(({ name, id }) => name === nameOrId || id === nameOrId) ??
      this.#deleted.find(({ id }) => id === nameOrId)
    );
  }

  all(): readonly Stack[] {
    return [...this.#stacks.values()].map(({ stack }) => stack);
  }

  /** @returns the first event of the stack that matches, now or later. */
  until(stackName: string, matches: (event: StackEvent) => boolean): Promise<StackEvent> {
    const past = this.find(stackName)?.events.find(matches);
    return past !== undefined
      ? Promise.resolve(past)
      : new Promise((found) => this.#watchers.add({ stackName, matches, found }));
  }

  #tell(stackName: string, event: StackEvent): void {
    this.options.onEvent(event);
    for (const watcher of this.#watchers) {
      if (watcher.stackName === stackName && watcher.matches(event)) {
        this.#watchers.delete(watcher);
        watcher.found(event);
      }
    }
  }
}
