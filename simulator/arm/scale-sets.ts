/** A scale set and its members as Compute describes them. Pure: what there is in, documents out. */
import type { ScaleSet } from "../scale-set";
import type { VirtualMachine } from "../world";
import type { Document } from "./document";
import { formatInstant } from "./instant";
import { instanceViewDocument, machineProperties, provisioningState } from "./virtual-machines";

const SKU = { name: "Standard_D2s_v3", tier: "Standard" };

export function scaleSetId(
  { resourceGroup, name }: Pick<ScaleSet, "resourceGroup" | "name">,
  subscriptionId: string,
): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachineScaleSets/${name}`;
}

/**
 * Fields and order: Azure/azure-cli test_vmss_reimage.yaml (2021, Uniform), azure-rest-api-specs virtualMachineScaleSet.json and its examples
 * of 2024-11-01 (`orchestrationMode`, `timeCreated`, `etag`). What is in the profile of its VMs is left out.
 */
export function scaleSetDocument(
  scaleSet: ScaleSet,
  members: readonly VirtualMachine[],
  subscriptionId: string,
): Document {
  const uniform = scaleSet.mode === "Uniform";
  return {
    name: scaleSet.name,
    id: scaleSetId(scaleSet, subscriptionId),
    type: "Microsoft.Compute/virtualMachineScaleSets",
    location: scaleSet.location,
    tags: {},
    sku: { ...SKU, capacity: members.length },
    properties: {
      singlePlacementGroup: uniform,
      orchestrationMode: scaleSet.mode,
      upgradePolicy: uniform ? { mode: "Manual" } : undefined,
      provisioningState: "Succeeded",
      overprovision: uniform ? false : undefined,
      platformFaultDomainCount: uniform ? 5 : 1,
      uniqueId: scaleSet.uniqueId,
      timeCreated: formatInstant(scaleSet.createdAt),
    },
  };
}

/**
 * An instance of a Uniform scale set. Source of fields and order: azure-rest-api-specs, example VirtualMachineScaleSetVM_Get_WithUserData.json
 * of 2024-11-01, virtualMachineScaleSetVM in virtualMachineScaleSet.json (`instanceId`, `sku`, `timeCreated`).
 */
export function instanceDocument(
  machine: VirtualMachine,
  scaleSet: string,
  subscriptionId: string,
  withInstanceView: boolean,
): Document {
  const instanceId = machine.member?.instanceId ?? "";
  const id = `${scaleSetId({ ...machine, name: scaleSet }, subscriptionId)}/virtualMachines/${instanceId}`;
  return {
    name: machine.name,
    id,
    type: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines",
    location: machine.location,
    tags: {},
    instanceId,
    sku: SKU,
    properties: {
      latestModelApplied: true,
      modelDefinitionApplied: "VirtualMachineScaleSet",
      ...machineProperties(machine, subscriptionId, `${id}/networkInterfaces/${scaleSet}Nic`),
      instanceView: withInstanceView ? instanceViewDocument(machine) : undefined,
    },
    etag: `"${machine.generation}"`,
  };
}

/**
 * A member of a Flexible scale set in the list of the scale set, which has little of it: `az vm list` has the rest.
 * Source: Azure/aaz vmss list-instances, Azure/azure-rest-api-specs#27441 (no tags), Learn "Understand names and instance IDs …" (the
 * instance id is the VM's name); which fields are left: assumed.
 */
export function flexibleMemberDocument(machine: VirtualMachine, subscriptionId: string): Document {
  return {
    name: machine.name,
    id: `/subscriptions/${subscriptionId}/resourceGroups/${machine.resourceGroup}/providers/Microsoft.Compute/virtualMachines/${machine.name}`,
    type: "Microsoft.Compute/virtualMachines",
    location: machine.location,
    instanceId: machine.name,
    properties: { provisioningState: provisioningState(machine), vmId: machine.vmId },
  };
}
