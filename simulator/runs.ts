/** Carries out run commands on virtual machines: one at a time, and what becomes of one that is interrupted. */
import type { Refusal } from "./arm/errors";
import { GuestOffError, type HandlerStatus } from "./guest/guest";
import { buildScript, IFCONFIG_SCRIPT, type ScriptParameter } from "./script-text";
import type { Operation, StatusEntry, VirtualMachine, World } from "./world";

export interface RunRequest {
  /** As written in the catalogue. */
  readonly commandId: "RunShellScript" | "ifconfig" | "RemoveRunCommandLinuxExtension";
  readonly script: readonly string[] | undefined;
  readonly parameters: readonly ScriptParameter[];
}

export type Started<T> =
  | { readonly kind: "started"; readonly operation: T }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * What the handler writes when it comes back after a reboot and finds its script unfinished.
 * Source: run-command-extension-linux@6e9a66d main/cmds.go `enablePre`; observed with handler 1.0.12 (azure-wire.md 4.8).
 */
const DID_NOT_FINISH = "Enable succeeded: Last script execution didn't finish.";

/** Source: azure-wire.md section 6, the table of poll results. */
const PREEMPTED = {
  code: "OperationPreempted",
  message: "Operation execution has been preempted by a more recent operation.",
};

/** @returns the operation, or why ARM refuses. Source: azure-wire.md section 6 (409 in its three forms). */
export function startRun(world: World, machine: VirtualMachine, request: RunRequest): Started<Operation> {
  const refusal = whyNot(machine, request);
  if (refusal !== undefined) {
    return { kind: "refused", refusal };
  }
  const operation = world.startOperation(machine, "runCommand", request.commandId);
  machine.run = operation;
  const timing = world.options.timing.run();
  world.after(timing.deliveryMs, () => void carryOut(world, machine, operation, request, timing.reportMs));
  return { kind: "started", operation };
}

function whyNot(machine: VirtualMachine, request: RunRequest): Refusal | undefined {
  if (machine.changing !== undefined) {
    return { kind: "PowerChanging", vmName: machine.name, to: machine.changing, operation: "RunCommand" };
  }
  if (machine.power !== "running") {
    return { kind: "VmNotRunning" };
  }
  // A removal ends a script that runs, whose operation then ends with what the handler left. Source: WIKI "execution will be
  // terminated"; that it is accepted at all instead of refused with 409 Conflict: assumed.
  const interrupts =
    request.commandId === "RemoveRunCommandLinuxExtension" && machine.run?.commandId !== request.commandId;
  return machine.run !== undefined && !interrupts ? { kind: "RunInProgress" } : undefined;
}

async function carryOut(
  world: World,
  machine: VirtualMachine,
  operation: Operation,
  request: RunRequest,
  reportMs: number,
): Promise<void> {
  if (operation.outcome.kind !== "running") {
    return;
  }
  if (machine.changing === "restart") {
    machine.afterBoot.push(() => void carryOut(world, machine, operation, request, reportMs));
    return;
  }
  try {
    const finish = await workInGuest(machine, request);
    world.after(reportMs, () => finish(world, machine, operation));
  } catch (error) {
    if (error instanceof GuestOffError) {
      interrupted(world, machine, operation);
      return;
    }
    fail(
      world,
      machine,
      operation,
      "VMExtensionManagementInternalError",
      "Internal error occurred while processing extension 'RunCommandLinux'.",
    );
    world.options.onTrouble(`'${machine.name}': ${String(error)}`);
  }
}

type Finish = (world: World, machine: VirtualMachine, operation: Operation) => void;

async function workInGuest(machine: VirtualMachine, request: RunRequest): Promise<Finish> {
  switch (request.commandId) {
    case "RemoveRunCommandLinuxExtension":
      await machine.guest.uninstall();
      return (world, vm, operation) => succeed(world, vm, operation, []);
    case "ifconfig":
    case "RunShellScript": {
      const lines = request.commandId === "ifconfig" ? IFCONFIG_SCRIPT : request.script;
      const status = await machine.guest.enable(Buffer.from(buildScript(lines, request.parameters), "utf8"));
      return (world, vm, operation) => report(world, vm, operation, status);
    }
  }
}

/**
 * A script's exit code changes nothing: the handler says success, so the operation is green. Source: main/cmds.go, since v1.0.1.
 * `Enable failed: …` makes it VMExtensionProvisioningError. Source: recording vm-runcommand-FAILED-exit-100.
 */
function report(world: World, machine: VirtualMachine, operation: Operation, status: HandlerStatus): void {
  switch (status.status) {
    case "success":
      succeed(world, machine, operation, [provisioned(status.message)]);
      break;
    case "error":
      fail(
        world,
        machine,
        operation,
        "VMExtensionProvisioningError",
        `VM has reported a failure when processing extension 'RunCommandLinux'. Error message: "${status.message}".`,
      );
  }
}

/** Source: recordings, all Linux runs. */
function provisioned(message: string): StatusEntry {
  return { code: "ProvisioningState/succeeded", level: "Info", displayStatus: "Provisioning succeeded", message };
}

/**
 * The guest went off in mid-script (a guest that reboots by itself does not get here: it comes up and reports).
 * By a restart that ARM was asked for: reported as unfinished after the boot. By itself: the VM is stopped, and the
 * platform misses the agent's report. Source of the latter: docs#11596 ("comes late, many minutes").
 */
function interrupted(world: World, machine: VirtualMachine, operation: Operation): void {
  if (operation.outcome.kind !== "running") {
    return;
  }
  if (machine.changing === "restart") {
    machine.afterBoot.push(() => succeed(world, machine, operation, [provisioned(DID_NOT_FINISH)]));
    return;
  }
  if (machine.changing === undefined) {
    machine.power = "stopped";
    machine.powerSince = world.now();
    world.options.onChange();
  }
  world.after(world.options.timing.silenceMs, () =>
    fail(world, machine, operation, "VMAgentStatusCommunicationError", agentSilent(machine.name)),
  );
}

/** Source: Learn "Azure VM error messages". */
function agentSilent(vmName: string): string {
  return `VM '${vmName}' has not reported status for VM agent or extensions. Verify the OS is up and healthy, the VM has a running VM agent, and that it can establish outbound connections to Azure storage. Please refer to https://aka.ms/vmextensionlinuxtroubleshoot for additional VM agent troubleshooting information.`;
}

/** Ends an operation that a later one pushed aside. Source: azure-wire.md section 6; that it happens here: assumed. */
export function preempt(world: World, operation: Operation): void {
  if (operation.outcome.kind === "running") {
    operation.outcome = { kind: "canceled", endedAt: world.now(), ...PREEMPTED };
  }
}

function succeed(world: World, machine: VirtualMachine, operation: Operation, output: readonly StatusEntry[]): void {
  if (operation.outcome.kind === "running") {
    operation.outcome = { kind: "succeeded", endedAt: world.now(), output };
  }
  release(machine, operation);
}

function fail(world: World, machine: VirtualMachine, operation: Operation, code: string, message: string): void {
  if (operation.outcome.kind === "running") {
    operation.outcome = { kind: "failed", endedAt: world.now(), code, message };
  }
  release(machine, operation);
}

function release(machine: VirtualMachine, operation: Operation): void {
  if (machine.run === operation) {
    machine.run = undefined;
  }
}
