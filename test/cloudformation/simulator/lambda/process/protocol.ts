/** What the simulator and a Lambda process say to each other. */
import type { TimeScale } from "../../clock";

/** Given to the process as its only argument, as JSON. */
export interface ProcessSettings {
  readonly time: TimeScale;
  /** Where requests to hosts of `RESPONSE_HOST_SUFFIX` go instead. */
  readonly responsePort: number;
}

/**
 * Ends the names of hosts to which custom resources send their answers. It is no host of anybody.
 * Source: RFC 6761, section 6.3 (`localhost.` is always this machine).
 */
export const RESPONSE_HOST_SUFFIX = ".amazonaws.localhost";

export interface InvokeMessage {
  readonly requestId: string;
  /** JSON. */
  readonly payload: string;
  readonly functionArn: string;
  /** By the cloud's time, in milliseconds since 1970. */
  readonly deadlineMs: number;
  /** What the cloud has skipped of its time. Unit: milliseconds. */
  readonly skippedMs: number;
  readonly crash?: "beforeHandler" | "afterHandler";
}

/** The error document of a failed invocation. Source: AWS Lambda Developer Guide, "Lambda function errors in Node.js". */
export interface FunctionErrorDocument {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** The handler is loaded, or cannot be: then each invocation says why. */
export interface ReadyMessage {
  readonly kind: "ready";
}

/** How an invocation ended. */
export type AnswerMessage =
  | { readonly kind: "returned"; readonly payload: string }
  /** `fatal`: the process ends now. */
  | { readonly kind: "threw"; readonly error: FunctionErrorDocument; readonly fatal: boolean };

/** Printed to stdout when an invocation is over, so that no line of it is taken for one of the next. */
export const END_OF_LOG = "\u0000end-of-invocation";
