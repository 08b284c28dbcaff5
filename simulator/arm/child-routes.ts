/** What a VM here never has: extensions that somebody put on it, and managed run commands. The lists are there, and empty. */
import { type Counted, indented } from "./reply";
import { type ArmRouteEntry, INSTANCE, MACHINE, refuse } from "./route";
import type { PathNames } from "./scope";

/** Whose children they are. */
interface Parent {
  readonly url: string;
  readonly type: "Microsoft.Compute/virtualMachines" | "Microsoft.Compute/virtualMachineScaleSets/virtualMachines";
  readonly counted: Counted;
  /** As in the words of a 404. */
  readonly path: (names: PathNames) => string;
}

const PARENTS: readonly Parent[] = [
  {
    url: MACHINE,
    type: "Microsoft.Compute/virtualMachines",
    counted: "getVm",
    path: ({ vm }) => `virtualMachines/${vm}`,
  },
  {
    url: INSTANCE,
    type: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines",
    counted: "getInstance",
    path: ({ scaleSet, instance }) => `virtualMachineScaleSets/${scaleSet}/virtualMachines/${instance}`,
  },
];

/** Source: azure-rest-api-specs, ComputeRP 2024-11-01: VirtualMachineExtensions and VirtualMachineRunCommands, List and Get, of both. */
const KINDS = ["extensions", "runCommands"] as const;

/**
 * The action's own extension, RunCommandLinux, is in neither list: Azure shows it only in the instance view. Source: azure-wire.md 4.1.
 * Source of the words of the 404: output of `az vm extension show` as users quote it; which bucket counts them: assumed.
 */
export function childRoutes(): readonly ArmRouteEntry[] {
  return PARENTS.flatMap(({ url, type, counted, path }) =>
    KINDS.flatMap((kind): readonly ArmRouteEntry[] => {
      const needs = { GET: { action: `${type}/${kind}/read` } } as const;
      return [
        { url: `${url}/${kind}`, needs, handlers: { GET: () => indented(200, { value: [] }, counted) } },
        {
          url: `${url}/${kind}/:child`,
          needs,
          handlers: {
            GET: ({ names }) =>
              refuse({
                kind: "ResourceNotFound",
                type: `Microsoft.Compute/${path(names)}/${kind}`,
                name: names.child ?? "",
                resourceGroup: names.group ?? "",
              }),
          },
        },
      ];
    }),
  );
}
