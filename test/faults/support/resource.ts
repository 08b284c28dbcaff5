/** One run command through its deployments: what the provider does with the core, and the state that it keeps, by hand. */

import { describeFailure, RunFailedError, type RunFailure } from "../../../core/failures/errors";
import { runId } from "../../../core/identity";
import type { Known } from "../../../core/inputs/desired-state";
import { firstRun, type LastRun, nextRun } from "../../../core/plan";
import { type ExecutedRun, executeRun } from "../../../core/run/execute";
import { executeDelete } from "../../../core/run/execute-delete";
import { openSession, type Session } from "../../../core/run/session";
import { loadCredential } from "../../../core/sign-in/identity-library";
import { readSettings } from "../../../core/sign-in/settings";
import { deleteIntentExample, knownExample, scriptIntentExample } from "../../support/examples";
import { recordedReporter } from "../../support/virtual-outside";
import { fastOutside, type Pace, USUAL } from "./fast-outside";

export interface Deployment {
  readonly failure: RunFailure | undefined;
  readonly sentence: string | undefined;
  readonly executed: ExecutedRun | undefined;
  readonly messages: readonly string[];
}

export interface ResourceOptions {
  readonly key: string;
  readonly vmName: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly waitSliceSeconds: number;
}

export class Resource {
  state: LastRun | undefined;
  private readonly target: Known["target"];

  constructor(private readonly options: ResourceOptions) {
    this.target = { subscriptionId: "", resourceGroupName: "rg", vmName: options.vmName };
  }

  /** A deployment in a process of its own: creates, updates, or takes up what it does not know the end of. */
  async up(other: Partial<Known>, pace = USUAL): Promise<Deployment> {
    const { key } = this.options;
    const desired = knownExample({ ...other, target: this.target });
    const run = this.state === undefined ? firstRun(desired) : nextRun(this.state, desired, []);
    const { generation } = run;
    const id = runId(key, generation, run.purpose, run.content, []);
    const intent = scriptIntentExample(desired, { run, name: { key, runId: id }, label: key });
    const reporter = recordedReporter();
    try {
      const executed = await executeRun(intent, this.session(pace), reporter);
      const { failure, result } = executed.outcome;
      const prior = { executionState: result.executionState, created: false, driftCheckId: null, rebuilt: false };
      this.state = { key, generation, runId: id, scriptRunId: id, prior };
      const sentence = failure === undefined ? undefined : describeFailure(failure, true);
      return { failure, sentence, executed, messages: reporter.messages };
    } catch (error) {
      return { ...thrown(error), messages: reporter.messages };
    }
  }

  async delete(pace = USUAL): Promise<Deployment> {
    const { key } = this.options;
    const reporter = recordedReporter();
    const generation = this.state?.generation ?? 1;
    try {
      const intent = deleteIntentExample({ target: this.target, key, label: key, generation });
      await executeDelete(intent, this.session(pace), reporter);
      return { failure: undefined, sentence: undefined, executed: undefined, messages: reporter.messages };
    } catch (error) {
      return { ...thrown(error), messages: reporter.messages };
    }
  }

  private session(pace: Pace): Session {
    const { environment, waitSliceSeconds } = this.options;
    const outside = fastOutside(pace, environment);
    const settings = readSettings(() => undefined, outside.environment);
    return openSession({ settings, outside, loadCredential, userAgent: "test", waitSliceSeconds });
  }
}

function thrown(error: unknown): Omit<Deployment, "messages"> {
  if (!(error instanceof RunFailedError)) {
    throw error;
  }
  return { failure: error.failure, sentence: error.message, executed: undefined };
}
