/** What a look at all that a run command needs has found: the words of the checkup, as types. */
import type { VmTarget } from "../arm/invocation";

/** In the order of what needs what: the first that is wrong is the cause of what is wrong behind it. */
export const CHECK_NAMES = [
  "connection",
  "sign-in",
  "subscription",
  "vm",
  "system",
  "rights",
  "power",
  "agent",
  "locks",
  "extension",
  "busy",
  "throttling",
  "probe",
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export interface Check {
  readonly name: CheckName;
  /** `unknown` where it could not be seen, or was not looked at. */
  readonly status: "ok" | "problem" | "unknown";
  /** One sentence: what was seen, and of a problem what to do. */
  readonly sentence: string;
  /** What else was seen, a line each. */
  readonly evidence: readonly string[];
  /** Commands that mend it, or show more of it; a line each, ready for a shell. */
  readonly mend: readonly string[];
}

export interface Checkup {
  /** Its subscription is empty where none is known. */
  readonly target: VmTarget;
  /** One for each name, in their order. */
  readonly checks: readonly Check[];
  /** The first problem; `undefined` when there is none. */
  readonly cause: CheckName | undefined;
}
