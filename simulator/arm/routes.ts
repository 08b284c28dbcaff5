/** Azure Resource Manager's addresses and what answers each. */
import { catalogueDocument, commandDocument } from "./catalogue";
import { childRoutes } from "./child-routes";
import { listLocks } from "./locks";
import { machineRoutes } from "./machine-routes";
import { monitorReply, pollReply } from "./operations";
import { listOwnPermissions } from "./own-permissions";
import { type Needs, scopeOf } from "./permission";
import { compact, indented } from "./reply";
import {
  type ArmContext,
  type ArmHandler,
  type ArmRouteEntry,
  GROUP,
  INSTANCE,
  LOCATION,
  MACHINE,
  refuse,
  SCALE_SET,
  SUBSCRIPTION,
} from "./route";
import { scaleSetRoutes } from "./scale-set-routes";
import { unknownPath } from "./scope";
import { groupDocument, subscriptionDocument, tenantDocument } from "./subscriptions";

const READ_GROUPS: Needs = { action: "Microsoft.Resources/subscriptions/resourceGroups/read" };
const READ_CATALOGUE: Needs = { action: "Microsoft.Compute/locations/runCommands/read" };

export function armRoutes(context: ArmContext): readonly ArmRouteEntry[] {
  return [
    ...resourceRoutes(context),
    ...machineRoutes(context),
    ...childRoutes(),
    ...scaleSetRoutes(context),
    ...locationRoutes(context),
    ...[SUBSCRIPTION, GROUP, MACHINE, SCALE_SET, INSTANCE].flatMap((scope) => [
      lockRoute(context, scope),
      permissionRoute(context, scope),
    ]),
  ];
}

function lockRoute({ world }: ArmContext, scope: string): ArmRouteEntry {
  const list: ArmHandler = ({ names, query }) =>
    compact(200, listLocks(world.locks.values(), scopeOf(names), query.$filter), "read");
  return {
    url: `${scope}/providers/Microsoft.Authorization/locks`,
    handlers: { GET: list },
    needs: { GET: { action: "Microsoft.Authorization/locks/read" } },
  };
}

function permissionRoute({ world }: ArmContext, scope: string): ArmRouteEntry {
  return {
    url: `${scope}/providers/Microsoft.Authorization/permissions`,
    handlers: { GET: () => compact(200, listOwnPermissions(world.deniedActions), "read") },
    needs: { GET: { action: "Microsoft.Authorization/permissions/read" } },
  };
}

/** Source: azure-rest-api-specs, resources swagger 2022-12-01; `GET /subscriptions` is what az does at login (azure-wire.md 10.1). */
function resourceRoutes({ world, identity }: ArmContext): readonly ArmRouteEntry[] {
  const { subscriptionId } = world.options;
  const subscription = subscriptionDocument(identity, subscriptionId);
  return [
    {
      url: "/subscriptions",
      handlers: { GET: () => compact(200, { value: [subscription], count: { type: "Total", value: 1 } }, "read") },
    },
    { url: "/tenants", handlers: { GET: () => compact(200, { value: [tenantDocument(identity)] }, "read") } },
    {
      url: SUBSCRIPTION,
      handlers: { GET: () => compact(200, subscription, "read") },
      needs: { GET: { action: "Microsoft.Resources/subscriptions/read" } },
    },
    {
      url: `${SUBSCRIPTION}/resourceGroups`,
      needs: { GET: READ_GROUPS },
      handlers: {
        GET: () =>
          compact(
            200,
            { value: [...world.groups.values()].map((group) => groupDocument(group, subscriptionId)) },
            "read",
          ),
      },
    },
    {
      url: GROUP,
      needs: { GET: READ_GROUPS },
      handlers: {
        GET: ({ names }) => {
          const group = world.group(names.group ?? "");
          return group === undefined
            ? refuse({ kind: "ResourceGroupNotFound", name: names.group ?? "" })
            : compact(200, groupDocument(group, subscriptionId), "read");
        },
      },
    },
  ];
}

function locationRoutes({ world, urls }: ArmContext): readonly ArmRouteEntry[] {
  const showCommand: ArmHandler = ({ names }) => {
    const found = world.catalogue.find(names.id ?? "");
    return "kind" in found ? refuse(found) : indented(200, commandDocument(found), "catalogue");
  };
  const follow: ArmHandler = ({ names, query, apiVersion }) => {
    const operation = world.operations.get((names.id ?? "").toLowerCase());
    if (operation === undefined) {
      return refuse({ kind: "EntityNotFound" });
    }
    if (!urls.intact(operation, query)) {
      return refuse({ kind: "OperationUrlChanged" });
    }
    return query.monitor === "true" ? monitorReply(operation) : pollReply(operation, apiVersion);
  };
  return [
    {
      url: `${LOCATION}/runCommands`,
      handlers: { GET: () => indented(200, catalogueDocument(world.catalogue.list()), "catalogue") },
      needs: { GET: READ_CATALOGUE },
    },
    { url: `${LOCATION}/runCommands/:id`, handlers: { GET: showCommand }, needs: { GET: READ_CATALOGUE } },
    {
      url: `${LOCATION}/operations/:id`,
      handlers: { GET: follow },
      needs: { GET: { action: "Microsoft.Compute/locations/operations/read" } },
    },
  ];
}

/** For every path that has no route. */
export const answerUnknownPath: ArmHandler = ({ path, apiVersion }) => refuse(unknownPath(path, apiVersion));
