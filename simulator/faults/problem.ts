/** What is wrong with a fault that was asked for, and the one place where that becomes a sentence. */
import { FAULT_NAMES, type FaultOn } from "./names";

export type FaultProblem =
  | { readonly kind: "NotAFault"; readonly given: unknown }
  | { readonly kind: "NotAPair"; readonly given: string }
  | { readonly kind: "GivenTwice"; readonly field: string }
  | { readonly kind: "UnknownField"; readonly field: string }
  | { readonly kind: "UnknownFault"; readonly given: unknown }
  | { readonly kind: "UnknownTarget"; readonly given: unknown }
  | {
      readonly kind: "WrongTarget";
      readonly name: string;
      readonly given: string;
      readonly possible: readonly FaultOn[];
    }
  | { readonly kind: "BadCount"; readonly given: unknown }
  | { readonly kind: "BadSkip"; readonly given: unknown }
  | { readonly kind: "BadShare"; readonly given: unknown }
  | { readonly kind: "BadMs"; readonly given: unknown }
  | { readonly kind: "MeaninglessMs"; readonly name: string; readonly meaningful: readonly string[] }
  | { readonly kind: "BadVm"; readonly given: unknown }
  | { readonly kind: "UnknownCommand"; readonly given: unknown; readonly known: readonly string[] }
  | { readonly kind: "MeaninglessFilter"; readonly field: "commandId" | "vm"; readonly on: string };

export const FAULT_FIELDS = ["fault", "on", "count", "skip", "share", "ms", "commandId", "vm"] as const;

/** Longest delay that a Node timer can hold. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
export const MS_MAX = 2_147_483_647;

export function describeFaultProblem(problem: FaultProblem): string {
  switch (problem.kind) {
    case "NotAFault":
      return `expected an object such as {"fault": "throttled"}, or an array of them, found ${problem.given === undefined ? "nothing" : shown(problem.given)}; the faults are ${FAULT_NAMES.join(", ")}`;
    case "NotAPair":
      return `'${problem.given}' is not of the form key=value, such as count=3`;
    case "GivenTwice":
      return `${problem.field} is given twice`;
    case "UnknownField":
      return `'${problem.field}' is not known, expected one of ${FAULT_FIELDS.join(", ")}`;
    case "UnknownFault":
      return `fault is ${shown(problem.given)}, expected one of ${FAULT_NAMES.join(", ")}`;
    case "UnknownTarget":
      return `on is ${shown(problem.given)}, expected one of post, poll, vm, token, any`;
    case "WrongTarget":
      return `on is '${problem.given}', which '${problem.name}' cannot strike, expected ${problem.possible.join(", ")}`;
    case "BadCount":
      return `count is ${shown(problem.given)}, expected a whole number from 1`;
    case "BadSkip":
      return `skip is ${shown(problem.given)}, expected a whole number from 0`;
    case "BadShare":
      return `share is ${shown(problem.given)}, expected a number above 0 and up to 1`;
    case "BadMs":
      return `ms is ${shown(problem.given)}, expected a whole number of milliseconds from 0 to ${MS_MAX}`;
    case "MeaninglessMs":
      return `ms means nothing to '${problem.name}', only to ${problem.meaningful.join(", ")}`;
    case "BadVm":
      return `vm is ${shown(problem.given)}, expected the name of a VM`;
    case "UnknownCommand":
      return `commandId is ${shown(problem.given)}, expected one of ${problem.known.join(", ")}`;
    case "MeaninglessFilter":
      return `${problem.field} means nothing on '${problem.on}', only on ${problem.field === "vm" ? "post, poll and vm" : "post and poll"}`;
  }
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : typeof value === "string" ? `'${value}'` : JSON.stringify(value);
}
