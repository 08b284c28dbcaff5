/** Sends the run of a request to its VM, and tells what is to become of it. */
import { RunFailedError } from "../../core/failures/errors";
import type { Known } from "../../core/inputs/desired-state";
import type { LastRun } from "../../core/plan";
import { executeStretch } from "../../core/run/execute";
import { isDone, type RunOutcome } from "../../core/run/outcome";
import { maskOf } from "../../core/secrets/secret-texts";
import { SECRET_VERSIONS_MAX_BYTES } from "../resource-properties";
import { answeredRun, answerOf } from "./answer";
import { type AnsweredRun, attributesWithoutResult } from "./attributes";
import { describeOutcome, subjectOf } from "./failures";
import type { Next } from "./handed-on";
import { NOTHING_WAS_RUN, type ResourceOptions, readOptions, requireInputs, SCRIPT_PROPERTIES } from "./inputs";
import { decidedRun, nameOfRun, scriptIntent } from "./intents";
import { jsonBytes } from "./json-bytes";
import { DeploymentFailure, reasonOf } from "./reason";
import { type Envelope, RESPONSE_MAX_BYTES, responseBytes } from "./response";
import { readScript } from "./scripts";
import { readSecrets, readValuesSince } from "./secrets";
import type { Starting } from "./starting";

export interface ToSend {
  /** By reference. */
  readonly wanted: Known;
  readonly key: string;
  readonly physicalId: string;
  /** What is known of the newest run; `undefined` where none of this resource has run on the VM. */
  readonly last: LastRun | undefined;
}

/** @throws RunFailedError, AwsFailure or DeploymentFailure when nothing can have run. */
export async function send({ wanted, key, physicalId, last }: ToSend, starting: Starting): Promise<Next> {
  const { invocation, session, deadline, stack } = starting;
  const { request, properties, outside } = invocation;
  const options = readOptions(properties);
  const runs = decidedRun(wanted, last).runs === "update" ? "update" : "script";
  const script = await readScript(runs, properties[SCRIPT_PROPERTIES[runs]], outside);
  const secrets = await readSecrets(properties.ProtectedParameters, outside);
  const known = requireInputs(properties, { scripts: { [runs]: script }, secrets: secrets.values }, NOTHING_WAS_RUN);
  const { settings, target } = known;
  const run = decidedRun(known, last);
  const name = nameOfRun(run, key, request);
  // An earlier delivery may have begun the run with the values of before a rotation.
  const earlier = await readValuesSince(properties.ProtectedParameters, outside);
  const mask = maskOf([...Object.values(secrets.values), ...earlier]);
  const log = invocation.log.masked(mask);
  const envelope = { ...request, physicalResourceId: physicalId };
  const begun = { ...name, secretVersions: secrets.versions, last: run.last };
  requireRoom(answeredRun(begun, options), envelope, options);
  starting.hide(mask);
  const readyTimeoutInSeconds = starting.readyTimeoutInSeconds(settings.readyTimeoutInSeconds);
  const intent = scriptIntent(run, name, { known, label: request.logicalResourceId, mask, readyTimeoutInSeconds });
  // One look: whoever waits for longer is `isComplete`.
  const stretch = { begun: false, mayWait: () => false };
  const { executed, running } = await executeStretch(intent, session, log, { deadline, stretch }).catch(
    (error: unknown) => {
      throw error instanceof RunFailedError ? error.about(subjectOf(request, stack.status)) : error;
    },
  );
  const takenUp = executed?.outcome.takenUp ?? running?.takenUp ?? false;
  // Which versions of the secrets an earlier delivery gave to it, this one does not know.
  const sent = takenUp ? { ...begun, secretVersions: undefined } : begun;
  const follow = (doubt?: string): Next => ({
    kind: "follow",
    run: { ...sent, whenGone: "fail", whenUnreadable: "fail", doubt },
  });
  const outcome = executed?.outcome;
  if (outcome === undefined || (options.isSensitive && isSuccess(outcome, settings))) {
    return follow();
  }
  const subject = subjectOf(request, stack.status);
  const doubt = describeOutcome(outcome, { subject, isSensitive: options.isSensitive });
  if (doubt !== undefined && outcome.result.executionState === "Unknown") {
    return follow(reasonOf(mask(doubt)));
  }
  const ended = { outcome, run: answeredRun(sent, options), vmName: target.vmName, settings, envelope };
  return answerOf({ ...ended, stackStatus: stack.status, mask }, invocation);
}

/** What a sensitive script printed must not be in the execution history, through which all of this travels. */
function isSuccess({ failure, result }: RunOutcome, settings: Known["settings"]): boolean {
  return failure === undefined || isDone(result.executionState, settings);
}

/** What can be told before anything runs is not to fail after it. */
function requireRoom(run: AnsweredRun, envelope: Envelope, { outputNames }: ResourceOptions): void {
  const versionsBytes = jsonBytes(run.secretVersions);
  if (versionsBytes > SECRET_VERSIONS_MAX_BYTES) {
    throw new DeploymentFailure(
      `protectedParameters has too many secrets for a run that is handed over to another resource: their names and versions have ${inDigits(versionsBytes)} bytes as JSON, at most ${inDigits(SECRET_VERSIONS_MAX_BYTES)} can be handed over; give fewer, such as a whole secret in place of its fields; nothing was run`,
    );
  }
  const bytes = responseBytes(envelope, attributesWithoutResult("Running", run, outputNames));
  if (bytes > RESPONSE_MAX_BYTES) {
    throw new DeploymentFailure(
      `the names of the ${outputNames.length} outputs that the stack uses need an answer of ${inDigits(bytes)} bytes without any value, of which CloudFormation takes ${inDigits(RESPONSE_MAX_BYTES)}; use fewer or shorter ones; nothing was run`,
    );
  }
}

function inDigits(count: number): string {
  return count.toLocaleString("en-US");
}
