/**
 * The specification: what each command of the engine must do to the VMs and to the state, one resource at a time. Pure.
 *
 * A command is a series of effects. Each generator has one effect after each `yield` before the next: a command that is
 * killed has had the first few of them, whichever these are, and the next command goes on from there.
 */
import { contentOf, type Declared } from "./declared";
import { execute, type Result, type Vm } from "./vm";

/** What the state keeps of a resource. */
export interface Kept {
  /** What was tried last. */
  readonly declared: Declared;
  /** What the engine takes for the inputs: those of the last update that succeeded. */
  readonly inputs: Declared;
  readonly result: Result;
  /** Grows with each run that the state learns of. */
  readonly generation: number;
  /** Whether `script` was ever a success on this VM. */
  readonly created: boolean;
  /** The check that found the VM not as it should be. */
  readonly drift: string | null;
  /** The life of the VM on which the last run was, and whether a refresh found another one. */
  readonly life: number;
  readonly rebuilt: boolean;
  /** The engine's own note of a failure, which a refresh wipes. */
  readonly unhealthy: boolean;
  /** Deleted already, by a replacement that has not come to its end. */
  readonly pendingReplacement: boolean;
}

export interface World {
  readonly vms: Record<string, Vm>;
  readonly kept: Record<string, Kept>;
  /** So many checks have been run: each is one of its own. */
  checks: number;
  /** What one command does on each VM: whether something ran, and the `removeExtension` of what was taken off it. */
  uses: Record<string, { ran: boolean; removals: Declared["removeExtension"][] }>;
}

/** Whether the command is a success for this resource. */
export type Effects = Generator<void, boolean>;

export type Decision = "create" | "replace" | "run" | "settings" | "nothing";

/** What preview says, and what `up` does. */
export function decide(kept: Kept | undefined, declared: Declared): Decision {
  if (kept === undefined) return "create";
  const { vm, replaceTrigger } = kept.declared;
  if (kept.pendingReplacement || declared.vm !== vm || declared.replaceTrigger !== replaceTrigger) return "replace";
  const isAsItShouldBe = isDone(kept.result, declared) && kept.drift === null && !kept.rebuilt;
  if (!isAsItShouldBe || contentOf(declared) !== contentOf(kept.declared)) return "run";
  return same(declared, kept.declared) ? "nothing" : "settings";
}

