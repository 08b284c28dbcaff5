/** Begins the run of a Create or an Update, or finds out that none is needed. */
import { RunFailedError } from "../../core/failures/errors";
import type { Known } from "../../core/inputs/desired-state";
import { listReceipts } from "../../core/run/list-receipts";
import { callOff } from "./call-off";
import { type Decision, decideUpdate } from "./decide";
import type { FollowedRun, Next } from "./handed-on";
import { BY_REFERENCE, NOTHING_WAS_RUN, readInputs, readOptions, requireInputs } from "./inputs";
import type { Invocation } from "./invocation";
import { keyOf, physicalIdOf } from "./names";
import { DeploymentFailure } from "./reason";
import { nothingKnown, rollBack } from "./rollback";
import { send } from "./send";
import { ROLLING_BACK_AN_UPDATE } from "./stack-watch";
import { type Starting, withinStart } from "./starting";

export interface Begun {
  readonly physicalId: string;
  /** In which state the stack was; `undefined` when that cannot be seen. */
  readonly stackStatus: string | undefined;
  readonly next: Next;
  /** Whether what the Update that is rolled back has begun elsewhere is to be taken off at last. */
  readonly leftover?: true;
}

interface Wanted {
  /** By reference. */
  readonly wanted: Known;
  readonly key: string;
  readonly physicalId: string;
  /** Whether this Update rolls a failed one back, and is to run nothing for that. */
  readonly skips: boolean;
}

/** @throws DeploymentFailure when nothing can have run. */
export async function begin(invocation: Invocation, receivedAtMs: number): Promise<Begun> {
  const { request, properties } = invocation;
  const wanted = requireInputs(properties, BY_REFERENCE, NOTHING_WAS_RUN);
  const key = keyOf(request, properties);
  const physicalId = physicalIdOf(wanted.target, key);
  return withinStart(invocation, wanted.target.vmName, receivedAtMs, async (starting) => {
    const what = { wanted, key, physicalId, skips: isSkip(starting) };
    const done = await rollBack({ ...what, target: wanted.target, receivedAtMs }, starting, async () =>
      carryOut(await decide(what, starting), what, starting),
    );
    return { physicalId, ...done, stackStatus: starting.stack.status };
  });
}

/** Nothing of a resource that is created has run: no look is needed. */
async function decide({ wanted, key, skips }: Wanted, starting: Starting): Promise<Decision> {
  const { invocation, session, deadline, stack } = starting;
  const { request, log } = invocation;
  if (request.type === "Create") {
    return { kind: "run", last: undefined, because: [] };
  }
  const readyTimeoutInSeconds = starting.readyTimeoutInSeconds(wanted.settings.readyTimeoutInSeconds);
  const list = { target: wanted.target, key, label: request.logicalResourceId, readyTimeoutInSeconds };
  try {
    const receipts = await listReceipts(list, session, log, deadline);
    if (skips) {
      await callOff(receipts, { wanted, key }, starting);
    }
    const old = readInputs(request.oldProperties, BY_REFERENCE);
    const before = old.kind === "known" ? old.known : undefined;
    const rollsBack = stack.status === undefined || stack.status === ROLLING_BACK_AN_UPDATE;
    return decideUpdate({ key, requestId: request.requestId, receipts, before, wanted, rollsBack, skips });
  } catch (error) {
    if (skips && error instanceof RunFailedError) {
      log.warn(`nothing is run in a rollback, and what has run before cannot be seen: ${error.message}`);
      return { kind: "nothing" };
    }
    throw error;
  }
}

/** @throws DeploymentFailure when it matters whether this is a rollback, and that cannot be seen. */
function isSkip({ invocation, stack }: Starting): boolean {
  const { request, properties } = invocation;
  const mayBe = request.type === "Update" && readOptions(properties).skipsRollback;
  if (mayBe && stack.hidden !== undefined) {
    throw new DeploymentFailure(
      `${stack.hidden.message}; without it a rollback looks like an update, and in a rollback nothing is to run (rollback SKIP); nothing was run`,
    );
  }
  return mayBe && stack.status === ROLLING_BACK_AN_UPDATE;
}

async function carryOut(decision: Decision, what: Wanted, starting: Starting): Promise<Next> {
  const { key, skips } = what;
  const { properties, log } = starting.invocation;
  switch (decision.kind) {
    case "takeUp":
      log.info(`an earlier delivery of this request has begun the run '${decision.runId}': it is taken up`);
      return follow({ key, runId: decision.runId, last: decision.last, whenGone: "fail", whenUnreadable: "fail" });
    case "show":
      log.info(`nothing is to be run: the answer is what the run '${decision.runId}' printed`);
      return follow({
        key,
        runId: decision.runId,
        whenGone: "unknown",
        whenUnreadable: skips ? "unknown" : "fail",
      });
    case "nothing":
      return nothingKnown(key, properties);
    case "run":
      if (decision.because.length > 0) {
        log.info(`a script runs because of ${decision.because.join(", ")}`);
      }
      return send({ ...what, last: decision.last }, starting);
  }
}

/** Which versions of its secrets the run was given, this delivery does not know. */
function follow(run: Omit<FollowedRun, "secretVersions">): Next {
  return { kind: "follow", run };
}
