/** Why ARM refuses what is asked of a VM in the state in which it is. Pure. */
import type { Refusal } from "./arm/errors";
import type { VirtualMachine } from "./world";

/** What this must know of a run. */
interface Asked {
  readonly commandId: string;
  readonly removesExtension: boolean;
}

/** Why ARM refuses such a run now; undefined when it does not. */
export function whyNoRun(machine: VirtualMachine, request: Asked): Refusal | undefined {
  const changing = whyNoChange(machine, "RunCommand");
  if (changing !== undefined) {
    return changing;
  }
  if (machine.power !== "running") {
    return { kind: "VmNotRunning" };
  }
  if (!machine.allowExtensionOperations) {
    return { kind: "ExtensionsDisallowed" };
  }
  // A removal ends a script that runs, whose operation then ends with what the handler left. Source: WIKI "execution will be
  // terminated"; that it is accepted at all instead of refused with 409 Conflict: assumed.
  const interrupts = request.removesExtension && machine.run?.commandId !== request.commandId;
  return machine.run !== undefined && !interrupts ? { kind: "RunInProgress" } : undefined;
}

/** Why nothing can be done while the power of a VM changes. A VM that is being created is on its way to its start: assumed. */
export function whyNoChange({ name, changing }: VirtualMachine, operation: string): Refusal | undefined {
  return changing === undefined
    ? undefined
    : { kind: "PowerChanging", vmName: name, to: changing === "create" ? "start" : changing, operation };
}
