/** The addresses of virtual machines, and what is done to them. */
import { restartFromOutside, startPowerAction } from "../power";
import { type Started, startRun } from "../runs";
import type { PowerAction } from "../timing";
import { whyNoRun } from "../why-not";
import type { Operation } from "../world";
import type { Document } from "./document";
import type { Needs } from "./permission";
import { type ArmReply, type Counted, empty, indented } from "./reply";
import {
  type ArmCall,
  type ArmContext,
  type ArmHandler,
  type ArmRouteEntry,
  COMPUTE,
  MACHINE,
  MACHINES,
  refuse,
  SUBSCRIPTION,
} from "./route";
import { RUN_COMMAND_SCHEMA, type RunCommandBody, readRunCommandBody } from "./run-command-body";
import { machineOf } from "./scope";
import { instanceViewDocument, machineDocument } from "./virtual-machines";

const READ_MACHINES: Needs = { action: "Microsoft.Compute/virtualMachines/read" };

export function machineRoutes(context: ArmContext): readonly ArmRouteEntry[] {
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
      needs: { GET: READ_MACHINES },
    },
    {
      url: MACHINES,
      handlers: { GET: ({ names }) => indented(200, list(names.group), "getVm") },
      needs: { GET: READ_MACHINES },
    },
    {
      url: MACHINE,
      handlers: { GET: (call) => showMachine(context, call), DELETE: act("delete") },
      needs: {
        GET: READ_MACHINES,
        DELETE: { action: "Microsoft.Compute/virtualMachines/delete", changes: "delete" },
      },
    },
    {
      url: `${MACHINE}/instanceView`,
      needs: { GET: { action: "Microsoft.Compute/virtualMachines/instanceView/read" } },
      handlers: { GET: ({ names }) => indented(200, instanceViewDocument(machineOf(world, names)), "getVm") },
    },
    ...(["powerOff", "deallocate", "start", "restart"] as const).map((action) => ({
      url: `${MACHINE}/${action}`,
      handlers: { POST: act(action) },
      needs: { POST: { action: `Microsoft.Compute/virtualMachines/${action}/action`, changes: "write" } as const },
    })),
    {
      url: `${MACHINE}/runCommand`,
      handlers: { POST: (call) => runCommand(context, call) },
      needs: { POST: { action: "Microsoft.Compute/virtualMachines/runCommand/action", changes: "write" } },
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
  const reading = readRunCommandBody(context.world.catalogue, call.body as RunCommandBody);
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
