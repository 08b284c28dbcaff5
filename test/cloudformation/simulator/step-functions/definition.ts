/** The part of the Amazon States Language that the CDK's waiter uses. Source: https://states-language.net/spec.html */

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
}

export interface TaskState {
  readonly Type: "Task";
  /** The ARN of a function. */
  readonly Resource: string;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Next?: string;
  readonly End?: boolean;
}

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, TaskState>>;
}

const KNOWN_FIELDS = ["Type", "Resource", "Retry", "Catch", "Next", "End", "Comment"];

/** @throws when the text has something that the simulator does not do. */
export function readDefinition(text: string): Definition {
  const definition = JSON.parse(text) as Definition;
  for (const [name, state] of Object.entries(definition.States)) {
    const unknown = Object.keys(state).find((field) => !KNOWN_FIELDS.includes(field));
    if (state.Type !== "Task" || unknown !== undefined || !state.Resource.includes(":function:")) {
      throw new Error(
        `the simulator runs states of type Task with a function and [${KNOWN_FIELDS.join(", ")}], and '${name}' is ${JSON.stringify(state)}; add what is missing to step-functions/definition.ts`,
      );
    }
  }
  return definition;
}

/** Seconds before the attempt that follows so many retries. Default values: States Language, "Errors". */
export function retryDelaySeconds(retrier: Retrier, retriesSoFar: number): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier;
  return Math.min(IntervalSeconds * BackoffRate ** retriesSoFar, MaxDelaySeconds);
}

export const MAX_ATTEMPTS_DEFAULT = 3;

/** `States.ALL` stands for every error that a task can have. */
export function handles({ ErrorEquals }: { readonly ErrorEquals: readonly string[] }, error: string): boolean {
  return ErrorEquals.some((name) => name === "States.ALL" || name === error || name === "States.TaskFailed");
}
