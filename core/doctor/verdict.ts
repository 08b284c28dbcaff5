/** What is said of one check by itself, and of what could not be seen. Pure. */
import type { VmFacts } from "../arm/vm-facts";
import type { Check, CheckName } from "./checkup";
import { placeOf } from "./place";
import type { Look, Seen } from "./seen";

export type Verdict = Omit<Check, "name">;

/** Of what could not be seen, nothing is known. */
export function from<Value>(name: CheckName, look: Look<Value>, judged: (value: Value) => Verdict): Verdict {
  switch (look.kind) {
    case "seen":
      return judged(look.value);
    case "failed":
      return unknown(`it could not be seen: see '${placeOf(look.error.failure, name)}'`);
    case "skipped":
      return unknown(look.why);
  }
}

export function ofVm(vm: Seen["vm"], judged: (facts: VmFacts) => Verdict): Verdict {
  return from("vm", vm, (found) =>
    found.kind === "there" ? judged(found.facts) : unknown("there is no VM to look at"),
  );
}

export function ok(sentence: string): Verdict {
  return { status: "ok", sentence, evidence: [], mend: [] };
}

export function unknown(sentence: string): Verdict {
  return { status: "unknown", sentence, evidence: [], mend: [] };
}

export function problem(sentence: string, mend: readonly string[], evidence: readonly string[] = []): Verdict {
  return { status: "problem", sentence, evidence, mend };
}

export const NO_VM = unknown("there is no VM to look at");

/** What Azure answers of what is not there. */
export const NOT_FOUND = 404;

/** @param right the one that shows it. */
export function whyHidden(status: number, right: string): string {
  return status === 403 ? `the right '${right}' is missing` : `Azure answered with status ${status}`;
}
