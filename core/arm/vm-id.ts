/** Takes ids of VMs apart, and judges names, as Azure does. Pure. */
import { RESOURCE_GROUP_NAME_MAX_CHARACTERS, VM_NAME_MAX_CHARACTERS } from "../limits";
import { instanceTarget, type VmTarget } from "./invocation";

/** A VM's id taken apart, or why it is none. */
export type ParsedVmId =
  | { readonly kind: "vm"; readonly target: VmTarget }
  | { readonly kind: "problem"; readonly problem: string };

export const GUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const VM_ID_FORM = `/subscriptions/(${GUID})/resourceGroups/([^/]+)/providers/Microsoft\\.Compute/virtualMachines/([^/?#]+)`;
const VM_ID = new RegExp(`^${VM_ID_FORM}$`, "i");
/** In an address of the portal or of ARM, or with a slash at its end. */
const VM_ID_INSIDE = new RegExp(`${VM_ID_FORM}(?=/|[?#]|$)`, "i");
const INSTANCE_ID = new RegExp(
  `^/subscriptions/(${GUID})/resourceGroups/([^/]+)/providers/Microsoft\\.Compute/virtualMachineScaleSets/([^/]+)/virtualMachines/([^/]+)$`,
  "i",
);
const SCALE_SET_ID = /\/providers\/Microsoft\.Compute\/virtualMachineScaleSets\/([^/]+)/i;

const EXPECTED_VM_ID =
  "'/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'";

const EXPECTED_INSTANCE_ID = "'…/virtualMachineScaleSets/{name}/virtualMachines/{number}'";

/** Takes apart the id of a VM, or of an instance of a Uniform scale set. Case does not matter, as in ARM. */
export function parseVmId(id: string): ParsedVmId {
  const parts = VM_ID.exec(id);
  if (parts !== null) {
    const [, subscriptionId = "", resourceGroupName = "", vmName = ""] = parts;
    const problem = resourceGroupNameProblem(resourceGroupName) ?? vmNameProblem(vmName);
    return problem === undefined
      ? { kind: "vm", target: { subscriptionId, resourceGroupName, vmName } }
      : { kind: "problem", problem };
  }
  const instance = INSTANCE_ID.exec(id);
  if (instance !== null) {
    return parseInstanceId(instance);
  }
  const [inside] = VM_ID_INSIDE.exec(id) ?? [];
  if (inside !== undefined) {
    return { kind: "problem", problem: `is more than the id of a VM; give '${inside}' alone` };
  }
  const scaleSet = SCALE_SET_ID.exec(id);
  const problem =
    scaleSet === null
      ? `is ${shown(id)}, which is no id of a VM; expected ${EXPECTED_VM_ID}`
      : `is the id of the scale set '${scaleSet[1]}', but a script runs on one VM; give the id of one of its VMs (${EXPECTED_VM_ID}; where the scale set is Uniform: ${EXPECTED_INSTANCE_ID})`;
  return { kind: "problem", problem };
}

/** Azure has numbers for the instances of a Uniform scale set only. Source: Azure/azure-powershell#23622. */
function parseInstanceId(parts: RegExpExecArray): ParsedVmId {
  const [, subscriptionId = "", resourceGroupName = "", scaleSetName = "", instanceId = ""] = parts;
  if (!/^[0-9]+$/.test(instanceId)) {
    return {
      kind: "problem",
      problem: `is the id of ${JSON.stringify(instanceId)} in the scale set '${scaleSetName}', and no number, as the instances of a Uniform scale set have: a member of a Flexible scale set is a VM with an id of its own; give that (${EXPECTED_VM_ID})`,
    };
  }
  const problem = resourceGroupNameProblem(resourceGroupName) ?? vmNameProblem(scaleSetName, "scale set");
  return problem === undefined
    ? { kind: "vm", target: instanceTarget({ subscriptionId, resourceGroupName }, { scaleSetName, instanceId }) }
    : { kind: "problem", problem };
}

/** An id of ARM is no secret; anything else may be one that went to the wrong place. */
function shown(id: string): string {
  return id.startsWith("/subscriptions/") ? JSON.stringify(id) : `a text of ${id.length} characters`;
}

/**
 * Source: Learn, "Naming rules and restrictions for Azure resources", Microsoft.Compute/virtualMachines (Linux);
 * virtualMachineScaleSets have the same rule.
 */
export function vmNameProblem(name: string, of: "VM" | "scale set" = "VM"): string | undefined {
  if (name.length > VM_NAME_MAX_CHARACTERS) {
    return `has a ${of} name of ${name.length} characters, at most ${VM_NAME_MAX_CHARACTERS} are allowed`;
  }
  return /^[^\\/"[\]:|<>+=;,?*@&~!#$%^()'{}_\s][^\\/"[\]:|<>+=;,?*@&~!#$%^()'{}\s]*$/.test(name) && !/[.-]$/.test(name)
    ? undefined
    : `has the ${of} name ${JSON.stringify(name)}, which Azure does not allow (letters, digits, '.', '-' and '_'; not '_' first, nor '.' or '-' last)`;
}

/** Source: the same page, Microsoft.Resources/resourceGroups. */
export function resourceGroupNameProblem(name: string): string | undefined {
  if (name.length > RESOURCE_GROUP_NAME_MAX_CHARACTERS) {
    return `has a resource group name of ${name.length} characters, at most ${RESOURCE_GROUP_NAME_MAX_CHARACTERS} are allowed`;
  }
  return /^[\p{L}\p{N}_.()-]+$/u.test(name) && !name.endsWith(".")
    ? undefined
    : `has the resource group name ${JSON.stringify(name)}, which Azure does not allow (letters, digits, '_', '.', '(', ')' and '-'; not '.' last)`;
}
