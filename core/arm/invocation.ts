/** The only file that knows ARM paths, api-versions, request bodies and the shape of a VM. Pure. */
import { at, parseJson, textAt } from "../json";
import { RESOURCE_GROUP_NAME_MAX_CHARACTERS, VM_NAME_MAX_CHARACTERS } from "../limits";

/** One Linux VM. */
export interface VmTarget {
  readonly subscriptionId: string;
  readonly resourceGroupName: string;
  readonly vmName: string;
}

/** Source: az 2.91.0 asks Run Command at this version (observed, November 2026). */
const COMPUTE_API_VERSION = "2024-11-01";

export const REMOVE_EXTENSION_COMMAND_ID = "RemoveRunCommandLinuxExtension";
export const RUN_SHELL_SCRIPT_COMMAND_ID = "RunShellScript";

/** The right that Azure checks for every run command. Source: MicrosoftDocs/azure-docs#123239. */
export const RUN_COMMAND_ACTION = "Microsoft.Compute/virtualMachines/runCommand/action";

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
export const READ_VM_ACTION = "Microsoft.Compute/virtualMachines/read";

/** Azure refuses `parameters` that are no list; they are left out where there are none. */
export interface RunCommandBody {
  readonly commandId: string;
  readonly script?: readonly [string];
  readonly parameters?: readonly { readonly name: string; readonly value: string }[];
}

