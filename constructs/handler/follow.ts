/** `isComplete`: looks once how it goes with what `onEvent` has begun. */
import { answeredRun, answerOf, type EndedRun } from "./answer";
import { attributesWithoutResult } from "./attributes";
import { type FollowedRun, type HandedOn, type IsCompleteAnswer, type Next, readHandedOn } from "./handed-on";
import { BY_REFERENCE, readOptions, requireInputs } from "./inputs";
import type { Invocation } from "./invocation";
import { removeLeftover } from "./leftover";
import { lookAt, MAY_GO_ON } from "./look";
import { DeploymentFailure } from "./reason";
import { remove } from "./remove";
import type { Attributes } from "./response";
import { followsUntilMs } from "./time";
import { verdictOf } from "./verdict";

/** Answers, and writes what is to be kept: once, when all else is done. */
type Finish = () => Promise<IsCompleteAnswer>;

const LOOK_AGAIN: IsCompleteAnswer = { IsComplete: false };

/** @throws DeploymentFailure */
export async function follow(event: unknown, invocation: Invocation): Promise<IsCompleteAnswer> {
  const handedOn = readHandedOn(event);
  if (handedOn === undefined) {
    throw new DeploymentFailure("nothing says what was begun: 'onEvent' of the same version has to answer before");
  }
  const { next, receivedAtMs, leftover } = handedOn;
  if (next.kind === "delete") {
    return remove(invocation, receivedAtMs);
  }
  const finish = await finishOf(next, handedOn, invocation);
  if (finish === undefined || (leftover === true && !(await removeLeftover(invocation, receivedAtMs)))) {
    return LOOK_AGAIN;
  }
  return finish();
}

/** @returns undefined while the run goes on. */
async function finishOf(
  next: Exclude<Next, { readonly kind: "delete" }>,
  handedOn: HandedOn,
  invocation: Invocation,
): Promise<Finish | undefined> {
  switch (next.kind) {
    case "fail":
      throw new DeploymentFailure(next.reason);
    case "answer":
      return async () => complete(next.attributes, invocation);
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
): Promise<Finish | undefined> {
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
      return undefined;
    case "handOver":
      return async () => {
        log.info(`after ${followedSeconds} s another resource follows the run '${run.runId}' on '${vmName}'`);
        return complete(attributesWithoutResult("Running", named, options.outputNames), invocation);
      };
    case "unknown":
      return async () => {
        log.warn(`${verdict.why}; that is no failure here`);
        return complete(attributesWithoutResult("Unknown", named, options.outputNames), invocation);
      };
    case "fail":
      throw new DeploymentFailure(mask(verdict.why));
    case "answer": {
      const { outcome } = verdict;
      const envelope = { ...request, physicalResourceId: request.physicalResourceId ?? "" };
      const ended = { outcome, run: named, vmName, settings: wanted.settings, envelope, stackStatus, mask };
      return () => answerEnded(ended, invocation);
    }
  }
}

async function answerEnded(ended: EndedRun, invocation: Invocation): Promise<IsCompleteAnswer> {
  const answer = await answerOf(ended, invocation);
  if (answer.kind === "fail") {
    throw new DeploymentFailure(answer.reason);
  }
  return complete(answer.attributes, invocation);
}
