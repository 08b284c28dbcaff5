/** Azure Resource Manager's addresses and what answers each. */
import type { Identity } from "../entra/tokens";
import type { OperationFault } from "../faults/effect";
import { restartFromOutside, startPowerAction } from "../power";
import { type Started, startRun, whyNot } from "../runs";
import type { PowerAction } from "../timing";
import type { Operation, World } from "../world";
import { catalogueDocument, commandDocument, findCommand } from "./catalogue";
import type { Document } from "./document";
import { describeRefusal, type Refusal } from "./errors";
import type { OperationUrls } from "./operation-urls";
import { monitorReply, pollReply } from "./operations";
import { type ArmReply, type Counted, compact, empty, indented, refused } from "./reply";
import { RUN_COMMAND_SCHEMA, type RunCommandBody, readRunCommandBody } from "./run-command-body";
import { machineOf, type PathNames, unknownPath } from "./scope";
import { groupDocument, subscriptionDocument, tenantDocument } from "./subscriptions";
import { instanceViewDocument, machineDocument } from "./virtual-machines";

export interface ArmContext {
  readonly world: World;
  readonly identity: Identity;
  readonly urls: OperationUrls;
}

/** What a handler sees of a request. */
export interface ArmCall {
  readonly method: string;
  readonly path: string;
  readonly names: PathNames & { readonly id?: string };
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly apiVersion: string;
  readonly body: unknown;
  /** What is to go wrong with the operation that this request starts. */
  readonly fault: OperationFault | undefined;
}

export type ArmHandler = (call: ArmCall) => ArmReply;
export type ArmMethod = "GET" | "POST" | "DELETE";

export interface ArmRouteEntry {
  readonly url: string;
  readonly handlers: { readonly [method in ArmMethod]?: ArmHandler };
  /** JSON schema of the body of POST. */
  readonly schema?: object;
}

const SUBSCRIPTION = "/subscriptions/:subscription";
const GROUP = `${SUBSCRIPTION}/resourceGroups/:group`;
const COMPUTE = "providers/Microsoft.Compute";
const MACHINES = `${GROUP}/${COMPUTE}/virtualMachines`;
const MACHINE = `${MACHINES}/:vm`;
const LOCATION = `${SUBSCRIPTION}/${COMPUTE}/locations/:location`;

export function armRoutes(context: ArmContext): readonly ArmRouteEntry[] {
  return [...resourceRoutes(context), ...machineRoutes(context), ...locationRoutes(context)];
}

/** Source: azure-rest-api-specs, resources swagger 2022-12-01; `GET /subscriptions` is what az does at login (azure-wire.md 10.1). */
function resourceRoutes({ world, identity }: ArmContext): readonly ArmRouteEntry[] {
  const { subscriptionId } = world.options;
  const subscription = subscriptionDocument(identity, subscriptionId);
  return [
    {
      url: "/subscriptions",
      handlers: { GET: () => compact(200, { value: [subscription], count: { type: "Total", value: 1 } }, "read") },
    },
    { url: "/tenants", handlers: { GET: () => compact(200, { value: [tenantDocument(identity)] }, "read") } },
    { url: SUBSCRIPTION, handlers: { GET: () => compact(200, subscription, "read") } },
    {
      url: `${SUBSCRIPTION}/resourceGroups`,
      handlers: {
        GET: () =>
          compact(
            200,
            { value: [...world.groups.values()].map((group) => groupDocument(group, subscriptionId)) },
            "read",
          ),
      },
    },
    {
      url: GROUP,
      handlers: {
        GET: ({ names }) => {
          const group = world.group(names.group ?? "");
          return group === undefined
            ? refuse({ kind: "ResourceGroupNotFound", name: names.group ?? "" })
            : compact(200, groupDocument(group, subscriptionId), "read");
        },
      },
    },
  ];
}

