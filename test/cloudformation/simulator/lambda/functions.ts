/** AWS Lambda: the functions that there are, and their invocations. */
import { randomUUID } from "node:crypto";
import { SleepAborted } from "../clock";
import type { Faults } from "../faults";
import { Environments, type EnvironmentsOptions } from "./environments";
import type { Invocation, LambdaFunction, LogLine, Outcome } from "./function";

export interface FunctionsOptions extends EnvironmentsOptions {
  readonly faults: Faults;
}

/** Source: AWS Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation". */
const RETRY_DELAYS_MS = [60_000, 120_000] as const;

export class Functions {
  readonly log: LogLine[] = [];
  readonly invocations: Invocation[] = [];
  readonly #functions = new Map<string, LambdaFunction>();
  readonly #environments: Environments;
  /** Invocations, and events that wait for one. */
  readonly #underWay = new Set<Promise<unknown>>();
  #stopped = false;

  constructor(private readonly options: FunctionsOptions) {
    this.#environments = new Environments(options, (lambda, text, requestId) => this.#line(lambda, text, requestId));
  }

  /** Makes a function, or changes it: what runs on goes on with the old code, as in Lambda. */
  put(lambda: LambdaFunction): void {
    this.#functions.set(lambda.arn, lambda);
    this.#environments.retire(lambda.arn);
  }

  delete(arn: string): void {
    this.#functions.delete(arn);
    this.#environments.retire(arn);
  }

  all(): readonly LambdaFunction[] {
    return [...this.#functions.values()];
  }

  /** Finds a function by ARN, with or without a qualifier, or by name. */
  find(nameOrArn: string): LambdaFunction | undefined {
    const name = nameOrArn.startsWith("arn:") ? nameOrArn.split(":")[6] : nameOrArn.split(":")[0];
    return this.all().find((lambda) => lambda.name === name);
  }

  /** One synchronous invocation. `payload`: JSON. */
  invoke(lambda: LambdaFunction, payload: string, requestId: string = randomUUID()): Promise<Outcome> {
    return this.#follow(this.#invoke(lambda, payload, requestId));
  }

  async #invoke(lambda: LambdaFunction, payload: string, requestId: string): Promise<Outcome> {
    const { clock, faults } = this.options;
    if (this.#stopped) {
      throw new SleepAborted();
    }
    const event: unknown = JSON.parse(payload);
    const kill = faults.ofInvocation("kill", lambda, event);
    const crash = faults.ofInvocation("crash", lambda, event)?.at;
    const process = this.#environments.take(lambda);
    const startMs = clock.nowMs();
    this.#line(lambda, `START RequestId: ${requestId} Version: $LATEST`, requestId);
    const outcome = await process.run({ requestId, payload, kill, crash });
    if (outcome.kind === "failed" && !("trace" in outcome.error)) {
      this.#line(lambda, outcome.error.errorMessage, requestId);
    }
    this.#line(lambda, `END RequestId: ${requestId}`, requestId);
    this.invocations.push({
      function: lambda.logicalId,
      requestId,
      event,
      startMs,
      endMs: clock.nowMs(),
      outcome,
    });
    const usable = this.#functions.get(lambda.arn) === lambda && !this.#stopped;
    this.#environments.keep(lambda, process, usable);
    return outcome;
  }

  /**
   * An asynchronous invocation: Lambda takes the event, and calls the function when it can, at least once.
   *
   * A function that fails or crashes gets the event again with the same request id: after one minute, and after two more.
   * Source: as `RETRY_DELAYS_MS`.
   */
  invokeLater(lambda: LambdaFunction, payload: string, requestId: string = randomUUID()): void {
    const { faults } = this.options;
    const event: unknown = JSON.parse(payload);
    const delayMs = faults.ofInvocation("delayDelivery", lambda, event)?.ms ?? 0;
    const twice = faults.ofInvocation("deliverTwice", lambda, event);
    void this.#follow(this.#deliver(lambda.arn, payload, requestId, delayMs));
    if (twice !== undefined) {
      void this.#follow(this.#deliver(lambda.arn, payload, requestId, delayMs + (twice.gapMs ?? 0)));
    }
  }

  async #deliver(arn: string, payload: string, requestId: string, delayMs: number): Promise<void> {
    const { clock } = this.options;
    const acceptedMs = clock.nowMs();
    try {
      if (delayMs > 0) {
        await clock.sleep(delayMs);
      }
      for (let attempt = 0; ; attempt += 1) {
        const lambda = this.#functions.get(arn);
        if (lambda === undefined || this.#stopped) {
          return;
        }
        const outcome = await clock.work(() => this.invoke(lambda, payload, requestId));
        const retryDelayMs = RETRY_DELAYS_MS[attempt];
        const tooOld = clock.nowMs() + (retryDelayMs ?? 0) - acceptedMs > lambda.maximumEventAgeSeconds * 1_000;
        if (
          outcome.kind === "returned" ||
          retryDelayMs === undefined ||
          attempt >= lambda.maximumRetryAttempts ||
          tooOld
        ) {
          return;
        }
        await clock.sleep(retryDelayMs);
      }
    } catch {
      // The cloud was stopped while the event waited.
    }
  }

  async #follow<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  get underWay(): readonly Promise<unknown>[] {
    return [...this.#underWay];
  }

  #line(lambda: LambdaFunction, text: string, requestId: string | undefined): void {
    this.log.push({ atMs: this.options.clock.nowMs(), function: lambda.logicalId, requestId, text });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#environments.stop();
  }
}
