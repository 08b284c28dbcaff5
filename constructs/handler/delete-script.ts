/** Finds out whether a resource's `delete` script is to run, and reads what it needs only then. */
import type { VmTarget } from "../../core/arm/invocation";
import { RunFailedError } from "../../core/failures/errors";
import type { RunSettings } from "../../core/inputs/desired-state";
import { DELETE_READY_TIMEOUT_SECONDS } from "../../core/limits";
import type { Deadline } from "../../core/run/deadline";
import { listReceipts } from "../../core/run/list-receipts";
import type { RunIntent } from "../../core/run/run-on-vm";
import { type Mask, maskOf } from "../../core/secrets/secret-texts";
import { AwsFailure } from "./aws-errors";
import { isPassing } from "./failures";
import { requireInputs } from "./inputs";
import { deleteRun } from "./intents";
import type { Invocation } from "./invocation";
import { parseRunId } from "./names";
import { DeploymentFailure } from "./reason";
import { earlierRuns, lastRunOf } from "./receipts";
import { readScript } from "./scripts";
import { readSecrets, readValuesSince } from "./secrets";

export interface Deletion {
  readonly target: VmTarget;
  readonly key: string;
  readonly settings: RunSettings;
}

export interface DeleteScript {
  /** `undefined` when none is to run. */
  readonly script: RunIntent | undefined;
  readonly mask: Mask;
}

const NONE: DeleteScript = { script: undefined, mask: (text) => text };

/** @throws RunFailedError, AwsFailure or DeploymentFailure */
export async function readDeleteScript(
  deletion: Deletion,
  invocation: Invocation,
  deadline: Deadline | undefined,
): Promise<DeleteScript> {
  const { request, properties, log } = invocation;
  if (properties.Delete === undefined) {
    return NONE;
  }
  const ran = await whatRan(deletion, invocation, deadline);
  if (ran === undefined) {
    return NONE;
  }
  try {
    const { known, secrets } = await readTexts(invocation);
    const mask = maskOf(secrets);
    return { mask, script: deleteRun({ known, label: request.logicalResourceId, mask }, deletion.key, ran.last) };
  } catch (error) {
    const isLasting = error instanceof DeploymentFailure || (error instanceof AwsFailure && !error.isPassing);
    if (!isLasting) {
      throw error;
    }
    if (deletion.settings.deleteFailure === "ignore") {
      log.warn(
        `the 'delete' script is not run: ${error.message}; the resource is deleted all the same (deleteFailure 'ignore')`,
      );
      return NONE;
    }
    throw new DeploymentFailure(
      `the 'delete' script cannot be run: ${error.message}; the resource stays; mend that and delete again, or set deleteFailure to "ignore"`,
    );
  }
}

/** @returns undefined when the `delete` script has nothing to take back, or cannot be run. */
async function whatRan(
  { target, key, settings }: Deletion,
  { request, sessions, log }: Invocation,
  deadline: Deadline | undefined,
): Promise<{ readonly last: string | undefined } | undefined> {
  const label = request.logicalResourceId;
  const list = { target, key, label, readyTimeoutInSeconds: DELETE_READY_TIMEOUT_SECONDS };
  try {
    const receipts = await listReceipts(list, sessions.current(), log, deadline);
    if (!receipts.some(({ runId }) => parseRunId(runId) !== undefined)) {
      log.info(`the 'delete' script is not run: nothing of this resource has run on '${target.vmName}'`);
      return undefined;
    }
    return { last: lastRunOf(key, earlierRuns(receipts), settings.successExitCodes)?.scriptRunId };
  } catch (error) {
    if (!(error instanceof RunFailedError) || (isPassing(error.failure) && error.failure.kind !== "AgentNotReady")) {
      throw error;
    }
    // What keeps it from running may keep nothing from being deleted: the deletion itself tells what it is.
    log.warn(`the 'delete' script is not run: what has run on '${target.vmName}' cannot be seen`);
    return undefined;
  }
}

async function readTexts({ properties, outside }: Invocation) {
  const text = await readScript("delete", properties.Delete, outside);
  const secrets = await readSecrets(properties.ProtectedParameters, outside);
  const texts = { scripts: { delete: text }, secrets: secrets.values };
  const known = requireInputs(properties, texts, "nothing was removed");
  // An earlier look may have begun it with the values of before a rotation.
  const earlier = await readValuesSince(properties.ProtectedParameters, outside);
  return { known, secrets: [...Object.values(secrets.values), ...earlier] };
}
