/** Takes the id of a scale set apart, and knows the paths of its members. Pure. */
import { COMPUTE_API_VERSION } from "./invocation";
import { GUID, resourceGroupNameProblem, vmNameProblem } from "./vm-id";

export interface ScaleSetId {
  readonly subscriptionId: string;
  readonly resourceGroupName: string;
  readonly scaleSetName: string;
}

/** A scale set's id taken apart, or the end of a sentence that says why it is none. */
export type ParsedScaleSetId =
  | { readonly kind: "scaleSet"; readonly id: ScaleSetId }
  | { readonly kind: "problem"; readonly problem: string };

const SCALE_SET_ID = new RegExp(
  `^/subscriptions/(${GUID})/resourceGroups/([^/]+)/providers/Microsoft\\.Compute/virtualMachineScaleSets/([^/]+)$`,
  "i",
);
const MEMBER_ID = /\/providers\/Microsoft\.Compute\/virtualMachineScaleSets\/([^/]+)\/virtualMachines\/[^/]+$/i;
const VM_ID = /\/providers\/Microsoft\.Compute\/virtualMachines\/([^/]+)$/i;
const EXPECTED =
  "'/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachineScaleSets/{name}'";

/** Takes a scale set's id apart. Case does not matter, as in ARM. */
export function parseScaleSetId(text: string): ParsedScaleSetId {
  const parts = SCALE_SET_ID.exec(text);
  if (parts === null) {
    return { kind: "problem", problem: `is ${whatItIs(text)}; expected ${EXPECTED}` };
  }
  const [, subscriptionId = "", resourceGroupName = "", scaleSetName = ""] = parts;
  const problem = resourceGroupNameProblem(resourceGroupName) ?? vmNameProblem(scaleSetName, "scale set");
  return problem === undefined
    ? { kind: "scaleSet", id: { subscriptionId, resourceGroupName, scaleSetName } }
    : { kind: "problem", problem };
}

/** An id of ARM is no secret; anything else may be one that went to the wrong place. */
function whatItIs(text: string): string {
  const member = MEMBER_ID.exec(text);
  if (member !== null) {
    return `the id of one VM of the scale set '${member[1]}', not of the scale set`;
  }
  const vm = VM_ID.exec(text);
  if (vm !== null) {
    return `the id of the VM '${vm[1]}', not of a scale set`;
  }
  return text.startsWith("/subscriptions/")
    ? `${JSON.stringify(text)}, which is no id of a scale set`
    : `a text of ${text.length} characters, which is no id of a scale set`;
}

/** The ARM id of a scale set. */
export function scaleSetResourceId({ subscriptionId, resourceGroupName, scaleSetName }: ScaleSetId): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.Compute/virtualMachineScaleSets/${scaleSetName}`;
}

/** Tells the scale set's mode, and that it is there. */
export function scaleSetPath(id: ScaleSetId): string {
  return `${encoded(scaleSetResourceId(id))}?api-version=${COMPUTE_API_VERSION}`;
}

/** The instances of a Uniform scale set. */
export function listInstancesPath(id: ScaleSetId): string {
  return `${encoded(scaleSetResourceId(id))}/virtualMachines?api-version=${COMPUTE_API_VERSION}`;
}

/**
 * The VMs of a Flexible scale set are in its resource group. The quotes around the property are Azure's own.
 * Source: azure-rest-api-specs, ComputeRP, virtualMachine.json, VirtualMachines_List, `$filter`; so does cluster-api-provider-azure.
 */
export function listFlexibleMembersPath(id: ScaleSetId): string {
  const group = `/subscriptions/${id.subscriptionId}/resourceGroups/${id.resourceGroupName}`;
  const filter = encodeURIComponent(`'virtualMachineScaleSet/id' eq '${scaleSetResourceId(id)}'`);
  return `${encoded(group)}/providers/Microsoft.Compute/virtualMachines?api-version=${COMPUTE_API_VERSION}&$filter=${filter}`;
}

function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
