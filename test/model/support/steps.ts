/** What can happen in a world, and what happens next. Pure but for the chance that it is given. */
import { type Declared, MARKS, type Mark, SIMPLE } from "../declared";
import type { World } from "../model";
import type { Random } from "./random";

export const VMS = ["a", "b"] as const;
export const STACKS = { one: ["r1", "r2", "r3"], two: ["q1", "q2", "q3"] } as const;
export type Stack = keyof typeof STACKS;
export const STACK_NAMES = Object.keys(STACKS) as readonly Stack[];
/** Which of them is a `RunCommandExtension`: of another kind, it would be another resource. */
const EXTENSION_NAME = "q3";
export const NAMES: readonly string[] = Object.values(STACKS).flat();

/** A command is cut off at a step of the provider into the outside world, or the engine dies after some answers. */
export type Kill =
  | { readonly victim: "provider"; readonly atStep: number }
  | { readonly victim: "engine"; readonly afterAnswers: number };

/** What Azure's network does once, to which no command may fall. */
export interface Fault {
  readonly fault: string;
  readonly on: string;
  readonly skip: number;
}

interface Troubles {
  readonly kill?: Kill;
  readonly faults?: readonly Fault[];
}

export type Command =
  | ({ readonly does: "up"; readonly stack: Stack; readonly targets?: readonly string[] } & Troubles)
  | ({ readonly does: "refresh"; readonly stack: Stack } & Troubles)
  | ({ readonly does: "destroy"; readonly stack: Stack; readonly targets: readonly string[] } & Troubles);

export type Step =
  | Command
  | { readonly does: "declare"; readonly name: string; readonly declared: Declared }
  | { readonly does: "withdraw"; readonly name: string }
  | { readonly does: "preview"; readonly stack: Stack }
  /** Both stacks are deployed at the same time. */
  | { readonly does: "upTogether" }
  /** The VM of this resource is restarted in the middle of its script. */
  | { readonly does: "hit"; readonly name: string }
  | {
      readonly does: "mark";
      readonly vm: string;
      readonly name: string;
      readonly mark: Mark;
      readonly isThere: boolean;
    }
  | { readonly does: "rebuild" | "delete" | "stop" | "start" | "restart"; readonly vm: string };

export type Program = ReadonlyMap<string, Declared>;

/** How often what happens. Edits are cheap, commands are what is tested. */
const WEIGHTS = {
  edit: 46,
  mark: 18,
  up: 17,
  upTogether: 2,
  preview: 3,
  refresh: 6,
  destroy: 3,
  hit: 2,
  power: 2,
  rebuild: 1,
  withdraw: 1,
} as const;

export function nextStep(random: Random, world: World, program: Program): Step {
  const off = VMS.find((vm) => world.vms[vm]?.power !== "running");
  if (off !== undefined && random.is(0.25))
    return { does: world.vms[off]?.power === "off" ? random.of(["start", "start", "rebuild"]) : "rebuild", vm: off };
  const stack = random.of(STACK_NAMES);
  const name = random.of(STACKS[stack]);
  const vm = random.of(VMS);
  switch (random.weighted(WEIGHTS)) {
    case "edit":
      return { does: "declare", name, declared: edited(random, name, program.get(name), vm) };
    case "withdraw":
      return { does: "withdraw", name };
    case "mark":
      return markStep(random, world, vm, name);
    case "up":
      return { does: "up", stack, ...(random.is(0.2) ? { targets: [name] } : {}), ...troubles(random) };
    case "upTogether":
      return { does: "upTogether" };
    case "preview":
      return { does: "preview", stack };
    case "refresh":
      return { does: "refresh", stack, ...troubles(random) };
    case "destroy":
      return { does: "destroy", stack, targets: destroyed(random, world, stack), ...troubles(random) };
    case "hit":
      return { does: "hit", name };
    case "power":
      return { does: random.of(["stop", "restart"]), vm };
    case "rebuild":
      return { does: random.of(["rebuild", "rebuild", "delete"]), vm };
  }
}

function markStep(random: Random, world: World, vm: string, name: string): Step {
  const mark = random.of(MARKS);
  return { does: "mark", vm, name, mark, isThere: world.vms[vm]?.marks.includes(`${mark} ${name}`) === false };
}

function destroyed(random: Random, world: World, stack: Stack): readonly string[] {
  const kept = STACKS[stack].filter((name) => world.kept[name] !== undefined);
  return random.is(0.4) || kept.length === 0 ? kept : [random.of(kept)];
}

function troubles(random: Random): Troubles {
  return {
    ...(random.is(0.16) ? { kill: killOf(random) } : {}),
    ...(random.is(0.16) ? { faults: [faultOf(random)] } : {}),
  };
}

/** A command has about a dozen steps for each thing that it does on a VM. */
function killOf(random: Random): Kill {
  return random.is(0.7)
    ? { victim: "provider", atStep: random.whole(1, 30) }
    : { victim: "engine", afterAnswers: random.whole(0, 2) };
}

const FAULTS = {
  post: [
    "reply-lost-before",
    "reply-lost-after",
    "connection-reset",
    "status-500",
    "throttled",
    "conflict-running",
    "operation-preempted",
  ],
  poll: ["reply-lost-after", "connection-reset", "status-503", "throttled", "poll-truncated", "poll-cut-json"],
  vm: ["reply-lost-after", "connection-reset", "status-502", "poll-truncated"],
} as const;

function faultOf(random: Random): Fault {
  const on = random.of(Object.keys(FAULTS) as (keyof typeof FAULTS)[]);
  return { fault: random.of(FAULTS[on]), on, skip: random.whole(0, 2) };
}

/** A new resource, or one property of an old one changed. There are few values, so that what was comes back. */
function edited(random: Random, name: string, declared: Declared | undefined, vm: string): Declared {
  const kind = name === EXTENSION_NAME ? "RunCommandExtension" : "RunCommand";
  return change(random, declared ?? { ...SIMPLE, kind, vm });
}

function change(random: Random, declared: Declared): Declared {
  const number = random.whole(1, 3);
  const numberOrNone = random.of([null, 1, 2]);
  const toggled = (exits: 0 | 3) => (exits === 0 ? 3 : 0);
  const changes: Record<keyof Omit<Declared, "kind">, Partial<Declared>> = {
    vm: random.is(0.4) ? { vm: random.of(VMS) } : {},
    script: { script: number },
    exits: { exits: toggled(declared.exits) },
    parameter: { parameter: number },
    trigger: { trigger: number },
    replaceTrigger: { replaceTrigger: number },
    update: { update: numberOrNone },
    delete: { delete: numberOrNone },
    deleteExits: { deleteExits: toggled(declared.deleteExits) },
    check: { check: numberOrNone },
    guard: { guard: random.of(["none", "none", "creates", "unless", "onlyIf"] as const) },
    treatFailureAsDeploymentFailure: { treatFailureAsDeploymentFailure: random.is(0.7) },
    successExitCodes: { successExitCodes: random.of([[0], [0, 3]]) },
    rebootPolicy: { rebootPolicy: random.of(["fail", "rerun"] as const) },
    deleteFailure: { deleteFailure: random.of(["fail", "ignore"] as const) },
    removeExtension: { removeExtension: random.of(["whenLast", "whenLast", "whenLast", "always", "never"] as const) },
  };
  const names = Object.keys(changes) as (keyof typeof changes)[];
  const possible = declared.kind === "RunCommand" ? names : (["vm", "trigger", "removeExtension"] as const);
  const changed = { ...declared, ...changes[random.of(possible)] };
  return changed.delete === null ? { ...changed, deleteExits: 0 } : changed;
}
