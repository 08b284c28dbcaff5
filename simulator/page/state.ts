/** What the page shows of the simulated Azure at one moment. Pure: world in, document out. No scripts, which hold secrets. */
import type { LoggedRequest } from "../request-log";
import type { Operation, VirtualMachine, World } from "../world";

/** Most operations that are shown, the newest ones. Source: our choice. */
export const OPERATIONS_MAX = 200;
/** The same of refused requests. */
export const REFUSALS_MAX = 200;
/** Longest user agent that is shown. */
const CLIENT_MAX_CHARACTERS = 300;

/** One action of ARM on a VM, from its POST or DELETE to its end. */
export interface ShownOperation {
  readonly id: string;
  /** Also of VMs that are gone. */
  readonly vm: string;
  readonly resourceGroup: string;
  readonly action: Operation["action"];
  readonly commandId: string | null;
  readonly client: string | null;
  readonly postedAtMs: number;
  readonly scriptStartedAtMs: number | null;
  readonly scriptEndedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly state: "waits" | "runs" | "reports" | "succeeded" | "failed" | "canceled";
}

export interface ShownMachine {
  readonly id: string;
  readonly name: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly scaleSet: string | null;
  readonly power: VirtualMachine["power"];
  readonly changing: VirtualMachine["changing"] | null;
  readonly agent: VirtualMachine["agent"]["status"];
  readonly agentVersion: string;
  readonly outbound443: VirtualMachine["agent"]["outbound443"];
  readonly extension: "installed" | "not installed" | "not allowed";
  readonly system: string;
  /** The operation that holds it. */
  readonly operation: string | null;
}

export interface PageState {
  readonly subscription: string;
  readonly machines: readonly ShownMachine[];
  /** The oldest first. */
  readonly operations: readonly ShownOperation[];
  /** How many older ones there are, which are not shown. */
  readonly olderOperations: number;
  /** Run commands that ARM took no operation for: `409` for a VM that another has. */
  readonly refusals: readonly {
    readonly vm: string;
    readonly resourceGroup: string;
    readonly atMs: number;
    readonly status: number;
  }[];
}

export function pageState(world: World, requests: readonly LoggedRequest[]): PageState {
  const operations = [...world.operations.values()];
  return {
    subscription: world.options.subscriptionId,
    machines: world.list().map(shownMachine),
    operations: operations.slice(-OPERATIONS_MAX).map(shownOperation),
    olderOperations: Math.max(0, operations.length - OPERATIONS_MAX),
    refusals: requests.flatMap((request) => refusalOf(world, request)).slice(-REFUSALS_MAX),
  };
}

function shownMachine(machine: VirtualMachine): ShownMachine {
  const { agent, operatingSystem } = machine;
  const installed = machine.guest.extensionInstalled ? "installed" : "not installed";
  return {
    id: machine.vmId,
    name: machine.name,
    resourceGroup: machine.resourceGroup,
    location: machine.location,
    scaleSet: machine.member?.scaleSet ?? null,
    power: machine.power,
    changing: machine.changing ?? null,
    agent: agent.status,
    agentVersion: agent.version,
    outbound443: agent.outbound443,
    extension: machine.allowExtensionOperations ? installed : "not allowed",
    system: `${operatingSystem.name} ${operatingSystem.version}`.trim(),
    operation: machine.run?.id ?? null,
  };
}

export function shownOperation(operation: Operation): ShownOperation {
  const { outcome, scriptStartedAtMs, scriptEndedAtMs } = operation;
  return {
    id: operation.id,
    vm: operation.vmName,
    resourceGroup: operation.resourceGroup,
    action: operation.action,
    commandId: operation.commandId ?? null,
    client: operation.client?.slice(0, CLIENT_MAX_CHARACTERS) ?? null,
    postedAtMs: operation.postedAtMs,
    scriptStartedAtMs: scriptStartedAtMs ?? null,
    scriptEndedAtMs: scriptEndedAtMs ?? null,
    endedAtMs: outcome.kind === "running" ? null : outcome.endedAt.atMs,
    state: stateOf(operation),
  };
}

/** A power action is under way from its POST on; a script waits for its delivery, and for an agent that takes it. */
function stateOf({ action, outcome, scriptStartedAtMs, scriptEndedAtMs }: Operation): ShownOperation["state"] {
  if (outcome.kind !== "running") {
    return outcome.kind;
  }
  if (action !== "runCommand") {
    return "runs";
  }
  return scriptStartedAtMs === undefined ? "waits" : scriptEndedAtMs === undefined ? "runs" : "reports";
}

const RUN_COMMAND_PATH =
  /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Compute\/(?:virtualMachines\/([^/]+)|virtualMachineScaleSets\/([^/]+)\/virtualMachines\/([^/]+))\/runCommand\/?$/i;

function refusalOf(world: World, { method, path, status, time }: LoggedRequest): PageState["refusals"] {
  const [, group, name, scaleSet, instanceId] =
    (method === "POST" && status !== null && status >= 400 && RUN_COMMAND_PATH.exec(path)) || [];
  if (group === undefined || status === null) {
    return [];
  }
  const machine =
    name === undefined
      ? world.instance(group, scaleSet ?? "", instanceId ?? "")
      : world.machine(decode(group), decode(name));
  return machine === undefined
    ? []
    : [{ vm: machine.name, resourceGroup: machine.resourceGroup, atMs: Date.parse(time), status }];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
