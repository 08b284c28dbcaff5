/** One HTTP exchange with Azure Resource Manager, with its token. A lost reply is an answer, not an exception. */
import type { Pipeline, PipelineRequest } from "@azure/core-rest-pipeline";
import { RunFailedError } from "../failures/errors";
import type { Outside } from "../outside";
import { armAuthorizationPolicy } from "../sign-in/authorization";
import type { Cloud } from "../sign-in/clouds";
import type { ArmCredential } from "../sign-in/credentials";
import { CUT_OFF_DETAIL, isCutOff, networkErrorCode } from "../sign-in/network-errors";

const EXCHANGE_TIMEOUT_MS = 60_000;

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
  /** Set where the beginning of an answer came. */
  readonly came?: "half";
}

/** Of which nothing can be used. */
export const CUT_OFF: LostReply = { kind: "lost", detail: CUT_OFF_DETAIL, mayHaveArrived: true, came: "half" };

export type ArmAnswer = ArmReply | LostReply;

export interface ExchangeOptions {
  readonly cloud: Cloud;
  readonly credential: ArmCredential;
  readonly outside: Outside;
  /** Name and version of what calls, for the User-Agent header. */
  readonly userAgent: string;
}

export interface Sent {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** Becomes JSON when it is sent, and not before: many wait for their turn, and the text of a command is long. */
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

async function pipelineRequest({ method, url, body, signal }: Sent): Promise<PipelineRequest> {
  const { createHttpHeaders, createPipelineRequest } = await import("@azure/core-rest-pipeline");
  const headers = createHttpHeaders({ accept: "application/json" });
  const request = createPipelineRequest({ url, method, headers, timeout: EXCHANGE_TIMEOUT_MS });
  if (body !== undefined) {
    headers.set("content-type", "application/json");
    request.body = JSON.stringify(body);
  }
  if (signal !== undefined) {
    request.abortSignal = signal;
  }
  return request;
}

export async function createPipeline(options: ExchangeOptions): Promise<Pipeline> {
  const { createPipelineFromOptions, decompressResponsePolicyName, tracingPolicyName } = await import(
    "@azure/core-rest-pipeline"
  );
  const pipeline = createPipelineFromOptions({
    // The library repeats a POST after a lost reply without looking at the method, and follows redirects with the token.
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: options.userAgent },
  });
  // Many polls of small answers: what each of them allocates counts. A poll's address, which is up to 4 KB long, costs 18 KB to
  // be made fit for a trace that nobody reads; to unpack an answer takes more memory than the answer.
  pipeline.removePolicy({ name: tracingPolicyName });
  pipeline.removePolicy({ name: decompressResponsePolicyName });
  pipeline.addPolicy(await armAuthorizationPolicy(options));
  return pipeline;
}

export async function exchange(pipeline: Pipeline, sent: Sent, outside: Outside): Promise<ArmAnswer> {
  const request = await pipelineRequest(sent);
  try {
    // Of the response only this is held as long as the answer is: its request has the whole body of a POST.
    const { status, headers, bodyAsText } = await pipeline.sendRequest(await outside.httpClient(), request);
    return { kind: "reply", status, header: (name) => headers.get(name), body: bodyAsText ?? "" };
  } catch (error) {
    if (error instanceof RunFailedError) {
      throw error;
    }
    if (request.abortSignal?.aborted === true) {
      // Nobody can tell how far it got.
      return { kind: "lost", detail: "it was not waited for any longer", mayHaveArrived: true };
    }
    if (isCutOff(error)) {
      return CUT_OFF;
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