/** The same in the engine's words. */
export function engineDecision(kept: Kept | undefined, declared: Declared): "create" | "replace" | "update" | "same" {
  const decision = decide(kept, declared);
  switch (decision) {
    case "create":
    case "replace":
      return decision;
    case "run":
      return "update";
    case "settings":
    case "nothing":
      return kept?.unhealthy === true || (decision === "settings" && !same(declared, kept?.inputs)) ? "update" : "same";
  }
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isDone({ state }: Result, { treatFailureAsDeploymentFailure }: Declared): boolean {
  switch (state) {
    case "Succeeded":
    case "Skipped":
      return true;
    case "Failed":
      return !treatFailureAsDeploymentFailure;
    case "Interrupted":
      return false;
  }
}

/** @param isHit whether the VM is restarted in the middle of the script. */
export function* up(world: World, name: string, declared: Declared, isHit = false): Effects {
  const kept = world.kept[name];
  switch (decide(kept, declared)) {
    case "replace":
      if (kept !== undefined && !kept.pendingReplacement) {
        if (!(yield* takeOff(world, name, kept))) return false;
        world.kept[name] = { ...kept, pendingReplacement: true };
        yield;
      }
      return yield* run(world, name, declared, undefined, isHit);
    case "create":
    case "run":
      return yield* run(world, name, declared, kept, isHit);
    case "settings":
    case "nothing":
      if (kept !== undefined) {
        const isTold = engineDecision(kept, declared) === "update";
        world.kept[name] = { ...kept, declared: isTold ? declared : kept.declared, inputs: declared, unhealthy: false };
        yield;
      }
      return true;
  }
}

function* run(world: World, name: string, declared: Declared, kept: Kept | undefined, isHit: boolean): Effects {
  const vm = vmOf(world, declared);
  if (vm.power !== "running") return false;
  const before = kept === undefined || kept.rebuilt || kept.life !== vm.life ? undefined : kept;
  const generation = (kept?.generation ?? 0) + 1;
  const purpose = before === undefined ? "create" : before.drift === null ? "update" : "repair";
  const text = before?.created === true && declared.update !== null ? "update" : "script";
  const result = execute(vm, name, { generation, purpose, text, declared, occasion: before?.drift ?? null, isHit });
  usesOf(world, declared).ran = true;
  yield;
  const isSuccess = isDone(result, declared);
  world.kept[name] = {
    declared,
    inputs: isSuccess || kept === undefined ? declared : kept.inputs,
    // A script that was not needed has printed nothing: what the last one printed is what there is.
    result: result.state === "Skipped" && before !== undefined ? { ...before.result, state: "Skipped" } : result,
    generation,
    created: before?.created === true || (text === "script" && result.state === "Succeeded"),
    drift: isSuccess ? null : (before?.drift ?? null),
    life: vm.life,
    rebuilt: false,
    unhealthy: !isSuccess,
    pendingReplacement: false,
  };
  yield;
  return isSuccess;
}

/** A VM that is off or gone holds nothing up; what is on its disk stays there. */
function* takeOff(world: World, name: string, { declared, generation, life }: Kept): Effects {
  const vm = vmOf(world, declared);
  if (vm.power !== "running") {
    vm.isPlain = false;
    return true;
  }
  if (declared.delete !== null && life === vm.life) {
    const run = { generation, purpose: "delete", text: "delete", declared, occasion: null, isHit: false } as const;
    const { state } = execute(vm, name, run);
    usesOf(world, declared).ran ||= state !== "Succeeded" && declared.deleteFailure === "fail";
    yield;
    if (state !== "Succeeded" && declared.deleteFailure === "fail") return false;
  }
  delete vm.receipts[name];
  usesOf(world, declared).removals.push(declared.removeExtension);
  yield;
  return true;
}

export function* destroy(world: World, name: string): Effects {
  const kept = world.kept[name];
  if (kept !== undefined && !kept.pendingReplacement && !(yield* takeOff(world, name, kept))) return false;
  delete world.kept[name];
  yield;
  return true;
}

export function* refresh(world: World, name: string): Effects {
  const kept = world.kept[name];
  if (kept === undefined || kept.pendingReplacement) return true;
  const { declared, result } = kept;
  const vm = vmOf(world, declared);
  if (vm.power === "gone") {
    delete world.kept[name];
    yield;
    return true;
  }
  const read = { ...kept, unhealthy: false, rebuilt: kept.life !== vm.life };
  if (read.rebuilt) {
    world.kept[name] = { ...read, drift: null };
    yield;
    return true;
  }
  let { drift } = kept;
  if (vm.power === "running" && declared.check !== null && isDone(result, declared)) {
    const occasion = `check ${++world.checks}`;
    const run = {
      generation: kept.generation,
      purpose: "check",
      text: "check",
      declared,
      occasion,
      isHit: false,
    } as const;
    drift = execute(vm, name, run).state === "Succeeded" ? null : occasion;
    usesOf(world, declared).ran = true;
    yield;
  }
  world.kept[name] = { ...read, drift };
  yield;
  return true;
}

/**
 * Whether the extension must be on a VM after a command, which did its parts in any order.
 *
 * @returns undefined when that depends on the order.
 */
export function mustHaveExtension(vm: Vm, uses: World["uses"][string]): boolean | undefined {
  const { ran, removals } = uses;
  if (removals.length === 0) return ran || vm.hasExtension;
  const isManaged = Object.keys(vm.receipts).length > 0;
  const words = new Set(removals);
  if (words.has("always")) return ran || isManaged || words.has("never") ? undefined : false;
  if (isManaged || !words.has("whenLast")) return true;
  return words.has("never") ? undefined : false;
}

/** Whether a resource of a state is on this very VM: then, and only then, the extension is there, on a plain one. */
export function isManaged({ kept, vms }: World, vm: string): boolean {
  return Object.values(kept).some(
    ({ declared, life, pendingReplacement }) => declared.vm === vm && life === vms[vm]?.life && !pendingReplacement,
  );
}

function vmOf(world: World, { vm: name }: Declared): Vm {
  const vm = world.vms[name];
  if (vm === undefined) throw new Error(`the model has no VM '${name}'`);
  return vm;
}

function usesOf(world: World, { vm }: Declared): World["uses"][string] {
  world.uses[vm] ??= { ran: false, removals: [] };
  return world.uses[vm];
}
