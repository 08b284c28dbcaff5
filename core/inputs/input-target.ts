/** Reads which VM is meant: by its id, or by group and name. Pure. */

import type { VmTarget } from "../arm/invocation";
import { type ParsedVmId, parseVmId, resourceGroupNameProblem, vmNameProblem } from "../arm/vm-id";
import { isGiven, type Reader, wrongKind } from "./input";

export function readTarget(raw: Readonly<Record<string, unknown>>, reader: Reader): VmTarget | undefined {
  const { virtualMachine, virtualMachineId: id, resourceGroupName: group, vmName: name } = raw;
  const byId = isGiven(id);
  const byName = isGiven(group) || isGiven(name);
  if (isGiven(virtualMachine)) {
    reportVirtualMachine(virtualMachine, { byId, byName }, reader);
    return undefined;
  }
  if (byId && byName) {
    reader.report("virtualMachineId", "and 'resourceGroupName' with 'vmName' are both given; give one or the other");
    return undefined;
  }
  if (!byId && !byName) {
    reader.report("virtualMachineId", "is missing; give the VM's id, or 'resourceGroupName' and 'vmName'");
    return undefined;
  }
  return byId ? readVmId(id, reader) : readGroupAndName(group, name, reader);
}

/** A program sends the id in its place, except where something is wrong with it. */
function reportVirtualMachine(
  value: unknown,
  { byId, byName }: { readonly byId: boolean; readonly byName: boolean },
  reader: Reader,
): void {
  const others = byId ? "'virtualMachineId'" : "'resourceGroupName' with 'vmName'";
  reader.report(
    "virtualMachine",
    byId || byName
      ? `and ${others} are both given; give one or the other`
      : `${wrongKind(value, "a VM's resource")}; give an id as 'virtualMachineId'`,
  );
}

function readVmId(id: unknown, reader: Reader): VmTarget | undefined {
  if (reader.isUnknown(id)) {
    return undefined;
  }
  const parsed: ParsedVmId =
    typeof id === "string" ? parseVmId(id) : { kind: "problem", problem: wrongKind(id, "text") };
  switch (parsed.kind) {
    case "vm":
      return parsed.target;
    case "problem":
      reader.report("virtualMachineId", parsed.problem);
      return undefined;
  }
}

function readGroupAndName(group: unknown, name: unknown, reader: Reader): VmTarget | undefined {
  const read = (property: string, value: unknown, other: string, problemOf: (text: string) => string | undefined) => {
    if (reader.isUnknown(value)) {
      return undefined;
    }
    if (!isGiven(value)) {
      reader.report(property, `is missing; '${other}' is given, and both are needed`);
      return undefined;
    }
    const problem = typeof value === "string" ? problemOf(value) : wrongKind(value, "text");
    if (problem !== undefined) {
      reader.report(property, problem);
      return undefined;
    }
    return String(value);
  };
  const resourceGroupName = read("resourceGroupName", group, "vmName", resourceGroupNameProblem);
  const vmName = read("vmName", name, "resourceGroupName", vmNameProblem);
  return resourceGroupName === undefined || vmName === undefined
    ? undefined
    : { subscriptionId: "", resourceGroupName, vmName };
}
