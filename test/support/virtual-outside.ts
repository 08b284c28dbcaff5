/** A world for tests: time passes only by sleeping, and each HTTP request is answered by the test or fails it. */
import { createHttpHeaders, type HttpClient, type PipelineRequest, RestError } from "@azure/core-rest-pipeline";
import type { Outside, Reporter } from "../../core/outside";
import type { LaneWatcher } from "../../core/run/lane";

export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly atMs: number;
}

export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** The connection fails with this error code. */
  | { readonly lost: string };

export interface VirtualOutside extends Outside {
  readonly exchanges: readonly Exchange[];
  /** The sleeps that were slept to their end. */
  readonly sleptMs: readonly number[];
}

/** @param answer gives the answer to each request, in the order in which they come. */
export function virtualOutside(
  answer: (exchange: Exchange, count: number) => Answer | Promise<Answer>,
  environment: Readonly<Record<string, string>> = {},
): VirtualOutside {
  const clock = virtualClock();
  let randomCount = 0;
  const exchanges: Exchange[] = [];
  const client: HttpClient = {
    sendRequest: async (request: PipelineRequest) => {
      const body: unknown = typeof request.body === "string" ? JSON.parse(request.body) : undefined;
      const exchange: Exchange = { method: request.method, url: request.url, body, atMs: clock.nowMs() };
      exchanges.push(exchange);
      const given = await clock.holdStill(async () => answer(exchange, exchanges.length));
      if ("lost" in given) {
        throw new RestError(`connect ${given.lost}`, { code: given.lost, request });
      }
      const text = typeof given.body === "string" ? given.body : JSON.stringify(given.body ?? "");
      return { request, status: given.status, headers: createHttpHeaders(given.headers), bodyAsText: text };
    },
  };
  return {
    exchanges,
    sleptMs: clock.sleptMs,
    nowMs: clock.nowMs,
    sleep: clock.sleep,
    randomHex: (bytes) => (++randomCount).toString(16).padStart(bytes * 2, "0"),
    environment: (name) => environment[name],
    httpClient: async () => client,
  };
}

interface Sleeper {
  readonly ms: number;
  readonly wakesAtMs: number;
  wake(): void;
}

/** Time goes on, to the end of the shortest sleep, when nothing else is left to do and no request waits for its answer. */
export function virtualClock() {
  let nowMs = 1_700_000_000_000;
  let answering = 0;
  let isDue = false;
  const sleepers: Sleeper[] = [];
  const sleptMs: number[] = [];
  const goOn = () => {
    isDue = false;
    const next = sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.wakesAtMs < first.wakesAtMs ? sleeper : first),
      undefined,
    );
    if (answering > 0 || next === undefined) {
      return;
    }
    sleepers.splice(sleepers.indexOf(next), 1);
    nowMs = next.wakesAtMs;
    sleptMs.push(next.ms);
    next.wake();
    plan();
  };
  const plan = () => {
    if (!isDue && sleepers.length > 0) {
      isDue = true;
      setImmediate(goOn);
    }
  };
  return {
    sleptMs: sleptMs as readonly number[],
    nowMs: () => nowMs,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        signal?.throwIfAborted();
        const end = () => {
          sleepers.splice(sleepers.indexOf(sleeper), 1);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener("abort", end);
          resolve();
        };
        const sleeper: Sleeper = { ms, wakesAtMs: nowMs + ms, wake };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", end, { once: true });
        plan();
      }),
    holdStill: async <Result>(work: () => Promise<Result>): Promise<Result> => {
      answering += 1;
      try {
        return await work();
      } finally {
        answering -= 1;
        plan();
      }
    },
  };
}

export interface RecordedReporter extends Reporter {
  readonly messages: readonly string[];
}

export function recordedReporter(): RecordedReporter {
  const messages: string[] = [];
  return {
    messages,
    progress: (message) => messages.push(`progress: ${message}`),
    info: (message) => messages.push(`info: ${message}`),
    warn: (message) => messages.push(`warn: ${message}`),
  };
}

export interface RecordedWatcher extends LaneWatcher {
  readonly messages: readonly string[];
}

export function recordedWatcher(label = "test"): RecordedWatcher {
  const messages: string[] = [];
  return {
    label,
    messages,
    queued: (behind) => messages.push(`queued behind ${behind.join(", ")}`),
    inProgress: (operationMs) => messages.push(`in progress for ${operationMs} ms`),
    delayed: (why) => messages.push(`delayed: ${why}`),
  };
}
