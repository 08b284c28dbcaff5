/** What the caller may do at a scope, as ARM lists it: everything but what is denied. Pure. */
import { ACTIONS } from "./actions";
import type { Json } from "./document";

/**
 * The body of `GET {scope}/providers/Microsoft.Authorization/permissions`: one entry for each role.
 *
 * Source of the fields: azure-rest-api-specs, Microsoft.Authorization 2022-04-01, authorization-RoleDefinitionsCalls.json
 * (PermissionGetResult, Permission); of the scopes: the same (a resource, a resource group); of the subscription: Learn, "Use
 * Resource Manager authentication API to access subscriptions". That a denied action is shown as one that the role takes back,
 * at every scope: assumed.
 *
 * @param denied in lower case.
 */
export function listOwnPermissions(denied: ReadonlySet<string>): Json {
  const notActions = ACTIONS.filter((action) => denied.has(action.toLowerCase()));
  return { value: [{ actions: ["*"], notActions, dataActions: [], notDataActions: [] }] };
}
