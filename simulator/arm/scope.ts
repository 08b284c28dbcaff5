/** Whether what a path names exists: subscription, resource group, virtual machine; and what an unknown path is called. */
import type { VirtualMachine, World } from "../world";
import type { Refusal } from "./errors";

export interface PathNames {
  readonly subscription?: string;
  readonly group?: string;
  readonly vm?: string;
  readonly location?: string;
  /** Of an operation or of a command of the catalogue, in a location. */
  readonly id?: string;
}

/** Source of the codes: azure-wire.md section 6, Azure/azure-cli#33657; of the order: assumed, from the outside in. */
export function checkScope(world: World, names: PathNames): Refusal | undefined {
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
  return undefined;
}

/** The machine that `checkScope` has found; a race with its deletion is an error of the simulator. */
export function machineOf(world: World, names: PathNames): VirtualMachine {
  const machine = world.machine(names.group ?? "", names.vm ?? "");
  if (machine === undefined) {
    throw new Error(`no virtual machine '${names.vm}' in '${names.group}'`);
  }
  return machine;
}

/** Types of Microsoft.Compute that exist, but of which the simulator has none. */
const EMPTY_TYPES: readonly string[] = [
  "virtualMachineScaleSets",
  "disks",
  "images",
  "snapshots",
  "availabilitySets",
  "galleries",
];

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
