/** What a fault does, as a value for those who act on replies and on operations. Pure. */
import type { Fault } from "./fault";

/** Answers that take the place of the right one, with nothing done. */
export type Substitute =
  | { readonly kind: "server-error"; readonly status: 500 | 502 | 503 }
  | { readonly kind: "throttled"; readonly retryAfterSeconds: number | undefined }
  | { readonly kind: "run-in-progress" }
  | { readonly kind: "concurrent-request" }
  | { readonly kind: "token-expired" };

/** What happens to the operation that a POST starts. */
export type OperationFault =
  /** `forMs` undefined: for ever. */
  | { readonly kind: "stuck"; readonly forMs: number | undefined }
  | { readonly kind: "preempted" }
  | { readonly kind: "agent-silent" }
  | { readonly kind: "reboot"; readonly afterMs: number };

export type Effect =
  | {
      readonly kind: "no-answer";
      /** True when the service does what is asked for first. */
      readonly done: boolean;
      readonly end: "close" | "reset";
      readonly afterMs: number;
    }
  | { readonly kind: "other-answer"; readonly answer: Substitute }
  | { readonly kind: "other-operation"; readonly operation: OperationFault }
  /** Half of the body, and the connection ends. */
  | { readonly kind: "truncated" }
  /** Half of the body, as if that were all. */
  | { readonly kind: "cut-json" };

/** Source of both: our choice, see the contract in `FAULT_TRAITS`. */
const REBOOT_DEFAULT_MS = 500;
const RETRY_AFTER_DEFAULT_MS = 1_000;

export function effectOf(fault: Fault): Effect {
  const afterMs = fault.ms ?? 0;
  switch (fault.name) {
    case "reply-lost-before":
      return { kind: "no-answer", done: false, end: "close", afterMs };
    case "reply-lost-after":
      return { kind: "no-answer", done: true, end: "close", afterMs };
    case "connection-reset":
      return { kind: "no-answer", done: false, end: "reset", afterMs };
    case "status-500":
      return { kind: "other-answer", answer: { kind: "server-error", status: 500 } };
    case "status-502":
      return { kind: "other-answer", answer: { kind: "server-error", status: 502 } };
    case "status-503":
      return { kind: "other-answer", answer: { kind: "server-error", status: 503 } };
    case "throttled":
      return { kind: "other-answer", answer: { kind: "throttled", retryAfterSeconds: undefined } };
    case "throttled-retry-after": {
      const retryAfterSeconds = Math.ceil((fault.ms ?? RETRY_AFTER_DEFAULT_MS) / 1_000);
      return { kind: "other-answer", answer: { kind: "throttled", retryAfterSeconds } };
    }
    case "conflict-running":
      return { kind: "other-answer", answer: { kind: "run-in-progress" } };
    case "conflict-concurrent":
      return { kind: "other-answer", answer: { kind: "concurrent-request" } };
    case "token-expired":
      return { kind: "other-answer", answer: { kind: "token-expired" } };
    case "operation-stuck":
      return { kind: "other-operation", operation: { kind: "stuck", forMs: fault.ms } };
    case "operation-preempted":
      return { kind: "other-operation", operation: { kind: "preempted" } };
    case "agent-not-ready":
      return { kind: "other-operation", operation: { kind: "agent-silent" } };
    case "reboot":
      return { kind: "other-operation", operation: { kind: "reboot", afterMs: fault.ms ?? REBOOT_DEFAULT_MS } };
    case "poll-truncated":
      return { kind: "truncated" };
    case "poll-cut-json":
      return { kind: "cut-json" };
  }
}
