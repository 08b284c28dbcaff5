/** Whether what a path names exists: subscription, resource group, virtual machine, scale set, instance; and what an unknown path is called. */
import type { ScaleSet } from "../scale-set";
import type { VirtualMachine, World } from "../world";
import type { Refusal } from "./errors";

export interface PathNames {
  readonly subscription?: string;
  readonly group?: string;
  readonly vm?: string;
  readonly scaleSet?: string;
  /** Id of an instance of the scale set. */
  readonly instance?: string;
  readonly location?: string;
  /** Of an operation or of a command of the catalogue, in a location. */
  readonly id?: string;
  /** Of what belongs to a VM or an instance: an extension, a managed run command. */
  readonly child?: string;
}

/** Source of the codes: azure-wire.md section 6, Azure/azure-cli#33657; of the order: assumed, from the outside in. */
export function checkScope(world: World, names: PathNames, method = "GET"): Refusal | undefined {
  const { subscription, group, vm } = names;
  if (subscription !== undefined && subscription.toLowerCase() !== world.options.subscriptionId) {
    return { kind: "SubscriptionNotFound", subscriptionId: subscription };
  }
  if (group !== undefined && world.group(group) === undefined) {
    return { kind: "ResourceGroupNotFound", name: group };
  }
  if (group !== undefined && vm !== undefined && world.machine(group, vm) === undefined) {
    return { kind: "ResourceNotFound", type: "Microsoft.Compute/virtualMachines", name: vm, resourceGroup: group };
  }
  return checkScaleSet(world, names, method);
}

/**
 * Source: a POST to an instance that is not there is 400 (microsoft/onefuzz#2547, Azure/azure-cli#25476); that a GET is Compute's own
 * 404, and that Azure looks at the form of the id first: assumed.
 */
function checkScaleSet(world: World, { group, scaleSet, instance }: PathNames, method: string): Refusal | undefined {
  if (group === undefined || scaleSet === undefined) {
    return undefined;
  }
  if (world.scaleSet(group, scaleSet) === undefined) {
    const type = "Microsoft.Compute/virtualMachineScaleSets";
    return { kind: "ResourceNotFound", type, name: scaleSet, resourceGroup: group };
  }
  if (instance === undefined) {
    return undefined;
  }
  if (!/^[0-9]+$/.test(instance)) {
    return { kind: "InstanceIdNotNumber" };
  }
  if (world.instance(group, scaleSet, instance) !== undefined) {
    return undefined;
  }
  return method === "GET" ? { kind: "EntityNotFound" } : { kind: "InstanceNotActive", instanceId: instance };
}

/** The machine or instance that `checkScope` has found; a race with its deletion is an error of the simulator. */
export function machineOf(world: World, { group = "", vm, scaleSet = "", instance = "" }: PathNames): VirtualMachine {
  const machine = vm === undefined ? world.instance(group, scaleSet, instance) : world.machine(group, vm);
  if (machine === undefined) {
    throw new Error(`no virtual machine '${vm ?? `${scaleSet}/${instance}`}' in '${group}'`);
  }
  return machine;
}

/** The scale set that `checkScope` has found. */
export function scaleSetOf(world: World, { group = "", scaleSet = "" }: PathNames): ScaleSet {
  const found = world.scaleSet(group, scaleSet);
  if (found === undefined) {
    throw new Error(`no scale set '${scaleSet}' in '${group}'`);
  }
  return found;
}

/** The name of the VM that a path names, which need not be there. */
export function vmNameOf({ vm, scaleSet, instance }: PathNames): string | undefined {
  return instance === undefined ? vm : `${scaleSet}_${instance}`;
}

/** Namespaces of which at least something is imitated. */
const IMITATED_NAMESPACES: readonly string[] = ["Microsoft.Compute", "Microsoft.Authorization"];

/** Types of Microsoft.Compute that exist, but of which the simulator has none. */
const EMPTY_TYPES: readonly string[] = ["disks", "images", "snapshots", "availabilitySets", "galleries"];

/** Source: 404 of a scale set as of a VM; of namespaces and types: assumed from logs of users (`InvalidResourceType`). */
export function unknownPath(path: string, apiVersion: string): Refusal {
  const segments = path.split("/").slice(1);
  // What extends a resource (its metrics, its tags) has a namespace of its own behind that of the resource.
  const at = segments.findLastIndex((segment) => segment.toLowerCase() === "providers");
  const [namespace, ...parts] = at === -1 ? [] : segments.slice(at + 1);
  const [type, name] = parts;
  if (namespace === undefined || type === undefined) {
    const below = segments[0]?.toLowerCase() === "subscriptions" ? segments.slice(2) : segments;
    return { kind: "ResourceTypeInvalid", type: typeOf(below), namespace: "Microsoft.Resources", apiVersion };
  }
  const imitated = IMITATED_NAMESPACES.find((candidate) => candidate.toLowerCase() === namespace.toLowerCase());
  if (imitated === undefined) {
    return { kind: "NamespaceInvalid", namespace };
  }
  const group = segments[2]?.toLowerCase() === "resourcegroups" ? segments[3] : undefined;
  const known = EMPTY_TYPES.find((candidate) => candidate.toLowerCase() === type.toLowerCase());
  return known !== undefined && name !== undefined && group !== undefined
    ? { kind: "ResourceNotFound", type: `Microsoft.Compute/${known}`, name, resourceGroup: group }
    : { kind: "ResourceTypeInvalid", type: typeOf(parts), namespace: imitated, apiVersion };
}

/** Types and names take turns: `virtualMachines/web1/runCommands/x` is of the type `virtualMachines/runCommands`. */
function typeOf(parts: readonly string[]): string {
  return parts.filter((_part, index) => index % 2 === 0).join("/");
}
