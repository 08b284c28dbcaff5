/** The only file that knows the ARM paths, api-versions and request bodies of a VM, and the rights that they need. Pure. */

/** One Linux VM: one by itself, a member of a Flexible scale set (which is the same), or an instance of a Uniform one. */
export interface VmTarget {
  readonly subscriptionId: string;
  readonly resourceGroupName: string;
  /** What messages say. Azure names an instance of a Uniform scale set `<scale set>_<instance id>`. */
  readonly vmName: string;
  /** Where the VM is an instance of a Uniform scale set: it has no id of its own. */
  readonly instance?: ScaleSetInstance | undefined;
}

export interface ScaleSetInstance {
  readonly scaleSetName: string;
  /** A whole number. A reimaged instance keeps it; a later one gets another. */
  readonly instanceId: string;
}

/** An instance of a Uniform scale set as a VM on which a script can run. */
export function instanceTarget(
  group: Pick<VmTarget, "subscriptionId" | "resourceGroupName">,
  instance: ScaleSetInstance,
): VmTarget {
  const { subscriptionId, resourceGroupName } = group;
  // Source of the name: azure-rest-api-specs, virtualMachineScaleSetExamples, VirtualMachineScaleSetVM_Get_*.json.
  return {
    subscriptionId,
    resourceGroupName,
    vmName: `${instance.scaleSetName}_${instance.instanceId}`,
    instance,
  };
}

/** Source: az 2.91.0 asks Run Command at this version (observed, November 2026). */
export const COMPUTE_API_VERSION = "2024-11-01";

export const REMOVE_EXTENSION_COMMAND_ID = "RemoveRunCommandLinuxExtension";
export const RUN_SHELL_SCRIPT_COMMAND_ID = "RunShellScript";

/**
 * The right that Azure checks for every run command.
 * Source: MicrosoftDocs/azure-docs#123239; Learn, "Azure permissions for Compute".
 */
export function runCommandAction(target: VmTarget): string {
  return `${vmType(target)}/runCommand/action`;
}

/**
 * The right to follow an operation. Operations belong to a location, so a right on the VM alone does not give it.
 * Source: Learn, "Track asynchronous Azure operations".
 */
export const FOLLOW_OPERATION_ACTION = "Microsoft.Compute/locations/operations/read";

/** The right to see which commands Azure offers. Source: MicrosoftDocs/azure-compute-docs, linux/run-command.md. */
export const READ_CATALOGUE_ACTION = "Microsoft.Compute/locations/runCommands/read";

/** The right to see locks. Source: Learn, "Azure permissions for Management and governance". */
export const READ_LOCKS_ACTION = "Microsoft.Authorization/locks/read";

/** The right to look at a VM and its state. */
export function readVmAction(target: VmTarget): string {
  return `${vmType(target)}/read`;
}

/** The type of an instance has the scale set's before it. */
function vmType({ instance }: VmTarget): string {
  return `Microsoft.Compute/${instance === undefined ? "" : "virtualMachineScaleSets/"}virtualMachines`;
}

/** Azure refuses `parameters` that are no list; they are left out where there are none. */
export interface RunCommandBody {
  readonly commandId: string;
  readonly script?: readonly [string];
  readonly parameters?: readonly { readonly name: string; readonly value: string }[];
}

/** The ARM id of a VM. */
export function vmResourceId(target: VmTarget): string {
  const { subscriptionId, resourceGroupName, vmName, instance } = target;
  const compute = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.Compute`;
  return instance === undefined
    ? `${compute}/virtualMachines/${vmName}`
    : `${compute}/virtualMachineScaleSets/${instance.scaleSetName}/virtualMachines/${instance.instanceId}`;
}

function vmPath(target: VmTarget): string {
  return vmResourceId(target).split("/").map(encodeURIComponent).join("/");
}

/** An instance's path has `virtualmachines` in lower case. Source: azure-rest-api-specs, ComputeRP, runCommand.json. */
export function runCommandPath(target: VmTarget): string {
  const path = vmPath(target);
  const asked = target.instance === undefined ? path : path.replace(/virtualMachines(?=\/[^/]+$)/, "virtualmachines");
  return `${asked}/runCommand?api-version=${COMPUTE_API_VERSION}`;
}

export function vmWithInstanceViewPath(target: VmTarget): string {
  return `${vmPath(target)}?api-version=${COMPUTE_API_VERSION}&$expand=instanceView`;
}

/** The commands that Azure offers in a location, or one of them. Any way of writing a location will do: `West Europe`. */
export function cataloguePath(subscriptionId: string, location: string, commandId?: string): string {
  const place = encodeURIComponent(location.toLowerCase().replace(/\s/g, ""));
  const one = commandId === undefined ? "" : `/${encodeURIComponent(commandId)}`;
  return `/subscriptions/${encodeURIComponent(subscriptionId)}/providers/Microsoft.Compute/locations/${place}/runCommands${one}?api-version=${COMPUTE_API_VERSION}`;
}

/** Source: azure-rest-api-specs, Microsoft.Authorization, 2016-09-01, locks.json. */
const LOCKS_API_VERSION = "2016-09-01";

/** The locks that hold for a VM: its own, its group's and its subscription's. Source: Az.Resources, Get-AzResourceLock -AtScope. */
export function locksPath(target: VmTarget): string {
  return `${vmPath(target)}/providers/Microsoft.Authorization/locks?api-version=${LOCKS_API_VERSION}&$filter=atScope()`;
}

/** One text for one VM, however its id is written: ARM does not look at case. */
export function caselessVmId(target: VmTarget): string {
  return vmResourceId(target).toLowerCase();
}

/**
 * Whether two targets are the same VM. ARM does not look at case. An unknown subscription (`""`) matches any.
 * A VM by itself may have the very name that Azure gives an instance, and is another one.
 */
export function isSameVm(a: VmTarget, b: VmTarget): boolean {
  const same = (x: string, y: string) => x.toLowerCase() === y.toLowerCase();
  const sameSubscription =
    a.subscriptionId === "" || b.subscriptionId === "" || same(a.subscriptionId, b.subscriptionId);
  const sameKind = (a.instance === undefined) === (b.instance === undefined);
  return sameSubscription && sameKind && same(a.resourceGroupName, b.resourceGroupName) && same(a.vmName, b.vmName);
}
