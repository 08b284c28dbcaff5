/** Which rights a run command needs, where, and which role gives each. Pure. */
import {
  FOLLOW_OPERATION_ACTION,
  READ_CATALOGUE_ACTION,
  READ_LOCKS_ACTION,
  readVmAction,
  runCommandAction,
  type VmTarget,
  vmResourceId,
} from "../arm/invocation";
import { isAllowed, type PermissionsAt } from "./permissions";

/** Where a right has to be: at the VM, its resource group, or its subscription (or anywhere above). */
export type Place = "vm" | "group" | "subscription";
export const PLACES: readonly Place[] = ["vm", "group", "subscription"];

export interface Right {
  readonly action: string;
  readonly place: Place;
  /** A built-in role that has it. */
  readonly role: "Virtual Machine Contributor" | "Reader";
  /** What cannot be done without it, where a script runs all the same; `undefined` where none does. */
  readonly without: string | undefined;
}

/**
 * Source: MicrosoftDocs/azure-docs#123239 (the action that runs); Learn, "Track asynchronous Azure operations" (operations do not
 * belong to the VM); MicrosoftDocs/azure-compute-docs, linux/run-command.md (the catalogue, Reader); of the roles: Learn, "Azure
 * built-in roles for Compute".
 */
export function neededRights(target: VmTarget): readonly Right[] {
  const contributor = { role: "Virtual Machine Contributor", without: undefined } as const;
  const readVm = readVmAction(target);
  return [
    { ...contributor, action: readVm, place: "vm" },
    { ...contributor, action: runCommandAction(target), place: "vm" },
    { ...contributor, action: FOLLOW_OPERATION_ACTION, place: "group" },
    {
      ...contributor,
      action: readVm.replace(/read$/, "instanceView/read"),
      place: "vm",
      without: "other tools cannot show the state of the VM",
    },
    {
      action: READ_CATALOGUE_ACTION,
      place: "subscription",
      role: "Reader",
      without: "Azure's list of commands cannot be read",
    },
    { action: READ_LOCKS_ACTION, place: "vm", role: "Reader", without: "a lock that is in the way cannot be named" },
  ];
}

export function scopeAt(place: Place, target: VmTarget): string {
  const subscription = `/subscriptions/${target.subscriptionId}`;
  switch (place) {
    case "vm":
      return vmResourceId(target);
    case "group":
      return `${subscription}/resourceGroups/${target.resourceGroupName}`;
    case "subscription":
      return subscription;
  }
}

/** What Azure says of each place. */
export type SeenPermissions = Readonly<Record<Place, PermissionsAt>>;

export interface JudgedRights {
  readonly missing: readonly Right[];
  /** Those of places at which Azure does not show rights, with the status of its answer. */
  readonly hidden: readonly (Right & { readonly status: number })[];
}

export function judgeRights(target: VmTarget, seen: SeenPermissions): JudgedRights {
  const rights = neededRights(target);
  return {
    missing: rights.filter(({ action, place }) => {
      const there = seen[place];
      return there.kind === "known" && !isAllowed(action, there.permissions);
    }),
    hidden: rights.flatMap((right) => {
      const there = seen[right.place];
      return there.kind === "hidden" ? [{ ...right, status: there.status }] : [];
    }),
  };
}
