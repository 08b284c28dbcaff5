/** The lists of virtual machines: of a subscription, of a group, of a Flexible scale set. */
import type { VirtualMachine } from "../world";
import type { Refusal } from "./errors";
import { pageOf } from "./page";
import { type ArmReply, indented } from "./reply";
import { type ArmCall, type ArmContext, refuse } from "./route";
import { scaleSetId } from "./scale-sets";
import { machineDocument } from "./virtual-machines";

/** Instances of Uniform scale sets are in no such list. Source: Learn, "Orchestration modes for Virtual Machine Scale Sets". */
export function listMachines({ world, endpoint }: ArmContext, call: ArmCall): ArmReply {
  const { subscriptionId } = world.options;
  const { $filter, $expand } = call.query;
  const filter = readFilter($filter);
  if (filter.kind === "refused") {
    return refuse(filter.refusal);
  }
  const expanded = ($expand ?? "").toLowerCase() === "instanceview";
  if (expanded && filter.scaleSetId === undefined) {
    // Source: azure-rest-api-specs, ExpandTypeForListVMs ("only … if a valid $filter option is specified"); the answer: assumed.
    return refuse({ kind: "ParameterInvalid", name: "$expand", detail: "It needs a $filter." });
  }
  const isMeant = (machine: VirtualMachine): boolean =>
    filter.scaleSetId === undefined ||
    (machine.member !== undefined &&
      scaleSetId({ ...machine, name: machine.member.scaleSet }, subscriptionId).toLowerCase() === filter.scaleSetId);
  const machines = world
    .list(call.names.group)
    .filter((machine) => machine.member?.instanceId === undefined && isMeant(machine));
  const page = pageOf(machines, call, endpoint(), (machine) => machineDocument(machine, subscriptionId, expanded));
  return page.kind === "refused" ? refuse(page.refusal) : indented(200, page.document, "listVms");
}

type Filter =
  | { readonly kind: "filter"; readonly scaleSetId: string | undefined }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * The only filter there is: `'virtualMachineScaleSet/id' eq '{id}'`, with or without quotes.
 * Source: azure-rest-api-specs, ComputeRP virtualMachine.json, VirtualMachines_List; the answer to others: assumed.
 */
function readFilter(text: string | undefined): Filter {
  if (text === undefined || text === "") {
    return { kind: "filter", scaleSetId: undefined };
  }
  const id = /^\s*'?virtualMachineScaleSet\/id'?\s+eq\s+'?([^'\s]+)'?\s*$/i.exec(text)?.[1];
  return id === undefined
    ? { kind: "refused", refusal: { kind: "ParameterInvalid", name: "$filter", detail: "It is not supported." } }
    : { kind: "filter", scaleSetId: id.toLowerCase() };
}
