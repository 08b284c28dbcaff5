/** Takes a resource off its VM, as its state asks for it. */
import type { RunFailure } from "../core/failures/errors";
import { withDeadline } from "../core/run/deadline";
import { executeDelete } from "../core/run/execute-delete";
import { deleteIntent } from "../core/run/intents";
import { logStreams } from "../core/run/script-log";
import { timeoutOf } from "./custom-timeouts";
import { tellTakenOver, wasMadeHere } from "./made-here";
import { labelOf, urnOf } from "./names";
import { withSentences } from "./provider-error";
import { maskFor, secretValues } from "./secret-values";
import type { Properties, Stored } from "./state";
import { currentWork } from "./work";

export async function takeOff(stored: Stored, props: Properties): Promise<void> {
  const { session, log } = currentWork();
  const reporter = log.reporterFor(urnOf(props));
  const { key, prior } = stored;
  const { vmName } = prior.target;
  if (wasMadeHere(key, prior.target)) {
    tellTakenOver(vmName, prior.delete, reporter);
    await log.flush();
    return;
  }
  const seconds = timeoutOf(props, "delete");
  const passed: RunFailure = { kind: "CustomTimeoutPassed", vmName, operation: "delete", seconds: seconds ?? 0 };
  const owner = { key, label: labelOf(props, key), mask: maskFor(props), secrets: secretValues(props) };
  const intent = deleteIntent(owner, stored, (result) => logStreams(result, prior.settings, reporter));
  const work = () =>
    withDeadline(seconds, passed, session.outside, (deadline) => executeDelete(intent, session, reporter, deadline));
  await withSentences(work, owner.mask).finally(() => log.flush());
}
