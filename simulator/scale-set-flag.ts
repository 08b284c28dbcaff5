/** Reads `--scale-set name[:mode=uniform|flexible,count=N]`. Pure. */

import { ORCHESTRATION_MODES, type OrchestrationMode, type WantedScaleSet } from "./scale-set";
import { isVmName, VM_NAME_RULE } from "./vm-name";

export type ScaleSetProblem =
  | { readonly kind: "BadName"; readonly given: string }
  | { readonly kind: "BadPair"; readonly given: string }
  | { readonly kind: "BadMode"; readonly given: string }
  | { readonly kind: "BadCount"; readonly given: string };

export type ScaleSetReading =
  | { readonly kind: "scaleSet"; readonly scaleSet: WantedScaleSet }
  | { readonly kind: "problem"; readonly problem: ScaleSetProblem };

/** Source: Learn, "Orchestration modes for Virtual Machine Scale Sets": Flexible is what Azure's own tools make. */
const DEFAULT_MODE: OrchestrationMode = "Flexible";
const DEFAULT_COUNT = 2;
/** Source: Learn, "Orchestration modes for Virtual Machine Scale Sets": as many VMs has a scale set at most. */
export const MEMBERS_MAX = 1_000;

export function readScaleSetFlag(text: string): ScaleSetReading {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  let mode = DEFAULT_MODE;
  let capacity = DEFAULT_COUNT;
  if (!isVmName(name)) {
    return problem({ kind: "BadName", given: name });
  }
  for (const pair of colon < 0 ? [] : text.slice(colon + 1).split(",")) {
    const [, field, value = ""] = /^(mode|count)=(.+)$/.exec(pair) ?? [];
    if (field === "mode") {
      const known = ORCHESTRATION_MODES.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
      if (known === undefined) {
        return problem({ kind: "BadMode", given: value });
      }
      mode = known;
    } else if (field === "count") {
      if (!/^\d{1,4}$/.test(value) || Number(value) > MEMBERS_MAX) {
        return problem({ kind: "BadCount", given: value });
      }
      capacity = Number(value);
    } else {
      return problem({ kind: "BadPair", given: pair });
    }
  }
  return { kind: "scaleSet", scaleSet: { name, mode, capacity } };
}

function problem(found: ScaleSetProblem): ScaleSetReading {
  return { kind: "problem", problem: found };
}

export function describeScaleSetProblem(found: ScaleSetProblem): string {
  switch (found.kind) {
    case "BadName":
      return `its name is '${found.given}', expected ${VM_NAME_RULE}`;
    case "BadPair":
      return `'${found.given}' is not known, expected mode=uniform, mode=flexible or count=N`;
    case "BadMode":
      return `mode is '${found.given}', expected uniform or flexible`;
    case "BadCount":
      return `count is '${found.given}', expected a whole number from 0 to ${MEMBERS_MAX}`;
  }
}
