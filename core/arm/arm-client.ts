/** One HTTP exchange with Azure Resource Manager: token, request id, and the rule for what may be sent twice. */
import type { Pipeline, PipelineRequest } from "@azure/core-rest-pipeline";
import { RunFailedError } from "../failures/errors";
import { parseJson } from "../json";
import type { Outside } from "../outside";
import { armAuthorizationPolicy } from "../sign-in/authorization";
import type { Cloud } from "../sign-in/clouds";
import type { ArmCredential } from "../sign-in/credentials";
import { networkErrorCode } from "../sign-in/network-errors";
import { retryAfterMs } from "./lro";

export interface ArmReply {
  readonly kind: "reply";
  readonly status: number;
  /** Case of the name does not matter. */
  header(name: string): string | undefined;
  readonly body: string;
}

/** No answer came. Whether the request arrived is not known, unless it could not even be sent. */
export interface LostReply {
  readonly kind: "lost";
  /** The name of the network error. */
  readonly detail: string;
  /** False when the connection was refused or the name not found, so that nothing can have arrived. */
  readonly mayHaveArrived: boolean;
}

export type ArmAnswer = ArmReply | LostReply;

export interface ArmClient {
  /** Host of ARM, for messages. */
  readonly host: string;
  /** Sends once. `path` begins with a slash. A lost reply is an answer, not an exception. */
  post(path: string, body: unknown, signal?: AbortSignal): Promise<ArmAnswer>;
  /**
   * Reads, and asks again after a lost reply, 408, 429 or 5xx: reading changes nothing.
   *
   * @param pathOrUrl a path, or an absolute URL of ARM as it stood in a header (used verbatim).
   * @throws RunFailedError `Unreachable` when no try was answered.
   */
  get(pathOrUrl: string, signal?: AbortSignal): Promise<ArmReply>;
}

const GET_TRIES = 6;
const GET_RETRY_DELAY_MIN_MS = 1_000;
/** Also of what `Retry-After` asks for: Compute asks for less, and a wait without end helps nobody. */
const GET_RETRY_DELAY_MAX_MS = 120_000;
const EXCHANGE_TIMEOUT_MS = 60_000;

export interface ArmClientOptions {
  readonly cloud: Cloud;
  readonly credential: ArmCredential;
  readonly outside: Outside;
  /** Name and version of what calls, for the User-Agent header. */
  readonly userAgent: string;
}

export function createArmClient(options: ArmClientOptions): ArmClient {
  const { cloud, outside } = options;
  let pipeline: Promise<Pipeline> | undefined;
  const send = async (method: "GET" | "POST", url: string, body: string | undefined, signal?: AbortSignal) => {
    const { createHttpHeaders, createPipelineRequest } = await import("@azure/core-rest-pipeline");
    pipeline ??= createPipeline(options);
    const headers = createHttpHeaders({ accept: "application/json" });
    if (body !== undefined) {
      headers.set("content-type", "application/json");
    }
    const request = createPipelineRequest({ url, method, headers, timeout: EXCHANGE_TIMEOUT_MS });
    if (body !== undefined) {
      request.body = body;
    }
    if (signal !== undefined) {
      request.abortSignal = signal;
    }
    return exchange(await pipeline, request, outside);
  };
  const host = new URL(cloud.resourceManager).host;
  return {
    host,
    post: (path, body, signal) => send("POST", cloud.resourceManager + path, JSON.stringify(body), signal),
    get: async (pathOrUrl, signal) => {
      const url = pathOrUrl.startsWith("/") ? cloud.resourceManager + pathOrUrl : trustedUrl(pathOrUrl, host);
      for (let tries = 1; ; tries++) {
        const answer = unlessCut(await send("GET", url, undefined, signal));
        if (answer.kind === "reply" && !isWorthRepeating(answer.status)) {
          return answer;
        }
        if (tries === GET_TRIES) {
          if (answer.kind === "reply") {
            return answer;
          }
          throw new RunFailedError({ kind: "Unreachable", host, detail: answer.detail, afterTries: tries });
        }
        await outside.sleep(repeatDelayMs(answer, tries, outside.nowMs()), signal);
      }
    },
  };
}

/**
 * The token goes along with the request, so it must not leave ARM.
 *
 * @throws RunFailedError `ForeignUrl` when the URL is not one of this cloud's ARM.
 */
function trustedUrl(url: string, host: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === "https:" && (parsed.host === host || parsed.host.endsWith(`.${host}`))) {
    return url;
  }
  throw new RunFailedError({ kind: "ForeignUrl", host, foreignHost: parsed?.host ?? "(no URL)" });
}

/** ARM answers every GET that succeeds with JSON: half of one says nothing, least of all that something is not there. */
function unlessCut(answer: ArmAnswer): ArmAnswer {
  return answer.kind === "reply" && answer.status === 200 && parseJson(answer.body) === undefined
    ? { kind: "lost", detail: "the answer is cut off", mayHaveArrived: true }
    : answer;
}

/** 408, 429 and every 5xx: Azure asks for patience or has a passing fault. */
function isWorthRepeating(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function repeatDelayMs(answer: ArmAnswer, tries: number, nowMs: number): number {
  const askedMs = answer.kind === "reply" ? retryAfterMs(answer.header("retry-after"), nowMs) : undefined;
  const wantedMs = Math.max(askedMs ?? GET_RETRY_DELAY_MIN_MS * 2 ** (tries - 1), GET_RETRY_DELAY_MIN_MS);
  return Math.min(wantedMs, GET_RETRY_DELAY_MAX_MS);
}

async function createPipeline(options: ArmClientOptions): Promise<Pipeline> {
  const { createPipelineFromOptions } = await import("@azure/core-rest-pipeline");
  const pipeline = createPipelineFromOptions({
    // The library repeats a POST after a lost reply without looking at the method, and follows redirects with the token.
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: options.userAgent },
  });
  pipeline.addPolicy(await armAuthorizationPolicy(options));
  return pipeline;
}

async function exchange(pipeline: Pipeline, request: PipelineRequest, outside: Outside): Promise<ArmAnswer> {
  try {
    const response = await pipeline.sendRequest(await outside.httpClient(), request);
    return {
      kind: "reply",
      status: response.status,
      header: (name) => response.headers.get(name),
      body: response.bodyAsText ?? "",
    };
  } catch (error) {
    if (error instanceof RunFailedError || request.abortSignal?.aborted === true) {
      throw error;
    }
    const text =
      error instanceof Error ? `${"code" in error ? String(error.code) : ""} ${error.message}` : String(error);
    return {
      kind: "lost",
      detail: networkErrorCode(text) ?? "the connection failed",
      mayHaveArrived: !/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|CERT|certificate/.test(text),
    };
  }
}
