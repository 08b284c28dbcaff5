/** Whether the caller may do what a request asks for: its rights, and the locks on what it names. */
import { decodeJwt } from "jose";
import type { World } from "../world";
import type { AccessRefusal } from "./access-errors";
import type { Action } from "./actions";
import { type LockedOperation, lockedScopes } from "./locks";
import type { PathNames } from "./scope";

/** What one method of one route takes. */
export interface Needs {
  readonly action: Action;
  /** What it is to a lock; undefined: it only reads. */
  readonly changes?: LockedOperation;
}

/** The id of what a path names: a VM, an instance, a scale set, else a group, else a subscription. */
export function scopeOf({ subscription, group, vm, scaleSet, instance }: PathNames): string {
  const ofGroup = group === undefined ? "" : `/resourceGroups/${group}`;
  const ofMachine = vm === undefined ? "" : `/providers/Microsoft.Compute/virtualMachines/${vm}`;
  const ofScaleSet = scaleSet === undefined ? "" : `/providers/Microsoft.Compute/virtualMachineScaleSets/${scaleSet}`;
  const ofInstance = instance === undefined ? "" : `/virtualMachines/${instance}`;
  return `/subscriptions/${subscription}${ofGroup}${ofMachine}${ofScaleSet}${ofInstance}`;
}

/**
 * Source of the scope: docs#123239 (a VM's id); a user's log with the whole id of an operation, which has no group (Microsoft.Web,
 * locations/operationResults/read).
 * @param authorization of a request whose token has been checked
 */
export function findDenial(
  world: World,
  names: PathNames,
  { action }: Needs,
  authorization: string,
): AccessRefusal | undefined {
  if (!world.deniedActions.has(action.toLowerCase())) {
    return undefined;
  }
  const { appid, oid } = decodeJwt(authorization.replace(/^bearer\s+/i, "").trim());
  return {
    kind: "AuthorizationFailed",
    clientId: String(appid),
    objectId: String(oid),
    action,
    scope: `${scopeOf(names)}${inLocation(names, action)}`,
  };
}

/** The rest of the id of what lies in a location. */
function inLocation({ location, id }: PathNames, action: Action): string {
  return location === undefined || id === undefined
    ? ""
    : `/providers/Microsoft.Compute/locations/${location}/${action.split("/").at(-2)}/${id}`;
}

export function findLock(world: World, names: PathNames, { changes }: Needs): AccessRefusal | undefined {
  if (changes === undefined) {
    return undefined;
  }
  const scope = scopeOf(names);
  const locked = lockedScopes(world.locks.values(), scope, changes);
  return locked.length === 0 ? undefined : { kind: "ScopeLocked", scope, operation: changes, locked };
}
