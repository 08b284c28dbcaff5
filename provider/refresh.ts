/** Looks whether a VM is there, is the same one, and is as the resource's script left it. */
import type { VmFacts } from "../core/arm/invocation";
import { lookUpVm } from "../core/arm/virtual-machine";
import { RunFailedError } from "../core/failures/errors";
import { runId } from "../core/identity";
import { CHECK_OUTPUT_MAX_BYTES, CHECK_TIMEOUT_SECONDS } from "../core/limits";
import { besideRun } from "../core/plan";
import { isAnother } from "../core/run/execute";
import { executeCheck } from "../core/run/execute-check";
import { isDone } from "../core/run/outcome";
import { labelOf, urnOf } from "./names";
import { withSentences } from "./provider-error";
import { maskFor, secretValues } from "./secret-values";
import { clean, type Properties, type Stored } from "./state";
import { DRIFT_OUTPUTS } from "./stored-outputs";
import { currentWork } from "./work";

/** @returns undefined when the VM is gone, else what is to be stored now. */
export async function refreshed(stored: Stored, properties: Properties): Promise<Properties | undefined> {
  const { session } = currentWork();
  const { prior, vmId } = stored;
  const target = session.complete(prior.target);
  const vm = await withSentences(() => lookUpVm(target, session).catch(asOfCheck), maskFor(properties));
  if (vm.kind === "gone") {
    return undefined;
  }
  const { facts } = vm;
  if (isAnother(vmId, facts.vmId)) {
    // The comparison that the engine asks for next says it.
    return clean({ ...properties, ...DRIFT_OUTPUTS, driftCheckId: undefined, rebuilt: true });
  }
  // A VM of which Azure does not say which it is may still be the other one.
  const same = facts.vmId === undefined ? properties : { ...properties, rebuilt: undefined };
  const isToCheck = prior.check !== null && same.rebuilt !== true && isDone(prior.executionState, prior.settings);
  return clean(isToCheck ? { ...same, ...(await checked(stored, properties, facts)) } : same);
}

/** Nothing was to be run: the sentence must not speak of a script. */
function asOfCheck(error: unknown): never {
  throw error instanceof RunFailedError ? error.about("check") : error;
}

/** What a `check` script finds; what is stored stays where it cannot tell. */
async function checked(stored: Stored, properties: Properties, facts: VmFacts): Promise<Properties> {
  const { key, prior } = stored;
  const { session, log } = currentWork();
  const reporter = log.reporterFor(urnOf(properties));
  const mask = maskFor(properties);
  const run = besideRun(stored, prior, "check", session.outside.randomHex(8));
  const name = { key, runId: runId(key, run.generation, run.purpose, run.content, secretValues(properties)) };
  const watching = {
    ...prior.settings,
    timeoutInSeconds: CHECK_TIMEOUT_SECONDS,
    rebootPolicy: "fail",
    outputMaxBytes: CHECK_OUTPUT_MAX_BYTES,
  } as const;
  const target = session.complete(prior.target);
  const intent = { target, facts, run, name, watching, label: labelOf(properties, key), mask };
  const found = await executeCheck(intent, session, reporter);
  switch (found.kind) {
    case "asItShouldBe":
      return { ...DRIFT_OUTPUTS, driftCheckId: undefined };
    case "drifted": {
      const { exitCode, output } = found;
      // What was found before is still to be mended, or is being mended: that is one intent.
      const sameDrift = prior.driftCheckId;
      return { drifted: true, checkExitCode: exitCode, checkOutput: output, driftCheckId: sameDrift ?? name.runId };
    }
    case "unknown":
      reporter.warn(mask(`whether '${target.vmName}' is as it should be is not known: ${found.why}`));
      return {};
  }
}
