/** Takes a resource off its VM, as its state asks for it. */
import type { RunFailure } from "../core/failures/errors";
import { runId } from "../core/identity";
import type { Reporter } from "../core/outside";
import { besideRun } from "../core/plan";
import { withDeadline } from "../core/run/deadline";
import { type DeleteIntent, executeDelete } from "../core/run/execute-delete";
import type { RunIntent } from "../core/run/run-on-vm";
import { timeoutOf } from "./custom-timeouts";
import { wasMadeHere } from "./made-here";
import { labelOf, urnOf } from "./names";
import { withSentences } from "./provider-error";
import { logStreams } from "./script-log";
import { maskFor, secretValues } from "./secret-values";
import type { Properties, Stored } from "./state";
import { currentWork } from "./work";

export async function takeOff(stored: Stored, props: Properties): Promise<void> {
  const { session, log } = currentWork();
  const reporter = log.reporterFor(urnOf(props));
  const { key, prior } = stored;
  const { vmName } = prior.target;
  if (wasMadeHere(key, prior.target)) {
    const script = prior.delete === null ? "" : ", and the 'delete' script of the old one is not run";
    reporter.warn(
      `nothing was removed from '${vmName}': the new resource has taken over what the old one left there (deleteBeforeReplace is false)${script}`,
    );
    await log.flush();
    return;
  }
  const seconds = timeoutOf(props, "delete");
  const passed: RunFailure = { kind: "CustomTimeoutPassed", vmName, operation: "delete", seconds: seconds ?? 0 };
  const intent = deleteIntent(stored, props, reporter);
  const work = () =>
    withDeadline(seconds, passed, session.outside, (deadline) => executeDelete(intent, session, reporter, deadline));
  await withSentences(work, maskFor(props)).finally(() => log.flush());
}

function deleteIntent(stored: Stored, props: Properties, reporter: Reporter): DeleteIntent {
  const { key, generation, prior, vmId } = stored;
  const { settings } = prior;
  return {
    target: prior.target,
    key,
    generation,
    label: labelOf(props, key),
    knownVmId: vmId,
    script: prior.delete === null ? undefined : deleteRun(stored, props),
    deleteFailure: settings.deleteFailure,
    removeExtension: settings.removeExtension,
    scriptEnded: (result) => logStreams(result, settings, reporter),
  };
}

/** Named after what it runs, so that it is taken up when the deletion is tried again. */
function deleteRun(stored: Stored, props: Properties): RunIntent {
  const { key, prior } = stored;
  const run = besideRun(stored, prior, "delete", null);
  const name = { key, runId: runId(key, run.generation, run.purpose, run.content, secretValues(props)) };
  return { run, name, watching: prior.settings, label: labelOf(props, key), mask: maskFor(props) };
}