/** The ARM id of a VM. */
export function vmResourceId(target: VmTarget): string {
  const { subscriptionId, resourceGroupName, vmName } = target;
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.Compute/virtualMachines/${vmName}`;
}

function vmPath(target: VmTarget): string {
  return vmResourceId(target).split("/").map(encodeURIComponent).join("/");
}

export function runCommandPath(target: VmTarget): string {
  return `${vmPath(target)}/runCommand?api-version=${COMPUTE_API_VERSION}`;
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

/** What a VM's document says that matters to a run. `undefined` where Azure did not say. */
export interface VmFacts {
  /** The GUID that Azure gave this VM; another VM under the same name has another one. */
  readonly vmId: string | undefined;
  readonly osType: string | undefined;
  /** `running`, `stopped`, `deallocated`, `starting`, … */
  readonly powerState: string | undefined;
  /** `Creating`, `Updating`, `Succeeded`, … */
  readonly provisioningState: string | undefined;
  /** What the platform knows of the guest's agent: `Ready`, `Not Ready`. */
  readonly agentStatus: string | undefined;
  readonly agentVersion: string | undefined;
  /** Whether the Run Command extension is among the agent's handlers. */
  readonly extensionInstalled: boolean;
  /** What the agent says of that extension; undefined when it is not there. */
  readonly extension: HandlerFacts | undefined;
  /** What the agent says of itself: `Guest Agent is running`. */
  readonly agentMessage: string | undefined;
  /** Whether the VM was made with an agent, and takes extensions. */
  readonly hasAgent: boolean | undefined;
  readonly allowsExtensions: boolean | undefined;
  /** `westeurope`, … */
  readonly location: string | undefined;
}

export interface HandlerFacts {
  readonly version: string | undefined;
  /** `Ready`, `Not Ready`, `Installing`, … */
  readonly status: string | undefined;
  readonly message: string | undefined;
}

const EXTENSION_HANDLER_TYPE = "microsoft.cplat.core.runcommandlinux";

/** Reads the answer to `vmWithInstanceViewPath`. */
export function readVmFacts(body: string): VmFacts {
  const document = parseJson(body);
  const properties = at(document, "properties");
  const codes = listAt(properties, "instanceView", "statuses").map((status) => textAt(status, "code") ?? "");
  const handler = listAt(properties, "instanceView", "vmAgent", "extensionHandlers").find(
    (entry) => textAt(entry, "type")?.toLowerCase() === EXTENSION_HANDLER_TYPE,
  );
  return {
    vmId: textAt(properties, "vmId"),
    osType: textAt(properties, "storageProfile", "osDisk", "osType"),
    powerState: codes.find((code) => code.startsWith("PowerState/"))?.slice("PowerState/".length),
    provisioningState: textAt(properties, "provisioningState"),
    agentStatus: textAt(properties, "instanceView", "vmAgent", "statuses", 0, "displayStatus"),
    agentVersion: textAt(properties, "instanceView", "vmAgent", "vmAgentVersion"),
    extensionInstalled: handler !== undefined,
    extension:
      handler === undefined
        ? undefined
        : {
            version: textAt(handler, "typeHandlerVersion"),
            status: textAt(handler, "status", "displayStatus"),
            message: textAt(handler, "status", "message"),
          },
    agentMessage: textAt(properties, "instanceView", "vmAgent", "statuses", 0, "message"),
    hasAgent: flagAt(properties, "osProfile", "linuxConfiguration", "provisionVMAgent"),
    allowsExtensions: flagAt(properties, "osProfile", "allowExtensionOperations"),
    location: textAt(document, "location"),
  };
}

function flagAt(value: unknown, ...path: readonly string[]): boolean | undefined {
  const found = at(value, ...path);
  return typeof found === "boolean" ? found : undefined;
}

function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** A VM's id taken apart, or why it is none. */
export type ParsedVmId =
  | { readonly kind: "vm"; readonly target: VmTarget }
  | { readonly kind: "problem"; readonly problem: string };

const GUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const VM_ID = new RegExp(
  `^/subscriptions/(${GUID})/resourceGroups/([^/]+)/providers/Microsoft\\.Compute/virtualMachines/([^/]+)$`,
  "i",
);
const SCALE_SET_ID =
  /\/providers\/Microsoft\.Compute\/virtualMachineScaleSets\/([^/]+)(?:\/virtualMachines\/([^/]+))?/i;

const EXPECTED_VM_ID =
  "'/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'";

/** Takes a VM's id apart. Case does not matter, as in ARM. */
export function parseVmId(id: string): ParsedVmId {
  const parts = VM_ID.exec(id);
  if (parts !== null) {
    const [, subscriptionId = "", resourceGroupName = "", vmName = ""] = parts;
    const problem = resourceGroupNameProblem(resourceGroupName) ?? vmNameProblem(vmName);
    return problem === undefined
      ? { kind: "vm", target: { subscriptionId, resourceGroupName, vmName } }
      : { kind: "problem", problem };
  }
  const scaleSet = SCALE_SET_ID.exec(id);
  if (scaleSet !== null) {
    const what =
      scaleSet[2] === undefined ? `the scale set '${scaleSet[1]}'` : `an instance of the scale set '${scaleSet[1]}'`;
    return {
      kind: "problem",
      problem: `is the id of ${what}, but a script runs on one VM: the members of a Flexible scale set are VMs with ids of their own; give one of those (${EXPECTED_VM_ID})`,
    };
  }
  return { kind: "problem", problem: `is ${shown(id)}, which is no id of a VM; expected ${EXPECTED_VM_ID}` };
}

/** An id of ARM is no secret; anything else may be one that went to the wrong place. */
function shown(id: string): string {
  return id.startsWith("/subscriptions/") ? JSON.stringify(id) : `a text of ${id.length} characters`;
}

/** Source: Learn, "Naming rules and restrictions for Azure resources", Microsoft.Compute/virtualMachines (Linux). */
export function vmNameProblem(name: string): string | undefined {
  if (name.length > VM_NAME_MAX_CHARACTERS) {
    return `has a VM name of ${name.length} characters, at most ${VM_NAME_MAX_CHARACTERS} are allowed`;
  }
  return /^[^\\/"[\]:|<>+=;,?*@&~!#$%^()'{}_\s][^\\/"[\]:|<>+=;,?*@&~!#$%^()'{}\s]*$/.test(name) && !/[.-]$/.test(name)
    ? undefined
    : `has the VM name ${JSON.stringify(name)}, which Azure does not allow (letters, digits, '.', '-' and '_'; not '_' first, nor '.' or '-' last)`;
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

/** Whether two targets are the same VM. ARM does not look at case. An unknown subscription (`""`) matches any. */
export function isSameVm(a: VmTarget, b: VmTarget): boolean {
  const same = (x: string, y: string) => x.toLowerCase() === y.toLowerCase();
  const sameSubscription =
    a.subscriptionId === "" || b.subscriptionId === "" || same(a.subscriptionId, b.subscriptionId);
  return sameSubscription && same(a.resourceGroupName, b.resourceGroupName) && same(a.vmName, b.vmName);
}