function machineRoutes(context: ArmContext): readonly ArmRouteEntry[] {
  const { world } = context;
  const list = (group: string | undefined): Document => ({
    value: world.list(group).map((machine) => machineDocument(machine, world.options.subscriptionId, false)),
  });
  const act =
    (action: PowerAction): ArmHandler =>
    (call) =>
      accept(
        context,
        call,
        startPowerAction(world, machineOf(world, call.names), action),
        "power",
        powerHeaders(action),
      );
  return [
    {
      url: `${SUBSCRIPTION}/${COMPUTE}/virtualMachines`,
      handlers: { GET: () => indented(200, list(undefined), "getVm") },
    },
    { url: MACHINES, handlers: { GET: ({ names }) => indented(200, list(names.group), "getVm") } },
    { url: MACHINE, handlers: { GET: (call) => showMachine(context, call), DELETE: act("delete") } },
    {
      url: `${MACHINE}/instanceView`,
      handlers: { GET: ({ names }) => indented(200, instanceViewDocument(machineOf(world, names)), "getVm") },
    },
    ...(["powerOff", "deallocate", "start", "restart"] as const).map((action) => ({
      url: `${MACHINE}/${action}`,
      handlers: { POST: act(action) },
    })),
    {
      url: `${MACHINE}/runCommand`,
      handlers: { POST: (call) => runCommand(context, call) },
      schema: RUN_COMMAND_SCHEMA,
    },
  ];
}

function showMachine({ world }: ArmContext, { names, query }: ArmCall): ArmReply {
  const machine = machineOf(world, names);
  const expanded = (query.$expand ?? "").toLowerCase() === "instanceview";
  return indented(200, machineDocument(machine, world.options.subscriptionId, expanded), "getVm", {
    etag: `"${machine.generation}"`,
  });
}

function runCommand(context: ArmContext, call: ArmCall): ArmReply {
  // The schema has been checked before.
  const reading = readRunCommandBody(call.body as RunCommandBody);
  switch (reading.kind) {
    case "refused":
      return refuse(reading.refusal);
    case "request": {
      const { world } = context;
      const machine = machineOf(world, call.names);
      const restart = (): void => void restartFromOutside(world, machine);
      const faulty = call.fault === undefined ? undefined : { fault: call.fault, restart };
      return accept(context, call, startRun(world, machine, reading.request, faulty), "run", {});
    }
  }
}

/** Whether a POST …/runCommand whose path and body are good starts an operation. */
export function wouldRun({ world }: ArmContext, call: ArmCall): boolean {
  const reading = readRunCommandBody(call.body as RunCommandBody);
  return reading.kind === "request" && whyNot(machineOf(world, call.names), reading.request) === undefined;
}

/** 202 with an empty body and both URLs. Source: azure-wire.md 2.1 (200 of 200 POSTs), 4 KB form: cli#32286. No Retry-After on run commands. */
function accept(
  context: ArmContext,
  call: ArmCall,
  started: Started<Operation>,
  counted: Counted,
  headers: Readonly<Record<string, string>>,
): ArmReply {
  switch (started.kind) {
    case "refused":
      return refuse(started.refusal);
    case "started":
      return empty(202, counted, {
        "azure-asyncoperation": context.urls.async(started.operation, call.apiVersion),
        location: context.urls.monitor(started.operation, call.apiVersion),
        ...headers,
      });
  }
}

/**
 * Source: `Azure-AsyncNotification: Enabled` and no Retry-After on deallocate: recording of 2026-04 (fixture
 * operation-deallocate); `Retry-After: 10` on delete: azure-libraries-for-java#1222; on the others: assumed.
 */
function powerHeaders(action: PowerAction): Readonly<Record<string, string>> {
  const notification = { "azure-asyncnotification": "Enabled" };
  return action === "deallocate" ? notification : { ...notification, "retry-after": "10" };
}

function locationRoutes({ world, urls }: ArmContext): readonly ArmRouteEntry[] {
  const showCommand: ArmHandler = ({ names }) => {
    const found = findCommand(names.id ?? "");
    return "kind" in found ? refuse(found) : indented(200, commandDocument(found), "catalogue");
  };
  const follow: ArmHandler = ({ names, query, apiVersion }) => {
    const operation = world.operations.get((names.id ?? "").toLowerCase());
    if (operation === undefined) {
      return refuse({ kind: "EntityNotFound" });
    }
    if (!urls.intact(operation, query)) {
      return refuse({ kind: "OperationUrlChanged" });
    }
    return query.monitor === "true" ? monitorReply(operation) : pollReply(operation, apiVersion);
  };
  return [
    { url: `${LOCATION}/runCommands`, handlers: { GET: () => indented(200, catalogueDocument(), "catalogue") } },
    { url: `${LOCATION}/runCommands/:id`, handlers: { GET: showCommand } },
    { url: `${LOCATION}/operations/:id`, handlers: { GET: follow } },
  ];
}

/** For every path that has no route. */
export const answerUnknownPath: ArmHandler = ({ path, apiVersion }) => refuse(unknownPath(path, apiVersion));

export function refuse(refusal: Refusal, headers: Readonly<Record<string, string>> = {}): ArmReply {
  return refused(describeRefusal(refusal), headers);
}
