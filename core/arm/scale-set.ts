/** The VMs that belong to a scale set now. */
import { RunFailedError } from "../failures/errors";
import { parseJson, textAt } from "../json";
import type { ArmClient } from "./arm-client";
import { instanceTarget, type VmTarget } from "./invocation";
import { readArmError } from "./lro";
import { type Listed, readPages } from "./pages";
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
 * The members of a scale set, as VMs on which scripts can run. One that is being deleted is none any more: Azure lists it until
 * it is gone, and longer. Source: Azure/azure-sdk-for-net#36946, kubernetes-sigs/cloud-provider-azure#2356.
 *
 * @throws RunFailedError `ScaleSetNotFound`, `ScaleSetUnreadable` (with the right that is missing), `TokenRefused`, `Throttled`, or
 * `Unreachable` when Azure does not answer.
 */
export async function listMembers(id: ScaleSetId, client: ArmClient, signal?: AbortSignal): Promise<ScaleSetMembers> {
  const reply = await client.get(scaleSetPath(id), signal);
  if (reply.status !== 200) {
    throw refused(id, { reply, error: readArmError(reply.body) }, "Microsoft.Compute/virtualMachineScaleSets/read");
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

/** @throws RunFailedError when not all of the list can be read. */
async function readList(
  id: ScaleSetId,
  path: string,
  right: string,
  client: ArmClient,
  signal: AbortSignal | undefined,
): Promise<readonly unknown[]> {
  const listed = await readPages(path, client, signal);
  if (listed.kind === "refused") {
    throw refused(id, listed, right);
  }
  return listed.entries.filter((entry) => textAt(entry, "properties", "provisioningState") !== "Deleting");
}

function refused(
  id: ScaleSetId,
  { reply, error }: Omit<Extract<Listed, { kind: "refused" }>, "kind">,
  right: string,
): RunFailedError {
  const { scaleSetName, resourceGroupName } = id;
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
