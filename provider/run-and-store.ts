/** Carries out a run of a resource and makes of it what is stored. */
import { describeFailure, RunFailedError, type RunFailure, type Subject } from "../core/failures/errors";
import type { Known } from "../core/inputs/desired-state";
import type { Reporter } from "../core/outside";
import { type Deadline, withDeadline } from "../core/run/deadline";
import { type ExecutedRun, executeRun } from "../core/run/execute";
import { executeCommand } from "../core/run/execute-command";
import { scriptIntent } from "../core/run/intents";
import { isDone, type RunOutcome } from "../core/run/outcome";
import { logStreams } from "../core/run/script-log";
import type { Mask } from "../core/secrets/secret-texts";
import { type TimedOperation, timeoutOf } from "./custom-timeouts";
import { kindOf } from "./kinds";
import { noteMade } from "./made-here";
import { labelOf, urnOf } from "./names";
import { partialFailure, withSentences } from "./provider-error";
import { maskFor, secretValues } from "./secret-values";
import type { Properties, Stored } from "./state";
import { storedOutputs } from "./stored-outputs";
import { currentWork } from "./work";

export interface RunToStore {
  readonly operation: Exclude<TimedOperation, "delete">;
  readonly inputs: Properties;
  readonly known: Known;
  readonly key: string;
  /** What the state says; undefined at the first run. */
  readonly before: { readonly stored: Stored; readonly properties: Properties } | undefined;
}

/** What a failure means that fails nothing. */
export const GOES_ON = "the deployment goes on all the same (treatFailureAsDeploymentFailure is false)";

/**
 * @returns the outputs to store.
 * @throws with `properties`, when something can have been run and it was no success.
 */
export async function runAndStore(toStore: RunToStore): Promise<Properties> {
  const { operation, inputs, known, key, before } = toStore;
  const { log } = currentWork();
  const mask = maskFor(inputs, before?.properties);
  const reporter = log.reporterFor(urnOf(inputs));
  const { outcome, target, vmId, ran } = await carryOut(toStore, mask, reporter);
  if (operation === "create") {
    noteMade(key, target);
  }
  const { result, failure } = outcome;
  tellSkip(outcome, target.vmName, reporter);
  logStreams(result, known.settings, reporter);
  const done = failure === undefined || isDone(result.executionState, known.settings);
  const { run, name } = ran;
  const { runId: id } = name;
  const endedAs = outcome.endedAs ?? id;
  const outs = storedOutputs({ inputs, key, run, runId: id, endedAs, target, vmId, result, isDone: done, before });
  if (failure === undefined) {
    await log.flush();
    return outs;
  }
  const sentence = mask(
    `${introduction(inputs, target.vmName)}${describeFailure(failure, true, subjectOf(toStore), outcome.evidence)}`,
  );
  if (done) {
    reporter.warn(`${sentence}; ${GOES_ON}`);
  }
  await log.flush();
  if (done) {
    return outs;
  }
  throw partialFailure(key, outs, inputs, sentence);
}

/** Under its time limit, and known to whoever asks what is under way. */
async function carryOut(toStore: RunToStore, mask: Mask, reporter: Reporter): Promise<ExecutedRun> {
  const { operation, inputs, known, key, before } = toStore;
  const { session, underWay } = currentWork();
  const { vmName } = known.target;
  const seconds = timeoutOf(inputs, operation);
  const passed: RunFailure = { kind: "CustomTimeoutPassed", vmName, operation, seconds: seconds ?? 0 };
  const owner = { key, label: labelOf(inputs, key), mask, secrets: secretValues(inputs) };
  const decided = scriptIntent(owner, known, before?.stored);
  const work = async (deadline: Deadline | undefined): Promise<ExecutedRun> =>
    known.command === null
      ? executeRun(decided, session, reporter, deadline)
      : {
          ...(await executeCommand({ ...decided, command: known.command }, session, reporter, deadline)),
          ran: decided,
        };
  const run = { where: () => `'${vmName}'`, reporter };
  underWay.add(run);
  const aboutIt = (error: unknown) => {
    throw error instanceof RunFailedError ? error.about(subjectOf(toStore)) : error;
  };
  const introduced: Mask = (sentence) => mask(`${introduction(inputs, vmName)}${sentence}`);
  return withSentences(() => withDeadline(seconds, passed, session.outside, work).catch(aboutIt), introduced).finally(
    () => underWay.delete(run),
  );
}

function subjectOf({ inputs, known }: RunToStore): Subject {
  return kindOf(inputs) === "RunCommandExtension" ? "probe" : known.command === null ? "run" : "command";
}

/** What a failure means for the resource, before what went wrong. */
function introduction(inputs: Properties, vmName: string): string {
  return kindOf(inputs) === "RunCommandExtension" ? `Run Command does not work on '${vmName}': ` : "";
}

export function tellSkip({ skippedBy }: RunOutcome, vmName: string, reporter: Pick<Reporter, "info">): void {
  if (skippedBy !== undefined) {
    const code = skippedBy.exitCode === undefined ? "" : `, which exited with ${skippedBy.exitCode}`;
    reporter.info(`the script was not run on '${vmName}': it is not needed, says '${skippedBy.name}'${code}`);
  }
}
