/** VMs and scale sets that a fleet is given as the resources of an Azure provider. Runs in the user's program. */
import * as pulumi from "@pulumi/pulumi";
import { isGiven, kindOf } from "../core/inputs/input";
import { readUnsendable, unsendable } from "../core/inputs/unsendable";
import { isObject } from "../core/json";
import { idOfResource } from "./azure-resource";

/** The ways to say which VMs a fleet has. */
const WAYS = ["virtualMachines", "virtualMachineIds", "scaleSet", "scaleSetId"];

/**
 * The inputs with ids in the place of resources: the state is the same, whichever was given. Where that cannot be,
 * `virtualMachines` or `scaleSet` stays, without the resources, and `check` reports it.
 */
export function withFleetIds(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { virtualMachines, scaleSet, ...others } = inputs;
  const isOnly = WAYS.filter((way) => isGiven(inputs[way])).length === 1;
  return {
    ...others,
    ...(isGiven(virtualMachines) ? idsOf(virtualMachines, isOnly) : {}),
    ...(isGiven(scaleSet) ? idOf(scaleSet, isOnly) : {}),
  };
}

function idsOf(virtualMachines: unknown, isOnly: boolean): Record<string, unknown> {
  if (isLater(virtualMachines)) {
    const ids = (pulumi.output(virtualMachines) as pulumi.Output<unknown>).apply(idsInList);
    return isOnly ? { virtualMachineIds: ids } : { virtualMachines: ids };
  }
  if (!Array.isArray(virtualMachines)) {
    return {
      virtualMachines: pulumi.Resource.isInstance(virtualMachines) ? unsendable("a resource") : virtualMachines,
    };
  }
  const wrongAt = virtualMachines.findIndex((vm) => !isResource(vm));
  if (wrongAt >= 0) {
    return { virtualMachines: wrongList(virtualMachines, wrongAt) };
  }
  const ids = virtualMachines.map(idOfResource);
  return isOnly ? { virtualMachineIds: ids } : { virtualMachines: ids };
}

function idsInList(list: unknown): unknown {
  return Array.isArray(list) ? pulumi.all(list.map(idOfResource)) : list;
}

function wrongList(list: readonly unknown[], wrongAt: number): unknown {
  const wrong = idOfResource(list[wrongAt]);
  return unsendable(`a list with ${readUnsendable(wrong)?.what ?? kindOf(wrong)} at position ${wrongAt + 1}`);
}

function idOf(scaleSet: unknown, isOnly: boolean): Record<string, unknown> {
  const id = idOfResource(scaleSet);
  return isOnly && isResource(scaleSet) ? { scaleSetId: id } : { scaleSet: id };
}

/** Of what comes later, what is wrong with it is said of its id. */
function isResource(value: unknown): boolean {
  return isLater(value) || (isObject(value) && isGiven(value.id));
}

function isLater(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}
