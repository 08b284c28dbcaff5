/** What one reply of ARM means for a long-running operation. Pure: time is passed in. */
import { at, parseJson, textAt } from "../json";
import { TIMER_MAX_MS } from "../limits";

/** The parts of a reply that carry meaning. */
export interface ReplyFacts {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: string;
}

/** An error as ARM and Compute write it. Empty strings where the body has none. */
export interface ArmError {
  readonly code: string;
  readonly message: string;
  /** Compute puts numbers of its throttling here. */
  readonly details?: readonly ArmError[];
}

export type PostMeaning =
  /** Azure took the request; `pollUrl` tells how it goes. */
  | { readonly kind: "accepted"; readonly pollUrl: string; readonly retryAfterMs: number | undefined }
  /** Azure answered at once (allowed by the specification, never seen). */
  | { readonly kind: "done"; readonly message: string | undefined }
  /** Azure did not take the request because of something that passes: sending it again runs nothing twice. */
  | { readonly kind: "busy"; readonly error: ArmError; readonly retryAfterMs: number | undefined }
  | { readonly kind: "throttled"; readonly error: ArmError; readonly retryAfterMs: number | undefined }
  /** Azure did not take the request and will not take it again as it is. */
  | { readonly kind: "refused"; readonly status: number; readonly error: ArmError }
  /** Azure took the request, and gave nothing by which to follow it. */
  | { readonly kind: "unclear"; readonly status: number }
  /** A fault on Azure's side: whether the request was taken is not known. */
  | { readonly kind: "uncertain"; readonly status: number; readonly error: ArmError };

export type PollMeaning =
  | { readonly kind: "running"; readonly retryAfterMs: number | undefined }
  /** The operation succeeded. This says nothing about the script. */
  | { readonly kind: "succeeded"; readonly message: string | undefined }
  | { readonly kind: "failed"; readonly error: ArmError }
  | { readonly kind: "canceled"; readonly error: ArmError }
  /** The reply is not about an operation at all (for example 404: the operation is forgotten). */
  | { readonly kind: "strange"; readonly status: number; readonly error: ArmError };

/** Meaning of the answer to `POST …/runCommand`. */
export function readPostReply(reply: ReplyFacts, nowMs: number): PostMeaning {
  const pollUrl = reply.header("azure-asyncoperation") ?? reply.header("location");
  const waitMs = retryAfterMs(reply.header("retry-after"), nowMs);
  if (reply.status === 202 && pollUrl !== undefined) {
    return { kind: "accepted", pollUrl, retryAfterMs: waitMs };
  }
  if (reply.status === 200) {
    return { kind: "done", message: outputMessage(parseJson(reply.body)) };
  }
  const error = readArmError(reply.body);
  if (reply.status === 429) {
    return { kind: "throttled", error, retryAfterMs: waitMs };
  }
  if (reply.status === 409 && isPassingConflict(error)) {
    return { kind: "busy", error, retryAfterMs: waitMs };
  }
  if (reply.status >= 500 || reply.status === 408) {
    return { kind: "uncertain", status: reply.status, error };
  }
  return reply.status < 300
    ? { kind: "unclear", status: reply.status }
    : { kind: "refused", status: reply.status, error };
}

/**
 * Another run in progress, a concurrent change, or a power change under way: Azure refused, and will not for long.
 * Source: the 409 answers collected in Azure/azure-cli#32305 and #19137; Learn, "Azure VM error messages".
 */
function isPassingConflict(error: ArmError): boolean {
  if (error.code === "Conflict") {
    return true;
  }
  return (
    error.code === "OperationNotAllowed" &&
    /another operation is in progress|is changing power state/.test(error.message)
  );
}

/** Meaning of the answer to a `GET` of an operation's URL. */
export function readPollReply(reply: ReplyFacts, nowMs: number): PollMeaning {
  const document = parseJson(reply.body);
  const waitMs = retryAfterMs(reply.header("retry-after"), nowMs);
  if (reply.status === 202) {
    return { kind: "running", retryAfterMs: waitMs };
  }
  if (reply.status !== 200) {
    return { kind: "strange", status: reply.status, error: readArmError(reply.body) };
  }
  const status = textAt(document, "status");
  if (status === undefined) {
    return { kind: "succeeded", message: outputMessage(document) };
  }
  switch (status.toLowerCase()) {
    case "succeeded":
      return { kind: "succeeded", message: outputMessage(document) };
    case "failed":
      return { kind: "failed", error: readArmError(reply.body) };
    case "canceled":
    case "cancelled":
      return { kind: "canceled", error: readArmError(reply.body) };
    default:
      // Anything else means that it still runs. Source: Learn, "Track asynchronous Azure operations".
      return { kind: "running", retryAfterMs: waitMs };
  }
}

/**
 * The message of the first status entry, wherever this api-version has it: `properties.output.value`, the bare array
 * `properties.output` (until 2017-12-01), or `value` (answers of `Location`).
 */
function outputMessage(document: unknown): string | undefined {
  return (
    textAt(document, "properties", "output", "value", 0, "message") ??
    textAt(document, "properties", "output", 0, "message") ??
    textAt(document, "value", 0, "message")
  );
}

/** Reads `{"error": {code, message}}`, and the bare inner object that Compute sent in older answers. */
export function readArmError(body: string): ArmError {
  const document = parseJson(body);
  const error = at(document, "error") ?? document;
  const details = at(error, "details");
  const own = codeAndMessage(error);
  return Array.isArray(details) && details.length > 0 ? { ...own, details: details.map(codeAndMessage) } : own;
}

function codeAndMessage(error: unknown): ArmError {
  return { code: textAt(error, "code") ?? "", message: textAt(error, "message") ?? "" };
}

/**
 * Milliseconds that a `Retry-After` header asks for: whole seconds or an HTTP date (RFC 9110, section 10.2.3), never
 * more than a timer can hold.
 *
 * @returns undefined when there is no such header, or one that cannot be read.
 */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  const askedMs = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isFinite(askedMs) ? Math.min(Math.max(askedMs, 0), TIMER_MAX_MS) : undefined;
}
