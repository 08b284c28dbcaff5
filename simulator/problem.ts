/** Why the simulator cannot start, and the one place where that becomes a sentence. */
import { SEED_MAX } from "./faults/names";
import { describeFaultProblem, type FaultProblem } from "./faults/problem";
import { describeScaleSetProblem, type ScaleSetProblem } from "./scale-set-flag";
import { VM_NAME_RULE } from "./vm-name";

export type Problem =
  | { readonly kind: "UnknownGuest"; readonly given: string; readonly known: readonly string[] }
  | { readonly kind: "UnknownTiming"; readonly given: string }
  | { readonly kind: "UnknownThrottling"; readonly given: string }
  | { readonly kind: "BadSubscription"; readonly given: string }
  | { readonly kind: "BadVmName"; readonly given: string }
  | { readonly kind: "DuplicateVm"; readonly name: string }
  | { readonly kind: "BadScaleSet"; readonly given: string; readonly scaleSet: ScaleSetProblem }
  | { readonly kind: "DuplicateScaleSet"; readonly name: string }
  | { readonly kind: "BadResourceGroup"; readonly given: string }
  | { readonly kind: "BadLocation"; readonly given: string }
  | { readonly kind: "BadPort"; readonly given: string }
  | { readonly kind: "BadFault"; readonly given: string; readonly fault: FaultProblem }
  | { readonly kind: "BadSeed"; readonly given: string }
  | { readonly kind: "PortInUse"; readonly port: number }
  | { readonly kind: "PortForbidden"; readonly port: number }
  | { readonly kind: "StateNotWritable"; readonly folder: string; readonly why: string }
  | { readonly kind: "StateInUse"; readonly folder: string; readonly pid: number }
  | { readonly kind: "StateUnreadable"; readonly file: string; readonly why: string }
  | { readonly kind: "OtherSubscription"; readonly given: string; readonly kept: string }
  | { readonly kind: "NoGuests"; readonly why: string }
  | { readonly kind: "RootfsMissing"; readonly folder: string }
  | { readonly kind: "EnvironmentFileNotWritable"; readonly file: string; readonly why: string };

/** Carries a problem to whoever started the simulator. */
export class CannotStart extends Error {
  constructor(
    readonly problem: Problem,
    options?: ErrorOptions,
  ) {
    super(describeProblem(problem), options);
    this.name = "CannotStart";
  }
}

export function describeProblem(problem: Problem): string {
  switch (problem.kind) {
    case "UnknownGuest":
      return `--guest is '${problem.given}', expected one of ${problem.known.join(", ")}`;
    case "UnknownTiming":
      return `--timing is '${problem.given}', expected fast or realistic`;
    case "UnknownThrottling":
      return `--throttling is '${problem.given}', expected azure or none`;
    case "BadSubscription":
      return `--subscription is '${problem.given}', expected a GUID such as 00000000-0000-0000-0000-000000000001`;
    case "BadVmName":
      return `--vm is '${problem.given}', expected ${VM_NAME_RULE}`;
    case "DuplicateVm":
      return `--vm '${problem.name}' is given twice; Azure's names do not differ by case`;
    case "BadScaleSet":
      return `--scale-set is '${problem.given}': ${describeScaleSetProblem(problem.scaleSet)}`;
    case "DuplicateScaleSet":
      return `--scale-set '${problem.name}' is given twice; Azure's names do not differ by case`;
    case "BadResourceGroup":
      return `--resource-group is '${problem.given}', expected 1 to 90 letters, digits, '.', '_', '-', '(' or ')', not ending with '.'`;
    case "BadLocation":
      return `--location is '${problem.given}', expected a region such as westeurope`;
    case "BadPort":
      return `--port is '${problem.given}', expected a number from 0 to 65535 (0 takes a free one)`;
    case "BadFault":
      return `--fault is '${problem.given}': ${describeFaultProblem(problem.fault)}`;
    case "BadSeed":
      return `--seed is '${problem.given}', expected a whole number from 0 to ${SEED_MAX}`;
    case "PortInUse":
      return `port ${problem.port} is in use; give another --port, or 0 for a free one`;
    case "PortForbidden":
      return `this user may not listen on port ${problem.port}; give a --port of 1024 or more, or 0 for a free one`;
    case "StateNotWritable":
      return `cannot write to the --state folder '${problem.folder}': ${problem.why}`;
    case "StateInUse":
      return `the --state folder '${problem.folder}' is in use by another simulator (process ${problem.pid}); stop that one or give another folder`;
    case "StateUnreadable":
      return `cannot read '${problem.file}': ${problem.why}; repair it, or give another --state folder`;
    case "OtherSubscription":
      return `--subscription is '${problem.given}', but the --state folder keeps '${problem.kept}'; leave the flag out or give another folder`;
    case "NoGuests":
      return problem.why;
    case "RootfsMissing":
      return `--rootfs is '${problem.folder}', which is not a folder`;
    case "EnvironmentFileNotWritable":
      return `cannot write the --env-file '${problem.file}': ${problem.why}`;
  }
}
