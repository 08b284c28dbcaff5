/** The resource option `customTimeouts`, which the SDK does not hand to a dynamic provider. Pure. */
import { kindOf } from "../core/inputs/input";
import { isObject, textAt } from "../core/json";
import type { Properties } from "./state";

export type TimedOperation = "create" | "update" | "delete";

const OPERATIONS: readonly TimedOperation[] = ["create", "update", "delete"];

/** In seconds. */
export type CustomTimeouts = { readonly [Operation in TimedOperation]?: number };

/** What the constructor passes on as a hidden input; a problem, so that `check` reports it together with all others. */
export type PassedTimeouts = CustomTimeouts | { readonly problem: string };

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3_600,
};

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Reads the option as the engine does. Source: Go, `time.ParseDuration`; pulumi/pulumi, sdk/go/common/resource.
 *
 * @returns undefined when it limits nothing that we do.
 */
export function readCustomTimeouts(option: unknown): PassedTimeouts | undefined {
  if (option === undefined || option === null) {
    return undefined;
  }
  if (!isObject(option)) {
    return { problem: `customTimeouts is ${kindOf(option)}, expected an object such as { create: "10m" }` };
  }
  const timeouts: { [Operation in TimedOperation]?: number } = {};
  for (const operation of OPERATIONS) {
    const text = option[operation];
    if (text === undefined || text === null) {
      continue;
    }
    const seconds = typeof text === "string" ? secondsOf(text) : undefined;
    if (seconds === undefined || seconds <= 0) {
      const seen = typeof text === "string" ? JSON.stringify(text.slice(0, TEXT_SHOWN_CHARACTERS)) : kindOf(text);
      return { problem: `customTimeouts.${operation} is ${seen}, expected a duration such as "90s", "10m" or "1h30m"` };
    }
    timeouts[operation] = seconds;
  }
  return Object.keys(timeouts).length === 0 ? undefined : timeouts;
}

/** A longer text is no duration. Source: our own choice. */
const TEXT_SHOWN_CHARACTERS = 40;

export function isTimeoutsProblem(passed: PassedTimeouts | undefined): boolean {
  return passed !== undefined && "problem" in passed;
}

/** What the constructor found wrong with the option. */
export function timeoutsProblem({ customTimeouts }: Properties): string | undefined {
  return textAt(customTimeouts, "problem");
}

function secondsOf(text: string): number | undefined {
  const parts = [...text.matchAll(PART)];
  if (parts.map(([part]) => part).join("") !== text || parts.length === 0) {
    return undefined;
  }
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNIT_SECONDS[unit] ?? 0), 0);
}

/** How long an operation may take, in seconds, as the constructor passed it on; undefined for no end. */
export function timeoutOf(properties: Properties, operation: TimedOperation): number | undefined {
  const { customTimeouts } = properties;
  const seconds = isObject(customTimeouts) ? customTimeouts[operation] : undefined;
  return typeof seconds === "number" ? seconds : undefined;
}
