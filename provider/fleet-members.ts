/** Which VMs a scale set has now. Runs in the user's program, so that the engine compares them with those of the state. */
import * as pulumi from "@pulumi/pulumi";
import { vmResourceId } from "../core/arm/invocation";
import { listMembers } from "../core/arm/scale-set";
import { parseScaleSetId } from "../core/arm/scale-set-id";
import { wrongKind } from "../core/inputs/input";
import { isPasted } from "../core/inputs/pasted";
import { askAzure } from "./program-session";

/** Stands in for the members of what is no scale set, so that `check` reports it together with all other problems. */
export interface NoMembers {
  readonly problem: string;
}

/** Of a scale set that is not known yet, the members are not known yet. */
export function membersOf(scaleSetId: unknown): pulumi.Output<readonly string[] | NoMembers> {
  return pulumi.output(scaleSetId as pulumi.Input<string>).apply(listMemberIds);
}

/**
 * The ids of the VMs, or instances, of a scale set. Asks Azure each time, also in a preview.
 *
 * @param id as the user gave it.
 * @throws pulumi.RunError a sentence: the scale set is not there, or a right is missing.
 */
export async function listMemberIds(id: unknown): Promise<readonly string[] | NoMembers> {
  if (typeof id !== "string") {
    return { problem: wrongKind(id, "the id of a scale set") };
  }
  if (isPasted(id)) {
    // All that is to be said is said where it is.
    return [];
  }
  const parsed = parseScaleSetId(id);
  switch (parsed.kind) {
    case "problem":
      return { problem: parsed.problem };
    case "scaleSet":
      return askAzure(async (session) => {
        const { members } = await listMembers(parsed.id, await session.client());
        return members.map((member) => vmResourceId(member));
      });
  }
}
