/** One execution of a state machine: goes from state to state, and writes the history. */
import type { Clock } from "../clock";
import type { Roles } from "../iam/roles";
import type { Outcome } from "../lambda/function";
import type { Functions } from "../lambda/functions";
import { type Definition, handles, MAX_ATTEMPTS_DEFAULT, retryDelaySeconds, type TaskState } from "./definition";

export interface StateMachine {
  readonly arn: string;
  readonly roleArn: string;
  readonly definition: Definition;
}

/** One event as GetExecutionHistory gives it, with all that it says in `details`. */
export interface HistoryEvent {
  readonly atMs: number;
  readonly type: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Execution {
  readonly arn: string;
  readonly stateMachineArn: string;
  readonly input: string;
  readonly history: HistoryEvent[];
  status: "RUNNING" | "SUCCEEDED" | "FAILED";
}

export interface ExecutionDoors {
  readonly clock: Clock;
  readonly functions: Functions;
  readonly roles: Roles;
}

interface TaskFailure {
  readonly error: string;
  readonly cause: string;
}

/** Source: Step Functions API Reference, LambdaFunctionFailedEventDetails. Unit: characters. */
const CAUSE_MAX_LENGTH = 32_768;

/** Runs a state machine to its end, or until the cloud stops. */
export async function execute(machine: StateMachine, execution: Execution, doors: ExecutionDoors): Promise<void> {
  const run = new Run(machine, execution, doors);
  try {
    await run.toEnd();
  } catch {
    // The cloud was stopped while the execution waited.
  }
}

class Run {
  constructor(
    private readonly machine: StateMachine,
    private readonly execution: Execution,
    private readonly doors: ExecutionDoors,
  ) {}

  #note(type: string, details: HistoryEvent["details"]): void {
    this.execution.history.push({ atMs: this.doors.clock.nowMs(), type, details });
  }

  async toEnd(): Promise<void> {
    const { definition, roleArn } = this.machine;
    this.#note("ExecutionStarted", { input: this.execution.input, roleArn });
    let data = this.execution.input;
    for (let name: string | undefined = definition.StartAt; name !== undefined; ) {
      const state = this.#state(name);
      this.#note("TaskStateEntered", { name, input: data });
      const result = await this.#task(state, data);
      if ("output" in result) {
        data = result.output;
        this.#note("TaskStateExited", { name, output: data });
        name = state.Next;
        continue;
      }
      const catcher = state.Catch?.find((candidate) => handles(candidate, result.error));
      if (catcher === undefined) {
        this.execution.status = "FAILED";
        this.#note("ExecutionFailed", { ...result });
        return;
      }
      data = JSON.stringify({ Error: result.error, Cause: result.cause });
      this.#note("TaskStateExited", { name, output: data });
      name = catcher.Next;
    }
    this.execution.status = "SUCCEEDED";
    this.#note("ExecutionSucceeded", { output: data });
  }

  #state(name: string): TaskState {
    const state = this.machine.definition.States[name];
    if (state === undefined) {
      throw new Error(`the state machine has no state '${name}'`);
    }
    return state;
  }

  async #task(state: TaskState, input: string): Promise<{ readonly output: string } | TaskFailure> {
    const retries = new Map<object, number>();
    for (;;) {
      this.#note("LambdaFunctionScheduled", { resource: state.Resource, input });
      const outcome = await this.#invoke(state.Resource, input);
      if (outcome.kind === "returned") {
        this.#note("LambdaFunctionSucceeded", { output: outcome.payload });
        return { output: outcome.payload };
      }
      const failure = describeFailure(outcome);
      this.#note("LambdaFunctionFailed", { ...failure });
      const retrier = state.Retry?.find((candidate) => handles(candidate, failure.error));
      const soFar = retrier === undefined ? 0 : (retries.get(retrier) ?? 0);
      if (retrier === undefined || soFar >= (retrier.MaxAttempts ?? MAX_ATTEMPTS_DEFAULT)) {
        return failure;
      }
      retries.set(retrier, soFar + 1);
      await this.doors.clock.sleep(retryDelaySeconds(retrier, soFar) * 1_000);
    }
  }

  async #invoke(resource: string, input: string): Promise<Outcome> {
    const { clock, functions, roles } = this.doors;
    const { roleArn } = this.machine;
    if (!roles.allow(roleArn, { action: "lambda:InvokeFunction", resource, context: {} })) {
      const errorMessage = `User: ${roleArn} is not authorized to perform: lambda:InvokeFunction on resource: ${resource}`;
      return { kind: "failed", error: { errorType: "Lambda.AWSLambdaException", errorMessage } };
    }
    const lambda = functions.find(resource);
    if (lambda === undefined) {
      const errorMessage = `Function not found: ${resource}`;
      return { kind: "failed", error: { errorType: "Lambda.ResourceNotFoundException", errorMessage } };
    }
    return clock.work(() => functions.invoke(lambda, input));
  }
}

/** `error`: as the function names it, which is assumed of crashes. `cause`: the function's error document, cut at the limit. */
function describeFailure({ error }: Extract<Outcome, { kind: "failed" }>): TaskFailure {
  return { error: error.errorType, cause: JSON.stringify(error).slice(0, CAUSE_MAX_LENGTH) };
}
