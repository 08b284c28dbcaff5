/** What these credentials may do at a scope, by what Azure Resource Manager itself says of that. */
import type { ArmClient } from "../arm/arm-client";
import { readPages } from "../arm/pages";
import { at } from "../json";

/** What one of the caller's roles gives. What a role may do with data does not concern a run command. */
export interface Permission {
  /** May have `*` for any part. */
  readonly actions: readonly string[];
  /** What this role takes back of its own actions; another role may give it all the same. */
  readonly notActions: readonly string[];
}

export type PermissionsAt =
  | { readonly kind: "known"; readonly permissions: readonly Permission[] }
  /** Azure does not show them. */
  | { readonly kind: "hidden"; readonly status: number };

/** The right to see one's own rights. Source: Learn, "Azure permissions for Management and governance". */
export const READ_PERMISSIONS_ACTION = "Microsoft.Authorization/permissions/read";

/**
 * Source: azure-rest-api-specs, Microsoft.Authorization 2022-04-01, Permissions_ListForResource and …ResourceGroup; of the
 * subscription: Learn, "Use Resource Manager authentication API to access subscriptions".
 */
const PERMISSIONS_API_VERSION = "2022-04-01";

/**
 * Roles that are assigned at the scope or above it; deny assignments are not in it.
 *
 * @param scope an ARM id.
 * @throws RunFailedError when Azure does not answer.
 */
export async function permissionsAt(scope: string, client: ArmClient): Promise<PermissionsAt> {
  const path = scope.split("/").map(encodeURIComponent).join("/");
  const listed = await readPages(
    `${path}/providers/Microsoft.Authorization/permissions?api-version=${PERMISSIONS_API_VERSION}`,
    client,
  );
  return listed.kind === "refused"
    ? { kind: "hidden", status: listed.reply.status }
    : { kind: "known", permissions: listed.entries.map(readPermission) };
}

function readPermission(entry: unknown): Permission {
  return { actions: textsAt(entry, "actions"), notActions: textsAt(entry, "notActions") };
}

/**
 * Whether one of the roles gives an action and does not take it back itself. Azure does not look at case.
 * Source: Learn, "Understand Azure role definitions".
 */
export function isAllowed(action: string, permissions: readonly Permission[]): boolean {
  return permissions.some(
    ({ actions, notActions }) =>
      actions.some((pattern) => covers(pattern, action)) && !notActions.some((pattern) => covers(pattern, action)),
  );
}

function covers(pattern: string, action: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(action);
}

function textsAt(value: unknown, name: string): readonly string[] {
  return listAt(value, name).filter((entry) => typeof entry === "string");
}

function listAt(value: unknown, name: string): readonly unknown[] {
  const found = at(value, name);
  return Array.isArray(found) ? found : [];
}
