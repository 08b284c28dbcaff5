/** The VMs that belong to a scale set now. */
import { RunFailedError } from "../failures/errors";
import { at, parseJson, textAt } from "../json";
import type { ArmClient, ArmReply } from "./arm-client";
import { instanceTarget, type VmTarget } from "./invocation";
import { readArmError } from "./lro";
import { classifyRefusal } from "./refusal";
import { listFlexibleMembersPath, listInstancesPath, type ScaleSetId, scaleSetPath } from "./scale-set-id";
import { parseVmId } from "./vm-id";

export type OrchestrationMode = "Flexible" | "Uniform";

export interface ScaleSetMembers {
  readonly mode: OrchestrationMode;
  /** In the order of their names, those of a Uniform scale set in the order of their instance ids. */
  readonly members: readonly VmTarget[];
}

/**
 * Most pages of one list. A scale set has 1,000 VMs at most.
 * Source: Learn, "Considerations for large scale sets"; the size of a page is not known.
 */
const PAGES_MAX = 100;

/**
 * The members of a scale set, as VMs on which scripts can run. One that is being deleted is none any more: Azure lists it until
 * it is gone, and longer. Source: Azure/azure-sdk-for-net#36946, kubernetes-sigs/cloud-provider-azure#2356.
 *
 * @throws RunFailedError `ScaleSetNotFound`, `ScaleSetUnreadable` (with the right that is missing), `TokenRefused`, `Throttled`, or
 * `Unreachable` when Azure does not answer.
 */
export async function listMembers(id: ScaleSetId, client: ArmClient, signal?: AbortSignal): Promise<ScaleSetMembers> {
  const reply = await client.get(scaleSetPath(id), signal);
  if (reply.status !== 200) {
    throw refused(id, reply, "Microsoft.Compute/virtualMachineScaleSets/read");
  }
  // Azure names no mode for scale sets that are older than modes; all of those are Uniform.
  const mode = textAt(parseJson(reply.body), "properties", "orchestrationMode") === "Flexible" ? "Flexible" : "Uniform";
  switch (mode) {
    case "Flexible": {
      const vms = await readList(
        id,
        listFlexibleMembersPath(id),
        "Microsoft.Compute/virtualMachines/read",
        client,
        signal,
      );
      return { mode, members: vms.flatMap(readVm).sort(byName) };
    }
    case "Uniform": {
      const right = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read";
      const instances = await readList(id, listInstancesPath(id), right, client, signal);
      return { mode, members: instances.flatMap((entry) => readInstance(entry, id)).sort(byInstanceId) };
    }
  }
}

/** @throws RunFailedError when a page cannot be read. Half of a list would leave VMs out, and nobody would know. */
async function readList(
  id: ScaleSetId,
  path: string,
  right: string,
  client: ArmClient,
  signal: AbortSignal | undefined,
): Promise<readonly unknown[]> {
  const entries: unknown[] = [];
  let next = path;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const reply = await client.get(next, signal);
    const document = reply.status === 200 ? parseJson(reply.body) : undefined;
    const value = at(document, "value");
    if (!Array.isArray(value)) {
      throw refused(id, reply, right);
    }
    entries.push(...value);
    const more = textAt(document, "nextLink");
    if (more === undefined || more === "") {
      return entries.filter((entry) => textAt(entry, "properties", "provisioningState") !== "Deleting");
    }
    next = more;
  }
  const { scaleSetName } = id;
  const message = `the list of its VMs has more than ${PAGES_MAX} pages`;
  throw new RunFailedError({ kind: "ScaleSetUnreadable", scaleSetName, status: 200, code: "", message, right });
}

function refused(id: ScaleSetId, reply: ArmReply, right: string): RunFailedError {
  const { scaleSetName, resourceGroupName } = id;
  const error = readArmError(reply.body);
  const general = classifyRefusal(reply.status, error, { ...id, vmName: scaleSetName }, right);
  switch (general.kind) {
    case "VmNotFound":
      return new RunFailedError({
        kind: "ScaleSetNotFound",
        scaleSetName,
        resourceGroupName,
        message: error.message,
        missing: general.missing === "vm" ? "scaleSet" : general.missing,
      });
    case "TokenRefused":
    case "Throttled":
      return new RunFailedError(general);
    default:
      return new RunFailedError({
        kind: "ScaleSetUnreadable",
        scaleSetName,
        status: reply.status,
        code: error.code,
        message: error.message,
        right: general.kind === "NotAuthorized" ? general.action : right,
      });
  }
}

function readVm(entry: unknown): readonly VmTarget[] {
  const parsed = parseVmId(textAt(entry, "id") ?? "");
  return parsed.kind === "vm" ? [parsed.target] : [];
}

function readInstance(entry: unknown, id: ScaleSetId): readonly VmTarget[] {
  const instanceId = textAt(entry, "instanceId");
  return instanceId === undefined ? [] : [instanceTarget(id, { scaleSetName: id.scaleSetName, instanceId })];
}

function byName(a: VmTarget, b: VmTarget): number {
  return a.vmName < b.vmName ? -1 : a.vmName > b.vmName ? 1 : 0;
}

function byInstanceId(a: VmTarget, b: VmTarget): number {
  return Number(a.instance?.instanceId) - Number(b.instance?.instanceId);
}
