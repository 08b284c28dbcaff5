/** Reads faults from JSON and from the command line. Pure. */
import { CATALOGUE } from "../arm/catalogue";
import type { Fault } from "./fault";
import { FAULT_NAMES, FAULT_TARGETS, type FaultName, type FaultOn, traitsOf } from "./names";
import { FAULT_FIELDS, type FaultProblem, MS_MAX } from "./problem";

export type FaultReading =
  | { readonly kind: "fault"; readonly fault: Fault }
  | { readonly kind: "problem"; readonly problem: FaultProblem };

export type FaultsReading =
  | { readonly kind: "faults"; readonly faults: readonly Fault[] }
  /** `at`: which one of an array is bad, from 0; undefined when there is only one. */
  | { readonly kind: "problem"; readonly problem: FaultProblem; readonly at: number | undefined };

type Fields = Readonly<Record<string, unknown>>;

/** One fault or an array of them; all or none are taken. */
export function readFaults(given: unknown): FaultsReading {
  const faults: Fault[] = [];
  for (const [index, each] of (Array.isArray(given) ? given : [given]).entries()) {
    const reading = readFault(each);
    if (reading.kind === "problem") {
      return { kind: "problem", problem: reading.problem, at: Array.isArray(given) ? index : undefined };
    }
    faults.push(reading.fault);
  }
  return { kind: "faults", faults };
}

/** `name[:key=value,…]`, as `--fault` takes it. */
export function readFaultFlag(text: string): FaultReading {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const fields: Record<string, unknown> = { fault: name };
  for (const pair of colon < 0 ? [] : text.slice(colon + 1).split(",")) {
    const [, field, value] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
    if (field === undefined || value === undefined) {
      return { kind: "problem", problem: { kind: "NotAPair", given: pair } };
    }
    if (Object.hasOwn(fields, field)) {
      return { kind: "problem", problem: { kind: "GivenTwice", field } };
    }
    fields[field] = NUMBERS.has(field) && Number.isFinite(Number(value)) ? Number(value) : value;
  }
  return readFault(fields);
}

const NUMBERS: ReadonlySet<string> = new Set(["count", "skip", "share", "ms"]);

function readFault(given: unknown): FaultReading {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return { kind: "problem", problem: { kind: "NotAFault", given } };
  }
  const fields = given as Fields;
  const name = FAULT_NAMES.find((known) => known === fields.fault);
  if (name === undefined) {
    return { kind: "problem", problem: { kind: "UnknownFault", given: fields.fault } };
  }
  const on = fields.on ?? traitsOf(name).targets[0];
  const problem = findTargetProblem(name, on) ?? findFieldProblem(name, on, fields);
  if (problem !== undefined) {
    return { kind: "problem", problem };
  }
  const share = fields.share as number | undefined;
  return {
    kind: "fault",
    fault: {
      name,
      on: on as FaultOn,
      count: (fields.count as number | undefined) ?? (share === undefined ? 1 : undefined),
      skip: (fields.skip as number | undefined) ?? 0,
      share,
      ms: fields.ms as number | undefined,
      commandId: fields.commandId as string | undefined,
      vm: fields.vm as string | undefined,
    },
  };
}

function findTargetProblem(name: FaultName, on: unknown): FaultProblem | undefined {
  if (typeof on !== "string" || !(on === "any" || FAULT_TARGETS.some((target) => target === on))) {
    return { kind: "UnknownTarget", given: on };
  }
  const { targets } = traitsOf(name);
  const possible: readonly FaultOn[] = targets.length > 1 ? [...targets, "any"] : targets;
  return possible.some((target) => target === on) ? undefined : { kind: "WrongTarget", name, given: on, possible };
}

/** `on` has been checked. */
function findFieldProblem(name: FaultName, on: unknown, fields: Fields): FaultProblem | undefined {
  const unknown = Object.keys(fields).find((field) => !FAULT_FIELDS.some((known) => known === field));
  if (unknown !== undefined) {
    return { kind: "UnknownField", field: unknown };
  }
  const { count, skip, share, ms, commandId, vm } = fields;
  if (count !== undefined && !isWhole(count, 1, Number.MAX_SAFE_INTEGER)) {
    return { kind: "BadCount", given: count };
  }
  if (skip !== undefined && !isWhole(skip, 0, Number.MAX_SAFE_INTEGER)) {
    return { kind: "BadSkip", given: skip };
  }
  if (share !== undefined && !(typeof share === "number" && share > 0 && share <= 1)) {
    return { kind: "BadShare", given: share };
  }
  if (ms !== undefined && traitsOf(name).ms === undefined) {
    const meaningful = FAULT_NAMES.filter((other) => traitsOf(other).ms !== undefined);
    return { kind: "MeaninglessMs", name, meaningful };
  }
  if (ms !== undefined && !isWhole(ms, 0, MS_MAX)) {
    return { kind: "BadMs", given: ms };
  }
  return findFilterProblem(String(on), commandId, vm);
}

function findFilterProblem(on: string, commandId: unknown, vm: unknown): FaultProblem | undefined {
  const known = CATALOGUE.filter(({ osType }) => osType === "Linux").map(({ id }) => id);
  if (
    commandId !== undefined &&
    !(typeof commandId === "string" && known.some((id) => id.toLowerCase() === commandId.toLowerCase()))
  ) {
    return { kind: "UnknownCommand", given: commandId, known };
  }
  if (vm !== undefined && (typeof vm !== "string" || vm === "")) {
    return { kind: "BadVm", given: vm };
  }
  if (commandId !== undefined && (on === "vm" || on === "token")) {
    return { kind: "MeaninglessFilter", field: "commandId", on };
  }
  return vm !== undefined && on === "token" ? { kind: "MeaninglessFilter", field: "vm", on } : undefined;
}

function isWhole(value: unknown, from: number, to: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= to;
}
