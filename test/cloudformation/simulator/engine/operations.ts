/** Creates, updates, rolls back and deletes a whole stack. */
import { type KindOf, messageOf } from "./kind";
import { ResourceActions, type Unknowns } from "./resource-actions";
import type { Leftover } from "./resource-removal";
import { runSteps, type Step } from "./schedule";
import type { DeployedResource, Plan, Stack } from "./stack";
import { cleanUp, deleteAll, list } from "./stack-deletion";
import { outputsOf } from "./stack-outputs";

export interface OperationOptions {
  readonly stack: Stack;
  readonly kindOf: KindOf;
  readonly unknowns: Unknowns;
}

/** A rollback of an update that stopped in the middle. */
export interface UnfinishedRollback {
  readonly before: Before;
  /** What failed. */
  readonly attempted: Plan;
  readonly done: Set<string>;
  readonly touched: ReadonlySet<string>;
}

/** The stack before an update. */
export interface Before {
  readonly plan: Plan;
  readonly resources: ReadonlyMap<string, DeployedResource>;
}

export class Operation {
  readonly #cancel = new AbortController();
  #deleting = false;

  constructor(private readonly options: OperationOptions) {}

  /** Stops waiting for what is under way, as when another resource fails. */
  cancel(): void {
    this.#cancel.abort();
  }

  /** As `cancel`, for a stack that is being created and shall be deleted: nothing is rolled back. */
  cancelForDeletion(): void {
    this.#deleting = true;
    this.cancel();
  }

  async create(plan: Plan): Promise<void> {
    const { stack } = this.options;
    stack.setStatus("CREATE_IN_PROGRESS", "User Initiated");
    const actions = this.#actions(this.#cancel.signal);
    const failures = await this.#run(stack.steps(plan), (id) => actions.create(plan, id));
    if (this.#deleting) {
      return;
    }
    const reason = this.#reason(failures) ?? this.#tryOutputs(plan);
    if (reason === undefined) {
      stack.setStatus("CREATE_COMPLETE");
      return;
    }
    stack.setStatus("ROLLBACK_IN_PROGRESS", `${reason}. Rollback requested by user.`);
    const failed = await deleteAll(this.options, plan);
    stack.setStatus(failed === undefined ? "ROLLBACK_COMPLETE" : "ROLLBACK_FAILED", failed);
  }

  /** @returns a rollback that failed and can be gone on with; undefined: there is none. */
  async update(plan: Plan, formerPlan: Plan): Promise<UnfinishedRollback | undefined> {
    const { stack } = this.options;
    const before: Before = { plan: formerPlan, resources: new Map(stack.resources) };
    stack.setStatus("UPDATE_IN_PROGRESS", "User Initiated");
    const actions = this.#actions(this.#cancel.signal);
    const leftovers: Leftover[] = [];
    const touched = new Set<string>();
    const failures = await this.#run(stack.steps(plan), async (id) => {
      const current = before.resources.get(id);
      touched.add(id);
      if (current === undefined) {
        await actions.create(plan, id);
        return;
      }
      const result = await actions.update(plan, current);
      if (result === "unchanged") {
        touched.delete(id);
      } else if (result !== undefined) {
        leftovers.push(result);
      }
    });
    const reason = this.#reason(failures) ?? this.#tryOutputs(plan);
    if (reason !== undefined) {
      stack.setStatus("UPDATE_ROLLBACK_IN_PROGRESS", `${reason}.`);
      return this.rollBack({ before, attempted: plan, done: new Set(), touched });
    }
    const kept = new Set(stack.steps(plan).map(({ id }) => id));
    const removed = [...before.resources.values()].filter(({ logicalId }) => !kept.has(logicalId));
    stack.setStatus("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    await cleanUp(this.options, formerPlan, [
      ...leftovers,
      ...removed.map((resource) => ({ resource, replaced: false })),
    ]);
    stack.setStatus("UPDATE_COMPLETE");
    return undefined;
  }

  /**
   * What it touches, in which order, and that it goes on beside a failure: assumed.
   *
   * @param skip resources that are left as they are and count as rolled back.
   */
  async rollBack(rollback: UnfinishedRollback, skip: readonly string[] = []): Promise<UnfinishedRollback | undefined> {
    const { stack } = this.options;
    const { before, attempted, done, touched } = rollback;
    const actions = this.#actions(new AbortController().signal);
    const leftovers: Leftover[] = [];
    for (const id of skip) {
      done.add(id);
    }
    const steps = stack.steps(before.plan).filter(({ id }) => touched.has(id) && !done.has(id));
    const failures = await runSteps(steps, {
      stopsAfter: () => false,
      act: async (id) => {
        const former = before.resources.get(id);
        const current = stack.resources.get(id);
        if (former !== undefined && current !== undefined) {
          const leftover = await actions.revert(before.plan, current, former);
          leftovers.push(...(leftover === undefined ? [] : [leftover]));
        }
        done.add(id);
      },
    });
    if (failures.size > 0) {
      stack.setStatus(
        "UPDATE_ROLLBACK_FAILED",
        `The following resource(s) failed to update: ${list(failures.keys())}.`,
      );
      return rollback;
    }
    const created = [...stack.resources.values()].filter(({ logicalId }) => !before.resources.has(logicalId));
    stack.setStatus("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
    await cleanUp(this.options, attempted, [
      ...leftovers,
      ...created.map((resource) => ({ resource, replaced: false })),
    ]);
    this.#tryOutputs(before.plan);
    stack.setStatus("UPDATE_ROLLBACK_COMPLETE");
    return undefined;
  }

  /** @param retain resources that are left as they are. */
  async delete(plan: Plan, retain: readonly string[]): Promise<void> {
    const { stack } = this.options;
    const failed = await deleteAll(this.options, plan, retain);
    stack.setStatus(failed === undefined ? "DELETE_COMPLETE" : "DELETE_FAILED", failed);
  }

  /** The first failure calls off all that is under way. */
  #run(steps: readonly Step[], act: (id: string) => Promise<void>): Promise<ReadonlyMap<string, unknown>> {
    return runSteps(steps, {
      act,
      signal: this.#cancel.signal,
      stopsAfter: () => {
        this.cancel();
        return true;
      },
    });
  }

  /** Source: events of real stacks, such as in https://github.com/aws/aws-cdk/issues/2126. */
  #reason(failures: ReadonlyMap<string, unknown>): string | undefined {
    if (failures.size === 0) {
      return this.#cancel.signal.aborted ? "User Initiated" : undefined;
    }
    const { stack } = this.options;
    const of = (status: string) => [...failures.keys()].filter((id) => stack.resources.get(id)?.status === status);
    const created = of("CREATE_FAILED");
    const updated = of("UPDATE_FAILED");
    return [
      ...(created.length > 0 ? [`The following resource(s) failed to create: ${list(created)}`] : []),
      ...(updated.length > 0 ? [`The following resource(s) failed to update: ${list(updated)}`] : []),
    ].join(". ");
  }

  /** @returns why the stack's outputs cannot be had. */
  #tryOutputs(plan: Plan): string | undefined {
    const { stack } = this.options;
    try {
      stack.outputs = outputsOf(stack, plan);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  #actions(signal: AbortSignal): ResourceActions {
    const { stack, kindOf, unknowns } = this.options;
    return new ResourceActions(stack, kindOf, unknowns, signal);
  }
}
