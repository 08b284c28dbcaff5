/** What every simulated service gets and gives: one call that IAM has looked at, one answer. */
import type { Principal } from "../iam/sessions";

export interface ServiceRequest {
  readonly method: string;
  /** As it was sent: percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly principal: Principal;
  /**
   * Asks IAM, and the faults of the test.
   *
   * @param context condition keys of the request.
   * @throws {AwsError} when the caller's role does not allow it, or a fault strikes.
   */
  authorize(action: string, resource: string, context?: Readonly<Record<string, readonly string[]>>): void;
  /** Whether the caller's role allows it; no fault strikes, and nothing is written down. */
  allowed(action: string, resource: string): boolean;
}

export interface ServiceReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface Service {
  handle(request: ServiceRequest): Promise<ServiceReply> | ServiceReply;
  /** An error in the service's own protocol. */
  refuse(error: AwsError, requestId: string): ServiceReply;
}

/** An error as a service reports it. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** The operation of a request that the simulator does not have. */
export function unknownOperation(service: string, operation: string): AwsError {
  return new AwsError(
    "UnknownOperationException",
    `the simulator does not know ${service}:${operation}; add it to test/cloudformation/simulator/services`,
    501,
  );
}

/** Source: each service's API reference, "Common Errors", and the texts of denied calls in the IAM User Guide. */
export const INTERNAL_ERROR = new AwsError("InternalFailure", "An internal error occurred (asked for by a test).", 500);
