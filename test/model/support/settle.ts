/** Brings the model's world to where the real one must be after a command, and throws where it is not. */
import { type Effects, isManaged, mustHaveExtension, type World } from "../model";
import type { Done, StoredResource } from "./engine";
import type { SeenVm } from "./guests";
import { NAMES } from "./steps";
import { expectedOf, seenOf, type View } from "./views";

/** What a resource goes through in a command. */
export type Work = (world: World) => Effects;

export interface Carried {
  /** What the engine says of each resource that it came to. */
  readonly done: ReadonlyMap<string, Done>;
  readonly works: ReadonlyMap<string, Work>;
  /** What it had to decide. */
  readonly decisions: Readonly<Record<string, string>>;
  /** Whether two engines were at it. */
  readonly isTogether: boolean;
}

/** What can be seen of the real world: VMs that run, and states. */
export interface Seen {
  readonly vms: Readonly<Record<string, SeenVm>>;
  readonly states: ReadonlyMap<string, StoredResource>;
}

export function wasCut({ done }: Carried): boolean {
  return [...done.values()].some((one) => one.wasCut);
}

/** @returns the world after the command. */
export function settled(before: World, carried: Carried, seen: Seen): World {
  let world: World = { ...structuredClone(before), uses: {} };
  for (const [name, work] of carried.works) {
    const done = carried.done.get(name);
    if (done?.wasCut === true) {
      world = cutOff(world, name, work, viewOf(name, seen));
    } else if (done !== undefined) {
      const { decision, failure } = done;
      const must = { name, isSuccess: toTheEnd(work(world)), decision: carried.decisions[name] ?? decision };
      if (must.isSuccess && failure !== undefined) {
        throw new Error(`'${name}' was to succeed, and failed: ${failure}`);
      }
      expect({ name, isSuccess: failure === undefined, decision }).toEqual(must);
    }
  }
  for (const vm of Object.keys(seen.vms)) settleExtension(world, vm, seen.vms[vm]?.hasExtension === true, carried);
  return world;
}

export function toTheEnd(effects: Effects): boolean {
  for (;;) {
    const { done, value } = effects.next();
    if (done === true) return value;
  }
}

/** A resource whose command was killed is where the first few of the command's effects have led, and nowhere else. */
function cutOff(before: World, name: string, work: Work, real: View): World {
  const possible: string[] = [];
  for (let effects = 0; ; effects += 1) {
    const world = structuredClone(before);
    const running = work(world);
    let isOver = false;
    for (let taken = 0; taken < effects && !isOver; taken += 1) isOver = running.next().done === true;
    const expected = JSON.stringify(expectedOf(name, world));
    if (JSON.stringify(real) === expected) return world;
    possible.push(expected);
    if (isOver)
      throw new Error(
        `${name} was cut off, and is\n${JSON.stringify(real)}\nwhich is none of:\n${[...new Set(possible)].join("\n")}`,
      );
  }
}

/** Where the order of events decides, which nobody knows, what is seen is right. */
function settleExtension(world: World, name: string, isSeen: boolean, carried: Carried): void {
  const vm = world.vms[name];
  if (vm === undefined) return;
  const uses = world.uses[name] ?? { ran: false, removals: [] };
  const mayRace = wasCut(carried) || (carried.isTogether && uses.removals.length > 0);
  vm.isPlain &&= !mayRace && uses.removals.every((word) => word === "whenLast");
  vm.hasExtension = (mayRace ? undefined : mustHaveExtension(vm, uses)) ?? isSeen;
  if (vm.isPlain) expect({ name, hasExtension: isSeen }).toEqual({ name, hasExtension: isManaged(world, name) });
}

export function requireSame(world: World, seen: Seen): void {
  const real = Object.fromEntries(NAMES.map((name) => [name, viewOf(name, seen)]));
  const expected = Object.fromEntries(NAMES.map((name) => [name, expectedOf(name, world)]));
  expect(real).toEqual(expected);
  const names = Object.keys(seen.vms);
  const extensions = (has: (vm: string) => boolean | undefined) =>
    Object.fromEntries(names.map((vm) => [`extension on ${vm}`, has(vm)]));
  expect(extensions((vm) => seen.vms[vm]?.hasExtension)).toEqual(extensions((vm) => world.vms[vm]?.hasExtension));
}

function viewOf(name: string, { vms, states }: Seen): View {
  return seenOf(name, vms, states.get(name));
}
