/** Carries out run commands on virtual machines: one at a time, and what becomes of one that is interrupted. */
import type { Refusal } from "./arm/errors";
import type { OperationFault } from "./faults/effect";
import { GuestOffError, type HandlerStatus } from "./guest/guest";
import { buildScript, type ScriptParameter } from "./script-text";
import { agentMissed, givingUp } from "./vm-agent";
import { whyNoRun } from "./why-not";
import type { Operation, StatusEntry, VirtualMachine, World } from "./world";

export interface RunRequest {
  /** As written in the catalogue. */
  readonly commandId: string;
  /** True: it runs no script. */
  readonly removesExtension: boolean;
  readonly script: readonly string[];
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
  const refusal = whyNoRun(machine, request);
  if (refusal !== undefined) {
    return { kind: "refused", refusal };
  }
  const operation = world.startOperation(machine, "runCommand", request.commandId);
  machine.run = operation;
  const { deliveryMs, reportMs } = world.options.timing.run(
    machine.member?.instanceId === undefined ? "vm" : "instance",
  );
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

async function carryOut(run: Run): Promise<void> {
  const { world, machine } = run;
  if (isOver(run)) {
    return;
  }
  if (machine.changing === "restart") {
    machine.afterBoot.push(() => void carryOut(run));
    return;
  }
  if (machine.agent.status !== "Ready") {
    awaitAgent(run);
    return;
  }
  try {
    const finish = await workInGuest(run);
    run.operation.scriptEndedAtMs = world.options.clock.nowMs();
    if (machine.agent.outbound443 === "closed") {
      // What the script's time has not used up of the waiting, which began with the POST.
      missAgent(run, world.options.clock.nowMs() - run.operation.postedAtMs);
    } else {
      world.after(run.reportMs, () => settle(run, finish));
    }
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

/**
 * The script is carried out when the agent comes, unless Azure has given up by then. Source of the waiting: assumed, from the
 * goal state that an agent finds when it comes back.
 */
function awaitAgent(run: Run): void {
  const { world, machine } = run;
  let waiting = true;
  machine.afterAgentChange.push(() => {
    waiting = false;
    void carryOut(run);
  });
  const given = givingUp(world, machine);
  if (given !== undefined) {
    world.after(given.afterMs, () => {
      if (waiting) {
        settle(run, () => fail(run, given.code, given.message));
      }
    });
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
  if (request.removesExtension) {
    began(run);
    await machine.guest.uninstall();
    return () => succeed(run, []);
  }
  const script = Buffer.from(buildScript(request.script, request.parameters), "utf8");
  const status = await machine.guest.enable(script, () => began(run));
  return () => report(run, status);
}

function began({ world, operation, fault, restart }: Run): void {
  operation.scriptStartedAtMs = world.options.clock.nowMs();
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
  if (machine.changing === "restart" && machine.agent.outbound443 === "open") {
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

/** Whatever has happened in the guest, nothing of it reaches Azure. The VM is kept until Azure gives up. */
function missAgent(run: Run, waitedMs = 0): void {
  const { world, machine } = run;
  const { code, message } = agentMissed(machine.name);
  const timeoutMs = machine.agent.timeoutMs ?? world.options.timing.agentTimeoutMs;
  world.after(Math.max(0, timeoutMs - waitedMs), () => settle(run, () => fail(run, code, message)));
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
