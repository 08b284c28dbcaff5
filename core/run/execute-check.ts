/** Runs a `check` script: whether the VM still is as the resource's script left it. */
import type { VmTarget } from "../arm/invocation";
import { readinessOf } from "../arm/virtual-machine";
import type { VmFacts } from "../arm/vm-facts";
import { describeFailure, RunFailedError } from "../failures/errors";
import type { Reporter } from "../outside";
import { type RunIntent, runThroughRestarts } from "./run-on-vm";
import type { Session } from "./session";

export type CheckedVm =
  /** `output` is what it printed to stdout, then what it printed to stderr. */
  | { readonly kind: "asItShouldBe" | "drifted"; readonly exitCode: number; readonly output: string }
  /** A finished sentence. */
  | { readonly kind: "unknown"; readonly why: string };

export interface CheckIntent extends RunIntent {
  readonly target: VmTarget;
  /** Of a VM that is there. */
  readonly facts: VmFacts;
}

/** A check that cannot tell is no failure: a look at many resources must not end at the first that cannot be asked. */
export async function executeCheck(intent: CheckIntent, session: Session, reporter: Reporter): Promise<CheckedVm> {
  const { target, facts } = intent;
  const readiness = readinessOf(target.vmName, facts);
  if (readiness.kind !== "ready") {
    const why =
      readiness.kind === "soon"
        ? `${readiness.why}; the next refresh checks again`
        : describeFailure(readiness.failure, false, "check");
    return { kind: "unknown", why };
  }
  try {
    const lane = await session.lane(target);
    const { result, failure } = await runThroughRestarts({ intent, facts, lane, target, session, reporter });
    const { exitCode, stdout = "", stderr = "" } = result;
    if (exitCode === undefined) {
      const why = failure === undefined ? "it was not run" : describeFailure(failure, true, "check");
      return { kind: "unknown", why };
    }
    const separator = stdout === "" || stdout.endsWith("\n") ? "" : "\n";
    const kind = intent.watching.successExitCodes.includes(exitCode) ? "asItShouldBe" : "drifted";
    return { kind, exitCode, output: `${stdout}${stderr === "" ? "" : separator}${stderr}` };
  } catch (error) {
    if (error instanceof RunFailedError) {
      return { kind: "unknown", why: error.about("check").message };
    }
    throw error;
  }
}
