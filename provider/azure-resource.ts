/** Targets that are given as the resources of an Azure provider: nothing but their ids is sent. Runs in the user's program. */
import * as pulumi from "@pulumi/pulumi";
import { isGiven, kindOf } from "../core/inputs/input";
import { readUnsendable, unsendable } from "../core/inputs/unsendable";
import { isObject } from "../core/json";

/** A resource of Azure, of whatever provider: `@pulumi/azure-native`, `@pulumi/azure`, or what a function of theirs found. */
export interface AzureResource {
  /** Its ARM id. */
  readonly id: pulumi.Input<string>;
}

/** @returns its id, known or not. Of what has none, what says so in its place. */
export function idOfResource(resource: unknown): unknown {
  if (pulumi.Output.isInstance(resource) || resource instanceof Promise) {
    return pulumi.output(resource).apply(idOfResource);
  }
  const id = isObject(resource) ? resource.id : undefined;
  if (isGiven(id)) {
    return id;
  }
  if (!isObject(resource) || readUnsendable(resource) !== undefined) {
    return resource;
  }
  return unsendable(`${pulumi.Resource.isInstance(resource) ? "a resource" : kindOf(resource)} without 'id'`);
}

/**
 * The inputs with `virtualMachineId` in the place of `virtualMachine`: the state is the same, whichever was given. Where that
 * cannot be, `virtualMachine` stays, without the resource, and `check` reports it.
 */
export function withVirtualMachineId(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { virtualMachine, ...others } = inputs;
  if (!isGiven(virtualMachine)) {
    return others;
  }
  const isOnly = ["virtualMachineId", "resourceGroupName", "vmName"].every((name) => !isGiven(others[name]));
  const id = idOfResource(virtualMachine);
  return isOnly && isResource(virtualMachine) ? { ...others, virtualMachineId: id } : { ...others, virtualMachine: id };
}

/** Of a promise or an output it is not known yet; what is wrong with it is then said of its id. */
function isResource(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise || (isObject(value) && isGiven(value.id));
}
