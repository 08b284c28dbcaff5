/** Takes a resource off its VM, as far as one look goes: its `delete` script, what its runs left, the extension. */
import type { VmTarget } from "../../core/arm/invocation";
import { parseVmId } from "../../core/arm/vm-id";
import { describeFailure, RunFailedError } from "../../core/failures/errors";
import { textAt } from "../../core/json";
import { type Deleted, executeDelete } from "../../core/run/execute-delete";
import { logStreams } from "../../core/run/script-log";
import type { Mask } from "../../core/secrets/secret-texts";
import { AwsFailure } from "./aws-errors";
import { readDeleteScript } from "./delete-script";
import { isPassing, withoutOutput } from "./failures";
import type { IsCompleteAnswer } from "./handed-on";
import { readOptions, readSettingsOf } from "./inputs";
import type { Invocation } from "./invocation";
import { isOverDelete } from "./late";
import { isOurPhysicalId, keyOf } from "./names";
import { withinLook } from "./one-look";
import { DeploymentFailure } from "./reason";
import { NOTHING_STARTS_AFTER_SECONDS } from "./stack-watch";
import { deletionTimes, followsUntilMs } from "./time";

/** More than any generation is: all that is there goes, whatever is running. */
const EVERY_GENERATION = 999_999_999;

const DONE: IsCompleteAnswer = { IsComplete: true };
const LOOK_AGAIN: IsCompleteAnswer = { IsComplete: false };

/** @throws DeploymentFailure */
export async function remove(invocation: Invocation, receivedAtMs: number): Promise<IsCompleteAnswer> {
  const { request, properties, outside, log } = invocation;
  if (request.isWait || (await isOverDelete(invocation))) {
    return DONE;
  }
  const parsed = parseVmId(textAt(properties, "VirtualMachineId") ?? "");
  if (parsed.kind === "problem") {
    log.info(`nothing is removed, since nothing can have run: virtualMachineId ${parsed.problem}`);
    return DONE;
  }
  const sinceMs = outside.nowMs() - receivedAtMs;
  if (!isOurPhysicalId(request.physicalResourceId) && sinceMs < NOTHING_STARTS_AFTER_SECONDS * 1_000) {
    // The Create that this one takes back may not have noticed yet, and still begin its run.
    return LOOK_AGAIN;
  }
  let mask: Mask = (text) => text;
  const hide = (other: Mask) => {
    mask = other;
  };
  try {
    return (await removeFrom(parsed.target, receivedAtMs, invocation, hide)) === "done"
      ? DONE
      : lookAgain(invocation, receivedAtMs, whyGoesOn(parsed.target, outside.nowMs() - receivedAtMs));
  } catch (error) {
    const trouble = troubleOf(error, invocation);
    if (trouble?.isPassing === true) {
      return lookAgain(invocation, receivedAtMs, mask(trouble.why));
    }
    throw trouble === undefined ? error : new DeploymentFailure(mask(trouble.why));
  }
}

/** @returns undefined when it is none of those that were foreseen. */
function troubleOf(error: unknown, { sessions, properties }: Invocation) {
  if (error instanceof AwsFailure) {
    return { isPassing: error.isPassing, why: error.message };
  }
  if (!(error instanceof RunFailedError)) {
    return undefined;
  }
  const { failure, mayHaveRun, subject, evidence } = sessions.explained(error);
  const shown = readOptions(properties).isSensitive ? withoutOutput(failure) : failure;
  return { isPassing: isPassing(failure), why: describeFailure(shown, mayHaveRun, subject, evidence) };
}

/** @throws DeploymentFailure when this resource's time is over. */
function lookAgain({ properties, outside }: Invocation, receivedAtMs: number, why: string): IsCompleteAnswer {
  if (outside.nowMs() < followsUntilMs(receivedAtMs, readOptions(properties))) {
    return LOOK_AGAIN;
  }
  throw new DeploymentFailure(why);
}

function whyGoesOn({ vmName }: VmTarget, sinceMs: number): string {
  return `the 'delete' script on '${vmName}' still runs after ${Math.round(sinceMs / 1_000)} s, and nothing was removed; it goes on there: delete again, and its end is waited for, or give it a shorter timeoutInSeconds`;
}

/** @throws RunFailedError, AwsFailure or DeploymentFailure */
async function removeFrom(
  target: VmTarget,
  receivedAtMs: number,
  invocation: Invocation,
  hide: (mask: Mask) => void,
): Promise<Deleted> {
  const { request, properties, outside, sessions, time } = invocation;
  const key = keyOf(request, properties);
  const settings = readSettingsOf(properties);
  const untilMs = followsUntilMs(receivedAtMs, readOptions(properties));
  const times = deletionTimes(untilMs, time());
  const seconds = Math.max(0, times.lookMs) / 1_000;
  return withinLook(seconds, target.vmName, invocation, async (deadline) => {
    const { script, mask } = await readDeleteScript({ target, key, settings }, invocation, deadline);
    hide(mask);
    const log = invocation.log.masked(mask);
    return await executeDelete(
      {
        target,
        key,
        label: request.logicalResourceId,
        generation: EVERY_GENERATION,
        knownVmId: undefined,
        script,
        deleteFailure: settings.deleteFailure,
        removeExtension: settings.removeExtension,
        scriptEnded: (result) => {
          if (!readOptions(properties).isSensitive) {
            logStreams(result, settings, log);
          }
        },
        mayWait: () => outside.nowMs() < times.waitsUntilMs,
        beganAtMs: receivedAtMs,
      },
      sessions.current(),
      log,
      deadline,
    );
  });
}
