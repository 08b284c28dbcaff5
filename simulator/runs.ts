/** Carries out run commands on virtual machines: one at a time, and what becomes of one that is interrupted. */
import type { Refusal } from "./arm/errors";
import type { OperationFault } from "./faults/effect";
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

/** One run on its way. */
interface Run {
  readonly world: World;
  readonly machine: VirtualMachine;
  readonly operation: Operation;
  readonly request: RunRequest;
  /** From the end of the script to the end of the operation. */
  readonly reportMs: number;
  readonly fault: OperationFault | undefined;
  /** Restarts the VM from outside: only for the fault `reboot`. */
  readonly restart: () => void;
}

export interface RunFault {
  readonly fault: OperationFault;
  readonly restart: () => void;
}

/** @returns the operation, or why ARM refuses. Source: azure-wire.md section 6 (409 in its three forms). */
export function startRun(
  world: World,
  machine: VirtualMachine,
  request: RunRequest,
  faulty?: RunFault,
): Started<Operation> {
  const refusal = whyNot(machine, request);
  if (refusal !== undefined) {
    return { kind: "refused", refusal };
  }
  const operation = world.startOperation(machine, "runCommand", request.commandId);
  machine.run = operation;
  const { deliveryMs, reportMs } = world.options.timing.run();
  const { fault, restart = () => undefined } = faulty ?? {};
  const run: Run = { world, machine, operation, request, reportMs, fault, restart };
  if (fault?.kind === "preempted") {
    preempt(world, operation);
  }
  if (fault?.kind === "agent-silent") {
    missAgent(run);
  } else {
    world.after(deliveryMs, () => void carryOut(run));
  }
  return { kind: "started", operation };
}

/** Why ARM refuses such a run now; undefined when it does not. */
export function whyNot(machine: VirtualMachine, request: RunRequest): Refusal | undefined {
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

async function carryOut(run: Run): Promise<void> {
  const { world, machine } = run;
  if (isOver(run)) {
    return;
  }
  if (machine.changing === "restart") {
    machine.afterBoot.push(() => void carryOut(run));
    return;
  }
  try {
    const finish = await workInGuest(run);
    world.after(run.reportMs, () => settle(run, finish));
  } catch (error) {
    if (error instanceof GuestOffError) {
      interrupted(run);
      return;
    }
    const message = "Internal error occurred while processing extension 'RunCommandLinux'.";
    settle(run, () => fail(run, "VMExtensionManagementInternalError", message));
    world.options.onTrouble(`'${machine.name}': ${String(error)}`);
  }
}

/** Pushed aside by a power action, which took the VM from it. One that still has the VM goes on, canceled or not. */
function isOver({ machine, operation }: Run): boolean {
  return operation.outcome.kind !== "running" && machine.run !== operation;
}

/** Ends the operation, if it is not one that stays as it is. */
function settle({ world, fault }: Run, end: () => void): void {
  if (fault?.kind !== "stuck") {
    end();
  } else if (fault.forMs !== undefined) {
    world.after(fault.forMs, end);
  }
}

/** @returns what ends the operation. */
async function workInGuest(run: Run): Promise<() => void> {
  const { machine, request } = run;
  switch (request.commandId) {
    case "RemoveRunCommandLinuxExtension":
      began(run);
      await machine.guest.uninstall();
      return () => succeed(run, []);
    case "ifconfig":
    case "RunShellScript": {
      const lines = request.commandId === "ifconfig" ? IFCONFIG_SCRIPT : request.script;
      const script = Buffer.from(buildScript(lines, request.parameters), "utf8");
      const status = await machine.guest.enable(script, () => began(run));
      return () => report(run, status);
    }
  }
}

function began({ world, fault, restart }: Run): void {
  if (fault?.kind === "reboot") {
    world.after(fault.afterMs, restart);
  }
}

/**
 * A script's exit code changes nothing: the handler says success, so the operation is green. Source: main/cmds.go, since v1.0.1.
 * `Enable failed: …` makes it VMExtensionProvisioningError. Source: recording vm-runcommand-FAILED-exit-100.
 */
function report(run: Run, status: HandlerStatus): void {
  switch (status.status) {
    case "success":
      succeed(run, [provisioned(status.message)]);
      break;
    case "error":
      fail(
        run,
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
function interrupted(run: Run): void {
  const { world, machine } = run;
  if (isOver(run)) {
    return;
  }
  if (machine.changing === "restart") {
    machine.afterBoot.push(() => settle(run, () => succeed(run, [provisioned(DID_NOT_FINISH)])));
    return;
  }
  if (machine.changing === undefined) {
    machine.power = "stopped";
    machine.powerSince = world.now();
    world.options.onChange();
  }
  missAgent(run);
}

function missAgent(run: Run): void {
  const { world, machine } = run;
  const end = (): void => fail(run, "VMAgentStatusCommunicationError", agentSilent(machine.name));
  world.after(world.options.timing.silenceMs, () => settle(run, end));
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

function succeed({ world, machine, operation }: Run, output: readonly StatusEntry[]): void {
  if (operation.outcome.kind === "running") {
    operation.outcome = { kind: "succeeded", endedAt: world.now(), output };
  }
  release(machine, operation);
}

function fail({ world, machine, operation }: Run, code: string, message: string): void {
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
