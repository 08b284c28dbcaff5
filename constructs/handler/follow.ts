/** `isComplete`: looks once how it goes with what `onEvent` has begun. */
import { answeredRun, answerOf } from "./answer";
import { attributesWithoutResult } from "./attributes";
import { type FollowedRun, type HandedOn, type IsCompleteAnswer, readHandedOn } from "./handed-on";
import { BY_REFERENCE, readOptions, requireInputs } from "./inputs";
import type { Invocation } from "./invocation";
import { removeLeftover } from "./leftover";
import { lookAt, MAY_GO_ON } from "./look";
import { DeploymentFailure } from "./reason";
import { remove } from "./remove";
import type { Attributes } from "./response";
import { followsUntilMs } from "./time";
import { verdictOf } from "./verdict";

/** @throws DeploymentFailure */
export async function follow(event: unknown, invocation: Invocation): Promise<IsCompleteAnswer> {
  const handedOn = readHandedOn(event);
  if (handedOn === undefined) {
    throw new DeploymentFailure("nothing says what was begun: 'onEvent' of the same version has to answer before");
  }
  const answer = await answerTo(handedOn, invocation);
  if (!answer.IsComplete || handedOn.leftover !== true) {
    return answer;
  }
  return (await removeLeftover(invocation, handedOn.receivedAtMs)) ? answer : { IsComplete: false };
}

async function answerTo(handedOn: HandedOn, invocation: Invocation): Promise<IsCompleteAnswer> {
  const { receivedAtMs, next } = handedOn;
  switch (next.kind) {
    case "fail":
      throw new DeploymentFailure(next.reason);
    case "answer":
      return complete(next.attributes, invocation);
    case "delete":
      return remove(invocation, receivedAtMs);
    case "follow":
      return followRun(next.run, handedOn, invocation);
  }
}

function complete(attributes: Attributes, { properties }: Invocation): IsCompleteAnswer {
  const { isSensitive } = readOptions(properties);
  return { IsComplete: true, ...(isSensitive ? { NoEcho: true } : {}), Data: attributes };
}

async function followRun(
  run: FollowedRun,
  { receivedAtMs, stackStatus }: HandedOn,
  invocation: Invocation,
): Promise<IsCompleteAnswer> {
  const { request, properties, outside } = invocation;
  const options = readOptions(properties);
  const wanted = requireInputs(properties, BY_REFERENCE, MAY_GO_ON);
  const { vmName } = wanted.target;
  const untilMs = followsUntilMs(receivedAtMs, options);
  const { seen, mask } = await lookAt({ run, wanted, stackStatus, untilMs }, invocation);
  const nowMs = outside.nowMs();
  const followedSeconds = Math.round((nowMs - receivedAtMs) / 1_000);
  const verdict = verdictOf(seen, run, { vmName, followedSeconds, isOver: nowMs >= untilMs, ...options });
  const log = invocation.log.masked(mask);
  const named = answeredRun(run, options);
  switch (verdict.kind) {
    case "lookAgain":
      return { IsComplete: false };
    case "handOver":
      log.info(`after ${followedSeconds} s another resource follows the run '${run.runId}' on '${vmName}'`);
      return complete(attributesWithoutResult("Running", named, options.outputNames), invocation);
    case "unknown":
      log.warn(`${verdict.why}; that is no failure here`);
      return complete(attributesWithoutResult("Unknown", named, options.outputNames), invocation);
    case "fail":
      throw new DeploymentFailure(mask(verdict.why));
    case "answer": {
      const { outcome } = verdict;
      const envelope = { ...request, physicalResourceId: request.physicalResourceId ?? "" };
      const ended = { outcome, run: named, vmName, settings: wanted.settings, envelope, mask };
      const answer = await answerOf(ended, invocation);
      if (answer.kind === "fail") {
        throw new DeploymentFailure(answer.reason);
      }
      return complete(answer.attributes, invocation);
    }
  }
}
