/** Which locks hold for a VM. */
import { isObject, textAt } from "../json";
import type { ArmClient } from "./arm-client";
import { locksPath, type VmTarget, vmResourceId } from "./invocation";
import { readPages } from "./pages";

export interface Lock {
  readonly name: string;
  /** `ReadOnly` forbids run commands, `CanNotDelete` does not. Source: Learn, "Lock your resources". */
  readonly level: string | undefined;
  /** The id of what is locked: the VM, its resource group or its subscription. */
  readonly scope: string;
}

export type LocksOfVm =
  | { readonly kind: "known"; readonly locks: readonly Lock[] }
  /** Azure does not show them. */
  | { readonly kind: "hidden"; readonly status: number };

/** @throws RunFailedError when Azure does not answer. */
export async function locksOf(target: VmTarget, client: ArmClient, signal?: AbortSignal): Promise<LocksOfVm> {
  const listed = await readPages(locksPath(target), client, signal);
  if (listed.kind === "refused") {
    return { kind: "hidden", status: listed.reply.status };
  }
  const locks = listed.entries.flatMap(readLock);
  return { kind: "known", locks: locks.filter(({ scope }) => holdsFor(target, scope)) };
}

function readLock(entry: unknown): readonly Lock[] {
  const [id, name] = [textAt(entry, "id"), textAt(entry, "name")];
  return isObject(entry) && id !== undefined && name !== undefined
    ? [{ name, level: textAt(entry, "properties", "level"), scope: id.replace(LOCK_OF_SCOPE, "") }]
    : [];
}

const LOCK_OF_SCOPE = /\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i;

/** A lock holds for all that is below what it is on. ARM does not look at case. */
function holdsFor(target: VmTarget, scope: string): boolean {
  return `${vmResourceId(target)}/`.toLowerCase().startsWith(`${scope}/`.toLowerCase());
}
