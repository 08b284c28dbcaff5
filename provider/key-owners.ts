/**
 * Finds two resources that would share receipts: one that was renamed with an alias keeps the key of its old name, and a
 * new one under the old name is given the same.
 */
import { isSameVm, type VmTarget } from "../core/arm/invocation";
import { labelOf, urnOf } from "./names";
import type { Properties } from "./state";

interface Owner {
  readonly urn: string;
  readonly name: string;
  readonly target: VmTarget | undefined;
}

const owners = new Map<string, readonly Owner[]>();

/** Notes whose the key is. @returns a sentence when another resource on the same VM has it already. */
export function keyProblem(inputs: Properties, target: VmTarget | undefined): string | undefined {
  const { key } = inputs;
  const urn = urnOf(inputs);
  if (typeof key !== "string" || urn === undefined) {
    return undefined;
  }
  const owner: Owner = { urn, name: labelOf(inputs, key), target };
  const others = (owners.get(key) ?? []).filter((known) => known.urn !== urn);
  owners.set(key, [...others, owner]);
  const rival = others.find(
    (other) => other.target === undefined || target === undefined || isSameVm(other.target, target),
  );
  return rival === undefined
    ? undefined
    : `'${owner.name}' and '${rival.name}' would share what they leave on the VM: one of them was renamed with an alias and keeps its key, the other has the name that the first had; give the new one another name`;
}
