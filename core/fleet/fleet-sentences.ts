/** What came of a deployment of a fleet that was no success, in one sentence; then what was found out, a line each. Pure. */
import { countVms, quotedNames } from "../words";
import type { NotTriedWhy } from "./execute-fleet";

export interface FailedMember {
  readonly name: string;
  readonly sentence: string;
  readonly evidence: readonly string[];
}

export interface FleetFailure {
  /** On how many VMs something was to be run. */
  readonly vms: number;
  readonly failed: readonly FailedMember[];
  readonly notTried: { readonly names: readonly string[]; readonly why: NotTriedWhy } | undefined;
  /** VMs that are in the fleet no more, of which it could not be taken off. */
  readonly notLeft: readonly Omit<FailedMember, "evidence">[];
  /** In words: `0`, `10% of 20`. */
  readonly maxErrors: string;
  /** How long all of it may take, in seconds. */
  readonly seconds: number | undefined;
}

/** So many names are read; more are counted. Source: our own choice. */
const NAMES_MAX = 3;

export function describeFleetFailure(failure: FleetFailure): string {
  const { failed, notTried } = failure;
  const isUnfinished = failed.length > 0 || notTried !== undefined;
  const parts = [
    describeFailed(failure),
    describeNotTried(failure),
    isUnfinished ? "the next deployment runs it only where it is not done yet" : undefined,
    describeNotLeft(failure),
  ];
  const sentence = parts.filter((part) => part !== undefined).join("; ");
  return [sentence, ...(failed[0]?.evidence ?? []).map((line) => `  - ${line}`)].join("\n");
}

function describeFailed({ vms, failed }: FleetFailure): string | undefined {
  const [first] = failed;
  if (first === undefined) {
    return undefined;
  }
  const names = failed.map(({ name }) => name);
  // The sentence itself names the first.
  const which = failed.length === 1 ? "" : ` (${quotedNames(names, NAMES_MAX)})`;
  return `${failed.length} of ${countVms(vms)} failed${which}: ${first.sentence}`;
}

function describeNotTried({ vms, failed, notTried, maxErrors, seconds }: FleetFailure): string | undefined {
  if (notTried === undefined) {
    return undefined;
  }
  const { names, why } = notTried;
  const which = quotedNames(names, NAMES_MAX);
  const count =
    failed.length > 0
      ? `${names.length} ${names.length === 1 ? "was" : "were"} not tried`
      : `${names.length} of ${countVms(vms)} ${names.length === 1 ? "was" : "were"} not tried`;
  switch (why) {
    case "tooManyFailed":
      return `${count} (${which}), because more failed than maxErrors allows (${maxErrors})`;
    case "interrupted":
      return `${count} (${which}), because the deployment was interrupted`;
    case "timeIsOver":
      return `${count} (${which}), because the time for all of them was over (customTimeouts, ${seconds} s)`;
  }
}

/** Nobody is to be blamed for it. */
export function describeGone(name: string): string {
  return `the VM '${name}' is gone, and leaves the fleet`;
}

/** @returns undefined where all could be left. */
export function describeNotLeft({ notLeft }: Pick<FleetFailure, "notLeft">): string | undefined {
  const [first] = notLeft;
  if (first === undefined) {
    return undefined;
  }
  const names = quotedNames(
    notLeft.map(({ name }) => name),
    NAMES_MAX,
  );
  return `what the fleet left on ${names} could not be removed, and stays in the state: ${first.sentence}`;
}
