/** What Lambda knows of a function, and what it tells of its invocations. */
import type { FunctionErrorDocument } from "./process/protocol";

export interface LambdaFunction {
  /** In the template. */
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly handler: string;
  /** `nodejs22.x`, … Every function runs on this machine's Node. */
  readonly runtime: string;
  /** A folder with the function's code. */
  readonly taskRoot: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Of asynchronous invocations. */
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
}

/** How one invocation ended. */
export type Outcome =
  /** `payload`: JSON. */
  | { readonly kind: "returned"; readonly payload: string }
  | { readonly kind: "failed"; readonly error: FunctionErrorDocument };

export interface LogLine {
  /** By the cloud's time. */
  readonly atMs: number;
  /** The logical id of the function. */
  readonly function: string;
  readonly requestId: string | undefined;
  /** Without the line feed; what was one call of `console.log` is one line. */
  readonly text: string;
}

export interface Invocation {
  readonly function: string;
  readonly requestId: string;
  readonly event: unknown;
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: Outcome;
}

/**
 * What Lambda says when the process ended by itself or was killed.
 *
 * Source: recorded AWS answers in https://github.com/floci-io/floci/issues/3314 and LocalStack's validated snapshots
 * (named in https://github.com/floci-io/floci/pull/3505).
 */
export function exitError(requestId: string, code: number | null, signal: string | null): FunctionErrorDocument {
  const how =
    signal !== null ? `signal: ${SIGNAL_TEXTS[signal] ?? signal.toLowerCase()}` : `exit status ${String(code)}`;
  const text = code === 0 ? "Runtime exited without providing a reason" : `Runtime exited with error: ${how}`;
  return { errorType: "Runtime.ExitError", errorMessage: `RequestId: ${requestId} Error: ${text}` };
}

/** As Go prints them, in which Lambda's supervisor is written. Source: assumed but for `killed`. */
const SIGNAL_TEXTS: Readonly<Record<string, string>> = {
  SIGKILL: "killed",
  SIGABRT: "aborted",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
};

/** Source: as `exitError`. */
export function timeoutError(requestId: string, timeoutSeconds: number): FunctionErrorDocument {
  return {
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  };
}
