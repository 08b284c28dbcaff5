/** The addresses of virtual machines, and what is done to them. */
import { restartFromOutside, startPowerAction } from "../power";
import { type Started, startRun } from "../runs";
import type { PowerAction } from "../timing";
import { whyNoRun } from "../why-not";
import type { Operation, VirtualMachine } from "../world";
import type { Document } from "./document";
import { listMachines } from "./machine-lists";
import { type ArmReply, type Counted, empty, indented } from "./reply";
import {
  type ArmCall,
  type ArmContext,
  type ArmHandler,
  type ArmRouteEntry,
  COMPUTE,
  INSTANCE,
  MACHINE,
  MACHINES,
  refuse,
  SUBSCRIPTION,
} from "./route";
import { RUN_COMMAND_SCHEMA, type RunCommandBody, readRunCommandBody } from "./run-command-body";
import { instanceDocument } from "./scale-sets";
import { machineOf } from "./scope";
import { instanceViewDocument, machineDocument } from "./virtual-machines";

/** Where VMs are: by themselves, or as instances of Uniform scale sets. */
interface Place {
  readonly url: string;
  /** The first part of the names of rights. */
  readonly type: "Microsoft.Compute/virtualMachines" | "Microsoft.Compute/virtualMachineScaleSets/virtualMachines";
  readonly counted: { readonly get: Counted; readonly power: Counted; readonly run: Counted };
  /** On every answer to a change. */
  readonly headers: Readonly<Record<string, string>>;
  readonly print: (machine: VirtualMachine, withInstanceView: boolean) => Document;
}

export function machineRoutes(context: ArmContext): readonly ArmRouteEntry[] {
  const { world } = context;
  const { subscriptionId } = world.options;
  const machines: Place = {
    url: MACHINE,
    type: "Microsoft.Compute/virtualMachines",
    counted: { get: "getVm", power: "power", run: "run" },
    headers: {},
    print: (machine, withInstanceView) => machineDocument(machine, subscriptionId, withInstanceView),
  };
  const instances: Place = {
    url: INSTANCE,
    type: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines",
    counted: { get: "getInstance", power: "instancePower", run: "instanceRun" },
    // Source: recordings vmss-instance-runcommand (2020), Azure/azure-cli test_vmss_reimage.yaml (2021).
    headers: { "x-ms-request-charge": "1" },
    print: (machine, withInstanceView) =>
      instanceDocument(machine, machine.member?.scaleSet ?? "", subscriptionId, withInstanceView),
  };
  const needs = { GET: { action: "Microsoft.Compute/virtualMachines/read" } } as const;
  const list: ArmHandler = (call) => listMachines(context, call);
  return [
    { url: `${SUBSCRIPTION}/${COMPUTE}/virtualMachines`, handlers: { GET: list }, needs },
    { url: MACHINES, handlers: { GET: list }, needs },
    ...placeRoutes(context, machines),
    ...placeRoutes(context, instances),
    {
      url: `${INSTANCE}/reimage`,
      handlers: { POST: act(context, instances, "reimage") },
      needs: {
        POST: { action: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/reimage/action", changes: "write" },
      },
    },
  ];
}

function placeRoutes(context: ArmContext, place: Place): readonly ArmRouteEntry[] {
  const { world } = context;
  const { url, type, counted } = place;
  return [
    {
      url,
      handlers: { GET: (call) => showMachine(context, place, call), DELETE: act(context, place, "delete") },
      needs: { GET: { action: `${type}/read` }, DELETE: { action: `${type}/delete`, changes: "delete" } },
    },
    {
      url: `${url}/instanceView`,
      needs: { GET: { action: `${type}/instanceView/read` } },
      handlers: { GET: ({ names }) => indented(200, instanceViewDocument(machineOf(world, names)), counted.get) },
    },
    ...(["powerOff", "deallocate", "start", "restart"] as const).map((action) => ({
      url: `${url}/${action}`,
      handlers: { POST: act(context, place, action) },
      needs: { POST: { action: `${type}/${action}/action`, changes: "write" } as const },
    })),
    {
      url: `${url}/runCommand`,
      handlers: { POST: (call) => runCommand(context, place, call) },
      needs: { POST: { action: `${type}/runCommand/action`, changes: "write" } },
      schema: RUN_COMMAND_SCHEMA,
    },
  ];
}

function act(context: ArmContext, { counted, headers }: Place, action: PowerAction): ArmHandler {
  return (call) => {
    const started = startPowerAction(context.world, machineOf(context.world, call.names), action);
    return accept(context, call, started, counted.power, { ...powerHeaders(action), ...headers });
  };
}

function showMachine({ world }: ArmContext, { print, counted }: Place, { names, query }: ArmCall): ArmReply {
  const machine = machineOf(world, names);
  const expanded = (query.$expand ?? "").toLowerCase() === "instanceview";
  return indented(200, print(machine, expanded), counted.get, { etag: `"${machine.generation}"` });
}

function runCommand(context: ArmContext, { counted, headers }: Place, call: ArmCall): ArmReply {
  // The schema has been checked before.
  const reading = readRunCommandBody(context.world.catalogue, call.body as RunCommandBody);
  switch (reading.kind) {
    case "refused":
      return refuse(reading.refusal);
    case "request": {
      const { world } = context;
      const machine = machineOf(world, call.names);
      const restart = (): void => void restartFromOutside(world, machine);
      const faulty = call.fault === undefined ? undefined : { fault: call.fault, restart };
      return accept(context, call, startRun(world, machine, reading.request, faulty), counted.run, headers);
    }
  }
}

/** Whether a POST …/runCommand whose path and body are good starts an operation. */
export function wouldRun({ world }: ArmContext, call: ArmCall): boolean {
  const reading = readRunCommandBody(world.catalogue, call.body as RunCommandBody);
  return reading.kind === "request" && whyNoRun(machineOf(world, call.names), reading.request) === undefined;
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
      started.operation.client = call.client;
      return empty(202, counted, {
        "azure-asyncoperation": context.urls.async(started.operation, call.apiVersion),
        location: context.urls.monitor(started.operation, call.apiVersion),
        ...headers,
      });
  }
}

/**
 * Source: `Azure-AsyncNotification: Enabled` and no Retry-After on deallocate: recording of 2026-04 (fixture
 * operation-deallocate); `Retry-After: 10` on delete: azure-libraries-for-java#1222; neither on reimage: Azure/azure-cli
 * test_vmss_reimage.yaml (2021); on the others: assumed.
 */
function powerHeaders(action: PowerAction): Readonly<Record<string, string>> {
  if (action === "reimage") {
    return {};
  }
  const notification = { "azure-asyncnotification": "Enabled" };
  return action === "deallocate" ? notification : { ...notification, "retry-after": "10" };
}
