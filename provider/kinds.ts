/** The resources that the one provider serves, and what differs between them. Pure: the provider process has no SDK. */
import { FLEET_INPUT_NAMES } from "../core/fleet/fleet-inputs";
import { INPUT_NAMES } from "../core/inputs/desired-state";

export type ResourceKind = "RunCommand" | "RunCommandExtension" | "RunCommandFleet";

/** The inputs of a `RunCommand`, in the order in which they are documented. */
export const RUN_COMMAND_INPUT_NAMES = ["virtualMachine", ...INPUT_NAMES] as const;

/** The inputs of a `RunCommandExtension`, in the order in which they are documented. */
export const EXTENSION_INPUT_NAMES = [
  "virtualMachine",
  "virtualMachineId",
  "resourceGroupName",
  "vmName",
  "triggers",
  "readyTimeoutInSeconds",
  "removeExtension",
] as const;

/**
 * What a `RunCommandExtension` runs. That its end is reported proves agent, handler and outbound 443; it does nothing else.
 * It is not stored, so that another text in a later version is no change.
 */
export const PROBE_SCRIPT = "true";

/** A `RunCommand` says nothing of its kind: states of the first version do not either. */
export function kindOf({ kind }: Readonly<Record<string, unknown>>): ResourceKind {
  return kind === "RunCommandExtension" || kind === "RunCommandFleet" ? kind : "RunCommand";
}

export function inputNamesOf(kind: ResourceKind): readonly string[] {
  switch (kind) {
    case "RunCommand":
      return RUN_COMMAND_INPUT_NAMES;
    case "RunCommandExtension":
      return EXTENSION_INPUT_NAMES;
    case "RunCommandFleet":
      return FLEET_INPUT_NAMES;
  }
}
