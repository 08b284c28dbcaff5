/** Runs steps in the order of their dependencies, all at once that can be. */
import { TemplateError } from "../template/intrinsics";

export interface Step {
  readonly id: string;
  /** Steps that must have succeeded before; those that are not among the steps count as done. */
  readonly after: ReadonlySet<string>;
}

export interface ScheduleOptions {
  /** Once it is aborted, no step begins. */
  readonly signal?: AbortSignal;
  act(id: string): Promise<void>;
  /** Is told of each failure; a step that has not begun then does not begin when it returns true. */
  stopsAfter(id: string, error: unknown): boolean;
}

/**
 * @returns the errors of the steps that failed; a step that waits for one of them does not run.
 * @throws {TemplateError} when steps wait for each other.
 */
export async function runSteps(
  steps: readonly Step[],
  { act, stopsAfter, signal }: ScheduleOptions,
): Promise<ReadonlyMap<string, unknown>> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const failures = new Map<string, unknown>();
  const results = new Map<string, Promise<boolean>>();
  let stopped = false;
  const run = async (step: Step, before: readonly Promise<boolean>[]): Promise<boolean> => {
    const all = await Promise.all(before);
    if (stopped || signal?.aborted === true || all.includes(false)) {
      return false;
    }
    try {
      await act(step.id);
      return true;
    } catch (error) {
      failures.set(step.id, error);
      stopped ||= stopsAfter(step.id, error);
      return false;
    }
  };
  for (const step of inOrder(byId)) {
    const before = [...step.after].flatMap((id) => results.get(id) ?? []);
    results.set(step.id, run(step, before));
  }
  await Promise.all(results.values());
  return failures;
}

function inOrder(byId: ReadonlyMap<string, Step>): readonly Step[] {
  const order = new Set<Step>();
  const visit = (step: Step, path: readonly string[]): void => {
    if (order.has(step)) {
      return;
    }
    if (path.includes(step.id)) {
      throw new TemplateError(`Circular dependency between resources: [${path.join(", ")}]`);
    }
    for (const id of step.after) {
      const before = byId.get(id);
      if (before !== undefined) {
        visit(before, [...path, step.id]);
      }
    }
    order.add(step);
  };
  for (const step of byId.values()) {
    visit(step, []);
  }
  return [...order];
}

/** The same steps the other way round: each waits for those that waited for it. */
export function reversed(steps: readonly Step[]): readonly Step[] {
  return steps.map(({ id }) => ({
    id,
    after: new Set(steps.filter(({ after }) => after.has(id)).map((other) => other.id)),
  }));
}
