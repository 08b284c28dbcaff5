/** The addresses of scale sets, and of the lists of their members. */

import type { ScaleSet } from "../scale-set";
import { pageOf } from "./page";
import type { Needs } from "./permission";
import { type ArmReply, indented } from "./reply";
import {
  type ArmCall,
  type ArmContext,
  type ArmRouteEntry,
  COMPUTE,
  INSTANCES,
  refuse,
  SCALE_SET,
  SCALE_SETS,
  SUBSCRIPTION,
} from "./route";
import { flexibleMemberDocument, instanceDocument, scaleSetDocument } from "./scale-sets";
import { scaleSetOf } from "./scope";

const READ_SCALE_SETS: Needs = { action: "Microsoft.Compute/virtualMachineScaleSets/read" };

export function scaleSetRoutes(context: ArmContext): readonly ArmRouteEntry[] {
  const { world } = context;
  const print = (scaleSet: ScaleSet) =>
    scaleSetDocument(scaleSet, world.members(scaleSet), world.options.subscriptionId);
  const list = (call: ArmCall): ArmReply => {
    const page = pageOf(world.listScaleSets(call.names.group), call, context.endpoint(), print);
    return page.kind === "refused" ? refuse(page.refusal) : indented(200, page.document, "getScaleSet");
  };
  return [
    {
      url: `${SUBSCRIPTION}/${COMPUTE}/virtualMachineScaleSets`,
      handlers: { GET: list },
      needs: { GET: READ_SCALE_SETS },
    },
    { url: SCALE_SETS, handlers: { GET: list }, needs: { GET: READ_SCALE_SETS } },
    {
      url: SCALE_SET,
      handlers: { GET: ({ names }) => indented(200, print(scaleSetOf(world, names)), "getScaleSet") },
      needs: { GET: READ_SCALE_SETS },
    },
    {
      url: INSTANCES,
      handlers: { GET: (call) => listMembers(context, call) },
      needs: { GET: { action: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read" } },
    },
  ];
}

function listMembers({ world, endpoint }: ArmContext, call: ArmCall): ArmReply {
  const { subscriptionId } = world.options;
  const scaleSet = scaleSetOf(world, call.names);
  const expanded = (call.query.$expand ?? "").toLowerCase() === "instanceview";
  const page = pageOf(world.members(scaleSet), call, endpoint(), (machine) =>
    scaleSet.mode === "Uniform"
      ? instanceDocument(machine, scaleSet.name, subscriptionId, expanded)
      : flexibleMemberDocument(machine, subscriptionId),
  );
  return page.kind === "refused" ? refuse(page.refusal) : indented(200, page.document, "listInstances");
}
