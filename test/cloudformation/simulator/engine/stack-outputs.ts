/** What a stack gives out, as whoever looks at it sees it. */
import { conditionHolds, resolve } from "../template/intrinsics";
import type { Plan, Stack, StackOutput } from "./stack";

/** @throws when an output needs an attribute that is not there. */
export function outputsOf(stack: Stack, plan: Plan): readonly StackOutput[] {
  const scope = stack.scope(plan, true);
  return Object.entries(plan.template.Outputs ?? {})
    .filter(([, { Condition }]) => Condition === undefined || conditionHolds(Condition, scope))
    .map(([key, { Value, Description, Export }]) => ({
      key,
      value: String(resolve(Value, scope)),
      description: Description,
      exportName: Export === undefined ? undefined : String(resolve(Export.Name, scope)),
    }));
}
