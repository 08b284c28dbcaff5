/** Locks on scopes: which of them a request runs into, and how ARM lists them. Pure. */
import type { Json } from "./document";

/** Source: https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources */
export type LockLevel = "ReadOnly" | "CanNotDelete";
export const LOCK_LEVELS: readonly LockLevel[] = ["ReadOnly", "CanNotDelete"];

export interface Lock {
  readonly name: string;
  /** The id of what is locked: a subscription, a resource group or a VM. */
  readonly scope: string;
  readonly level: LockLevel;
  readonly notes: string | undefined;
}

/** How ARM calls what a request does to a scope. Source: Azure/azure-sdk-for-java#2560 (write), Azure/apiops#606 (delete). */
export type LockedOperation = "write" | "delete";

/**
 * The scopes of the locks that forbid it. A lock holds for all that is below its scope. ReadOnly forbids every POST and DELETE,
 * CanNotDelete only DELETE. Source: Learn "lock resources" ("A read-only lock on a resource group that contains a virtual
 * machine prevents … starting or restarting … These operations require a POST").
 */
export function lockedScopes(locks: Iterable<Lock>, scope: string, operation: LockedOperation): readonly string[] {
  const holding = [...locks].filter(
    (lock) => isAtOrBelow(scope, lock.scope) && (lock.level === "ReadOnly" || operation === "delete"),
  );
  return [...new Set(holding.map((lock) => lock.scope))];
}

/**
 * The body of `GET {scope}/providers/Microsoft.Authorization/locks`: the locks at, above and below the scope; with
 * `$filter=atScope()` those at and above it. Source: Az.Resources, Get-AzResourceLock, parameter -AtScope; fields: azure-rest-api-specs,
 * Microsoft.Authorization 2016-09-01, ManagementLocks_ListAtScope.json and locks.json (notes).
 */
export function listLocks(locks: Iterable<Lock>, scope: string, filter: string | undefined): Json {
  const atScope = filter?.trim().toLowerCase() === "atscope()";
  return {
    value: [...locks]
      .filter((lock) => isAtOrBelow(scope, lock.scope) || (!atScope && isAtOrBelow(lock.scope, scope)))
      .map(({ name, scope: locked, level, notes }) => ({
        properties: { level, notes },
        id: `${locked}/providers/Microsoft.Authorization/locks/${name}`,
        type: "Microsoft.Authorization/locks",
        name,
      })),
  };
}

/** Azure's ids do not differ by case. */
export function isAtOrBelow(scope: string, upper: string): boolean {
  return `${scope}/`.toLowerCase().startsWith(`${upper}/`.toLowerCase());
}
