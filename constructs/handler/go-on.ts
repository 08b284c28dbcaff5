/** Goes on with a run that another resource has begun, and does not wait for any longer. */
import { attributesWithoutResult } from "./attributes";
import type { Begun } from "./begin";
import type { FollowedRun } from "./handed-on";
import { readOptions } from "./inputs";
import type { Invocation } from "./invocation";
import { waitPhysicalIdOf } from "./names";
import { DeploymentFailure } from "./reason";
import { lookAtStack, ROLLING_BACK_AN_UPDATE } from "./stack-watch";

/** @throws DeploymentFailure when the properties name no run. */
export async function goOn(invocation: Invocation): Promise<Begun> {
  const { request, properties, outside } = invocation;
  const { continues, outputNames, skipsRollback } = readOptions(properties);
  if (continues === undefined) {
    throw new DeploymentFailure(
      "this resource follows a run, and its properties name none (Continues); nothing was run",
    );
  }
  const { Key: key, RunId: runId, SecretVersions: versions, LastRunId: lastRunId, ExecutionState: state } = continues;
  const { status: stackStatus } = await lookAtStack(request, outside);
  const begun = { physicalId: waitPhysicalIdOf(key), stackStatus };
  if (runId === "") {
    const run = { key, runId, secretVersions: versions, lastRunId };
    return { ...begun, next: { kind: "answer", attributes: attributesWithoutResult("Unknown", run, outputNames) } };
  }
  // A rollback in which nothing is to run is not to fail because of the VM.
  const isSkip = request.type === "Update" && skipsRollback && stackStatus === ROLLING_BACK_AN_UPDATE;
  const run: FollowedRun = {
    key,
    runId,
    last: lastRunId === "" ? undefined : lastRunId,
    secretVersions: versions === "" ? undefined : versions,
    // What was run by an earlier deployment, or is rolled back to, may have been removed long ago.
    whenGone: request.type === "Create" && (state === "Running" || state === "") ? "fail" : "unknown",
    whenUnreadable: isSkip ? "unknown" : "fail",
  };
  return { ...begun, next: { kind: "follow", run } };
}
