/** Looks at a run that was begun before, and never begins it. */
import { RunFailedError } from "../../core/failures/errors";
import type { Known } from "../../core/inputs/desired-state";
import { type ExecutedStretch, executeStretch } from "../../core/run/execute";
import { type Mask, maskOf } from "../../core/secrets/secret-texts";
import { AwsFailure } from "./aws-errors";
import { isGone, isPassing, subjectOf, withoutOutput } from "./failures";
import type { FollowedRun } from "./handed-on";
import { readOptions, requireInputs, SCRIPT_PROPERTIES, type Texts } from "./inputs";
import { begunRun, scriptIntent } from "./intents";
import type { Invocation } from "./invocation";
import { parseRunId } from "./names";
import { withinLook } from "./one-look";
import { readScript } from "./scripts";
import { readSecrets, readValuesSince } from "./secrets";
import { hasTurned, lookAtStack, whileStackWants } from "./stack-watch";
import { lookMs } from "./time";
import type { Seen } from "./verdict";

/** What is still true when a run cannot be looked at. */
export const MAY_GO_ON = "the script may go on on the VM";

export interface ToLookAt {
  readonly run: FollowedRun;
  /** By reference. */
  readonly wanted: Known;
  /** The state of the stack in which the request was met; `undefined` when that could not be seen. */
  readonly stackStatus: string | undefined;
  /** When the time of the resource is over that follows it. */
  readonly untilMs: number;
}

export interface Look {
  readonly seen: Seen;
  /** Takes out the secrets that the run was given. */
  readonly mask: Mask;
}

const nothingHidden: Mask = (text) => text;

/**
 * Not for a stack that has turned away: a look would bring the extension back to the VM, from which a deletion removes it
 * meanwhile. One that turns while one looks ends that, and what waits for its turn on the VM is not sent any more.
 */
export async function lookAt(toLookAt: ToLookAt, invocation: Invocation): Promise<Look> {
  const { request, outside, sessions } = invocation;
  const { stackStatus: atFirst, wanted } = toLookAt;
  const { status = "" } = await lookAtStack(request, outside);
  if (hasTurned(request, atFirst, status)) {
    return { mask: nothingHidden, seen: { kind: "unwanted", stackStatus: status } };
  }
  const calledOff = new AbortController();
  let turnedTo: string | undefined;
  const turned = (now: string) => {
    turnedTo = now;
    calledOff.abort(new RunFailedError({ kind: "InterruptedBefore", vmName: wanted.target.vmName }));
    sessions.discard();
  };
  const watch = { atFirst, tellsOfRest: false };
  const look = await whileStackWants(request, watch, outside, turned, () =>
    lookAtRun(toLookAt, calledOff.signal, invocation),
  );
  return turnedTo === undefined || look.seen.kind === "ended"
    ? look
    : { ...look, seen: { kind: "unwanted", stackStatus: turnedTo } };
}

async function lookAtRun(toLookAt: ToLookAt, calledOff: AbortSignal, invocation: Invocation): Promise<Look> {
  let mask = nothingHidden;
  try {
    const { texts, values } = await readTexts(toLookAt, invocation);
    mask = maskOf(values);
    const known = requireInputs(invocation.properties, texts, MAY_GO_ON);
    const executed = await attach(toLookAt, { known, mask, calledOff }, invocation);
    return { mask, seen: seenOf(executed, toLookAt, invocation) };
  } catch (error) {
    if (error instanceof AwsFailure) {
      return { mask, seen: { kind: "unseen", isPassing: error.isPassing, why: `${error.message}; ${MAY_GO_ON}` } };
    }
    throw error;
  }
}

/** The text of the script only where a restart of the VM can make it run again. */
async function readTexts(
  { run: { runId, secretVersions }, wanted: { settings } }: ToLookAt,
  { properties, outside }: Invocation,
): Promise<{ readonly texts: Texts; readonly values: readonly string[] }> {
  const name = parseRunId(runId)?.kind === "update" ? "update" : "script";
  const scripts =
    settings.rebootPolicy === "fail"
      ? {}
      : { [name]: await readScript(name, properties[SCRIPT_PROPERTIES[name]], outside) };
  const references = properties.ProtectedParameters;
  const { values: secrets } = await readSecrets(references, outside, secretVersions);
  const earlier = secretVersions === undefined ? await readValuesSince(references, outside) : [];
  return { texts: { scripts, secrets }, values: [...Object.values(secrets), ...earlier] };
}

/**
 * One operation of Azure's in each call: it waits on the VM for the script's end itself, and what it tells cannot be kept from one
 * call to the next.
 */
function attach(
  { run: { key, runId, last }, untilMs }: ToLookAt,
  { known, mask, calledOff }: { readonly known: Known; readonly mask: Mask; readonly calledOff: AbortSignal },
  { request, outside, sessions, log, time }: Invocation,
): Promise<ExecutedStretch> {
  const seconds = Math.max(0, lookMs(untilMs, time())) / 1_000;
  const { vmName } = known.target;
  const asked = {
    known,
    label: request.logicalResourceId,
    mask,
    readyTimeoutInSeconds: Math.min(known.settings.readyTimeoutInSeconds, Math.max(0, Math.floor(seconds) - 1)),
  };
  const intent = scriptIntent(begunRun(runId, known, last), { key, runId }, asked);
  return withinLook(seconds, vmName, { outside, sessions }, (deadline) => {
    const signal = AbortSignal.any([calledOff, ...(deadline === undefined ? [] : [deadline.signal])]);
    const options = { deadline: { signal }, stretch: { begun: true, mayWait: () => false } };
    return executeStretch(intent, sessions.current(), log.masked(mask), options);
  });
}

function seenOf(
  { executed, running }: ExecutedStretch,
  { stackStatus }: ToLookAt,
  { request, properties, sessions }: Invocation,
): Seen {
  if (executed === undefined) {
    return { kind: "goesOn", state: running.state };
  }
  const { outcome } = executed;
  const { failure, evidence = [] } = outcome;
  if (isGone(outcome)) {
    return { kind: "gone" };
  }
  if (failure === undefined || outcome.result.executionState !== "Unknown") {
    return { kind: "ended", outcome };
  }
  const shown = readOptions(properties).isSensitive ? withoutOutput(failure) : failure;
  const error = sessions.explained(new RunFailedError(shown, true, subjectOf(request, stackStatus), evidence));
  return { kind: "unseen", isPassing: isPassing(failure), why: error.message };
}
