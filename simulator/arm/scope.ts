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

/** Types of Microsoft.Compute that exist, but of which the simulator has none. */
const EMPTY_TYPES: readonly string[] = ["disks", "images", "snapshots", "availabilitySets", "galleries"];

/** Source: 404 of a scale set as of a VM; of namespaces and types: assumed from logs of users (`InvalidResourceType`). */
export function unknownPath(path: string, apiVersion: string): Refusal {
  const match =
    /^\/subscriptions\/[^/]+(?:\/resourceGroups\/([^/]+))?\/providers\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?/i.exec(path);
  const [, group, namespace, type, name] = match ?? [];
  if (namespace === undefined) {
    return {
      kind: "ResourceTypeInvalid",
      type: path.split("/")[3] ?? "",
      namespace: "Microsoft.Resources",
      apiVersion,
    };
  }
  if (namespace.toLowerCase() !== "microsoft.compute") {
    return { kind: "NamespaceInvalid", namespace };
  }
  const known = EMPTY_TYPES.find((candidate) => candidate.toLowerCase() === type?.toLowerCase());
  return known !== undefined && name !== undefined && group !== undefined
    ? { kind: "ResourceNotFound", type: `Microsoft.Compute/${known}`, name, resourceGroup: group }
    : { kind: "ResourceTypeInvalid", type: type ?? "", namespace: "Microsoft.Compute", apiVersion };
}
