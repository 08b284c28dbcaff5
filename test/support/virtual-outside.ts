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
  readonly sleptMs: readonly number[];
}

/** @param answer gives the answer to each request, in the order in which they come. */
export function virtualOutside(
  answer: (exchange: Exchange, count: number) => Answer | Promise<Answer>,
  environment: Readonly<Record<string, string>> = {},
): VirtualOutside {
  let nowMs = 1_700_000_000_000;
  let randomCount = 0;
  const exchanges: Exchange[] = [];
  const sleptMs: number[] = [];
  const client: HttpClient = {
    sendRequest: async (request: PipelineRequest) => {
      const body: unknown = typeof request.body === "string" ? JSON.parse(request.body) : undefined;
      const exchange: Exchange = { method: request.method, url: request.url, body, atMs: nowMs };
      exchanges.push(exchange);
      const given = await answer(exchange, exchanges.length);
      if ("lost" in given) {
        throw new RestError(`connect ${given.lost}`, { code: given.lost, request });
      }
      const text = typeof given.body === "string" ? given.body : JSON.stringify(given.body ?? "");
      return { request, status: given.status, headers: createHttpHeaders(given.headers), bodyAsText: text };
    },
  };
  return {
    exchanges,
    sleptMs,
    nowMs: () => nowMs,
    sleep: async (ms) => {
      sleptMs.push(ms);
      nowMs += ms;
    },
    randomHex: (bytes) => (++randomCount).toString(16).padStart(bytes * 2, "0"),
    environment: (name) => environment[name],
    httpClient: async () => client,
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
