/** Durations that are numbers in a template: whole seconds in a range, known when the app is synthesised. */
import type { Duration } from "aws-cdk-lib";
import { kindOf } from "../core/inputs/input";

export interface DurationRange {
  readonly least: Duration;
  readonly most: Duration;
}

/** @returns a sentence that goes on after the prop's name; undefined when all is well. */
export function durationProblem(duration: Duration, { least, most }: DurationRange): string | undefined {
  const range = `from ${shown(least)} to ${shown(most)}`;
  if (!isDuration(duration)) {
    const example = typeof duration === "number" ? `Duration.seconds(${duration})` : "Duration.seconds(…)";
    return `is ${kindOf(duration)}, expected a Duration ${range}; give ${example}`;
  }
  if (duration.isUnresolved()) {
    return `is a token, which has no value yet when the app is synthesised; give a Duration ${range}`;
  }
  const seconds = duration.toSeconds({ integral: false });
  return Number.isInteger(seconds) && seconds >= least.toSeconds() && seconds <= most.toSeconds()
    ? undefined
    : `is ${shown(duration)}, expected whole seconds ${range}`;
}

/** An app can have the CDK twice, so the class is not asked for. */
export function isDuration(value: unknown): value is Duration {
  return typeof value === "object" && value !== null && "toHumanString" in value;
}

/** `toHumanString` says nothing of what is no time at all, and leaves away what is less than its smallest unit. */
function shown(duration: Duration): string {
  const seconds = duration.toSeconds({ integral: false });
  return seconds > 0 && Number.isInteger(seconds)
    ? duration.toHumanString()
    : `${seconds.toLocaleString("en-US", { maximumFractionDigits: 9 })} seconds`;
}
