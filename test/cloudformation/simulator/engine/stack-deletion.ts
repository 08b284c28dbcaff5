/** Deletes resources of a stack in the order of their dependencies. */
import type { KindOf } from "./kind";
import { type Leftover, ResourceRemoval } from "./resource-removal";
import { reversed, runSteps, type Step } from "./schedule";
import type { DeployedResource, Plan, Stack } from "./stack";

export interface DeletionOptions {
  readonly stack: Stack;
  readonly kindOf: KindOf;
}

/**
 * Deletes all that a stack has.
 *
 * @param retain resources that are left as they are.
 * @returns why it failed.
 */
export async function deleteAll(
  { stack, kindOf }: DeletionOptions,
  plan: Plan,
  retain: readonly string[] = [],
): Promise<string | undefined> {
  const removal = new ResourceRemoval(stack, kindOf);
  for (const id of retain) {
    const resource = stack.resources.get(id);
    if (resource !== undefined) {
      stack.note({ ...resource, status: "DELETE_SKIPPED" });
      stack.resources.delete(id);
    }
  }
  const steps = backwards(stack, plan, [...stack.resources.values()]);
  const failures = await runSteps(steps, {
    stopsAfter: () => false,
    act: async (id) => {
      const resource = stack.resources.get(id);
      if (resource !== undefined) {
        await removal.delete(resource);
      }
    },
  });
  return failures.size === 0 ? undefined : `The following resource(s) failed to delete: ${list(failures.keys())}. `;
}

/** Deletes what was replaced or removed; what cannot be deleted is left behind. */
export async function cleanUp(
  { stack, kindOf }: DeletionOptions,
  plan: Plan,
  leftovers: readonly Leftover[],
): Promise<void> {
  const removal = new ResourceRemoval(stack, kindOf);
  const steps = backwards(
    stack,
    plan,
    leftovers.map(({ resource }) => resource),
  );
  await runSteps(steps, {
    stopsAfter: () => false,
    act: async (id) => {
      for (const leftover of leftovers.filter(({ resource }) => resource.logicalId === id)) {
        await removal.cleanUp(leftover);
      }
    },
  });
}

/** What depends on a resource goes before it. */
function backwards(stack: Stack, plan: Plan, resources: readonly DeployedResource[]): readonly Step[] {
  const ids = new Set(resources.map(({ logicalId }) => logicalId));
  const known = new Map(stack.steps(plan).map((step) => [step.id, step]));
  return reversed([...ids].map((id) => known.get(id) ?? { id, after: new Set<string>() }));
}

/** As CloudFormation lists resources in its reasons. */
export function list(ids: Iterable<string>): string {
  return `[${[...ids].join(", ")}]`;
}
