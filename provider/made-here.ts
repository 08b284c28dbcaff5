/**
 * Which resources this process has made, on which VM.
 *
 * With `deleteBeforeReplace: false`, the engine makes the new resource first and then deletes the old one, which has the
 * same URN, hence the same key and the same receipts: that deletion must not take the new one's along.
 */
import { caselessVmId, type VmTarget } from "../core/arm/invocation";
import type { Reporter } from "../core/outside";

const made = new Set<string>();

function nameOf(key: string, target: VmTarget): string {
  return `${key} ${caselessVmId(target)}`;
}

export function noteMade(key: string, target: VmTarget): void {
  made.add(nameOf(key, target));
}

export function wasMadeHere(key: string, target: VmTarget): boolean {
  return made.has(nameOf(key, target));
}

/** @param script the `delete` script of the old resource; `null` where it has none. */
export function tellTakenOver(vmName: string, script: string | null, reporter: Pick<Reporter, "warn">): void {
  const ofScript = script === null ? "" : ", and the 'delete' script of the old one is not run";
  reporter.warn(
    `nothing was removed from '${vmName}': the new resource has taken over what the old one left there (deleteBeforeReplace is false)${ofScript}`,
  );
}
