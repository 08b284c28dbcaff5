/** Subscription, tenant and resource group as ARM describes them. Pure. Source: azure-rest-api-specs, resources swagger 2022-12-01. */
import type { Identity } from "../entra/tokens";
import type { ResourceGroup } from "../world";
import type { Json } from "./document";

export function subscriptionDocument(identity: Identity, subscriptionId: string): Json {
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: "RoleBased",
    managedByTenants: [],
    subscriptionId,
    tenantId: identity.tenantId,
    displayName: "Simulated subscription",
    state: "Enabled",
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "PayAsYouGo_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

export function tenantDocument(identity: Identity): Json {
  return {
    id: `/tenants/${identity.tenantId}`,
    tenantId: identity.tenantId,
    tenantCategory: "Home",
    displayName: "Simulated tenant",
  };
}

export function groupDocument(group: ResourceGroup, subscriptionId: string): Json {
  return {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${group.name}`,
    name: group.name,
    type: "Microsoft.Resources/resourceGroups",
    location: group.location,
    properties: { provisioningState: "Succeeded" },
  };
}
