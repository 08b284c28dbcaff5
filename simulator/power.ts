/** Starts, stops, restarts and deletes virtual machines, each really acting on the guest. */
import { randomUUID } from "node:crypto";
import { preempt, type Started } from "./runs";
import type { PowerAction } from "./timing";
import { whyNoChange } from "./why-not";
import type { Operation, PowerState, VirtualMachine, World } from "./world";

/** What a VM is while an action works on it, and afterwards. */
const STATES: Readonly<Record<PowerAction, { readonly meanwhile: PowerState; readonly afterwards: PowerState }>> = {
  start: { meanwhile: "starting", afterwards: "running" },
  restart: { meanwhile: "starting", afterwards: "running" },
  reimage: { meanwhile: "starting", afterwards: "running" },
  powerOff: { meanwhile: "stopping", afterwards: "stopped" },
  deallocate: { meanwhile: "deallocating", afterwards: "deallocated" },
  delete: { meanwhile: "stopping", afterwards: "stopped" },
};

/**
 * @returns the operation, or why ARM refuses.
 * Source of both refusals: Learn "Azure VM error messages"; which action meets which: assumed.
 */
export function startPowerAction(world: World, machine: VirtualMachine, action: PowerAction): Started<Operation> {
  const changing = whyNoChange(machine, action);
  if (changing !== undefined) {
    return { kind: "refused", refusal: changing };
  }
  if (action === "restart" && machine.power !== "running") {
    return { kind: "refused", refusal: { kind: "VmNotRunning" } };
  }
  const operation = world.startOperation(machine, action);
  const always = action === "restart" || action === "reimage" || action === "delete";
  const nothingToDo = !always && machine.power === STATES[action].afterwards;
  if (!nothingToDo) {
    machine.changing = action;
    setPower(world, machine, STATES[action].meanwhile);
  }
  // A run ends with the VM or its disk; a restart leaves it, and the handler reports it as unfinished. Source: assumed.
  if (machine.run !== undefined && action !== "start" && action !== "restart") {
    preempt(world, machine.run);
    machine.run = undefined;
  }
  world.after(world.options.timing.powerChangeMs(action), () => {
    void (nothingToDo ? Promise.resolve(end(world, machine, operation)) : carryOut(world, machine, operation, action));
  });
  return { kind: "started", operation };
}

/**
 * Restarts a VM at once, without an operation, as if somebody had done it from outside ARM.
 * Does nothing to one that is off, that changes its power already, or that is deleted.
 */
export async function restartFromOutside(world: World, machine: VirtualMachine): Promise<void> {
  if (world.has(machine) && machine.changing === undefined && machine.power === "running") {
    machine.changing = "restart";
    setPower(world, machine, STATES.restart.meanwhile);
    await carryOut(world, machine, undefined, "restart");
  }
}

/** Reimages an instance at once, without an operation. Does nothing to one that changes, or that is deleted. */
export async function reimageFromOutside(world: World, machine: VirtualMachine): Promise<void> {
  if (world.has(machine) && machine.changing === undefined) {
    if (machine.run !== undefined) {
      preempt(world, machine.run);
      machine.run = undefined;
    }
    machine.changing = "reimage";
    setPower(world, machine, STATES.reimage.meanwhile);
    await carryOut(world, machine, undefined, "reimage");
  }
}

/** `operation` is undefined when nobody asked ARM. */
async function carryOut(
  world: World,
  machine: VirtualMachine,
  operation: Operation | undefined,
  action: PowerAction,
): Promise<void> {
  try {
    await actOnGuest(machine, action);
    if (action === "delete") {
      world.removeMachine(machine);
    }
    machine.changing = undefined;
    setPower(world, machine, STATES[action].afterwards);
    end(world, machine, operation);
  } catch (error) {
    machine.changing = undefined;
    setPower(world, machine, "stopped");
    world.options.onTrouble(`cannot ${action} '${machine.name}': ${String(error)}`);
    if (operation !== undefined) {
      operation.outcome = { kind: "failed", endedAt: world.now(), ...INTERNAL_ERROR };
    }
  }
  for (const waiting of machine.afterBoot.splice(0)) {
    waiting();
  }
}

const INTERNAL_ERROR = {
  code: "InternalExecutionError",
  message: "An internal execution error occurred. Please retry later.",
};

async function actOnGuest(machine: VirtualMachine, action: PowerAction): Promise<void> {
  switch (action) {
    case "start":
      return machine.guest.start();
    case "powerOff":
    case "deallocate":
      return machine.guest.stop();
    case "restart":
      await machine.guest.stop();
      return machine.guest.start();
    case "reimage":
      await machine.guest.destroy();
      machine.vmId = randomUUID();
      machine.guest = machine.makeGuest(machine.vmId);
      return machine.guest.start();
    case "delete":
      return machine.guest.destroy();
  }
}

/** Source: recording operation-deallocate (2026-04): start, end, status and name, without `properties`. */
function end(world: World, machine: VirtualMachine, operation: Operation | undefined): void {
  machine.generation += 1;
  if (operation !== undefined) {
    operation.outcome = { kind: "succeeded", endedAt: world.now(), output: undefined };
  }
  world.options.onChange();
}

function setPower(world: World, machine: VirtualMachine, power: PowerState): void {
  machine.power = power;
  machine.powerSince = world.now();
  world.options.onChange();
}
