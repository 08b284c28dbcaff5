/** Faults that a test asks for: what goes wrong, for which function or service, and how often. */

/** Chooses functions by a part of their logical id or name. */
export type FunctionChoice = string;

interface Often {
  /** Strikes at most so often. Default: once. */
  readonly count?: number;
  /** So many matching occasions pass first. Default: 0. */
  readonly skip?: number;
}

interface OnInvocation extends Often {
  readonly function: FunctionChoice;
  /** Only invocations with such an event. Default: all. */
  readonly where?: (event: unknown) => boolean;
}

export type Fault =
  /** An event reaches the function twice. `gapMs`: so long after the first one; default 0, which is at the same time. */
  | (OnInvocation & { readonly kind: "deliverTwice"; readonly gapMs?: number })
  /** An event waits before it reaches the function. Unit: milliseconds by the cloud's time. */
  | (OnInvocation & { readonly kind: "delayDelivery"; readonly ms: number })
  /**
   * The process ends at once, as by SIGKILL: so long after the handler was called, when it has logged such a line, or when
   * something has come to pass elsewhere.
   */
  | (OnInvocation & { readonly kind: "kill"; readonly afterMs: number })
  | (OnInvocation & { readonly kind: "kill"; readonly onLog: RegExp })
  | (OnInvocation & { readonly kind: "kill"; readonly when: Promise<unknown> })
  /** The process ends before the handler is called, or when it has done its work but before Lambda knows. */
  | (OnInvocation & { readonly kind: "crash"; readonly at: "beforeHandler" | "afterHandler" })
  /** CloudFormation never sees the answer of a custom resource, though its sender is told that it was stored. */
  | (Often & { readonly kind: "dropResponse"; readonly logicalId: string; readonly requestType?: string })
  /** A service refuses a call. */
  | (Often & {
      readonly kind: "refuse";
      /** As in IAM: `s3:GetObject`. */
      readonly action: string;
      readonly with: Refusal;
      /** Does what was asked all the same, and only then answers so. Default: no. */
      readonly acts?: boolean;
    });

export type Refusal = "internalError" | "throttle" | "accessDenied";

export type FaultKind = Fault["kind"];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;

interface Planned {
  readonly fault: Fault;
  skip: number;
  left: number;
}

export interface FaultyFunction {
  readonly logicalId: string;
  readonly name: string;
}

export class Faults {
  readonly #planned: Planned[] = [];

  add(...faults: readonly Fault[]): void {
    this.#planned.push(...faults.map((fault) => ({ fault, skip: fault.skip ?? 0, left: fault.count ?? 1 })));
  }

  clear(): void {
    this.#planned.length = 0;
  }

  /** Faults that a test added and that never struck as often as they could. */
  left(): readonly Fault[] {
    return this.#planned.filter(({ left }) => left > 0).map(({ fault }) => fault);
  }

  /** The fault of this kind that strikes an invocation, if any; it is used up by one. */
  ofInvocation<K extends "deliverTwice" | "delayDelivery" | "kill" | "crash">(
    kind: K,
    { logicalId, name }: FaultyFunction,
    event: unknown,
  ): FaultOf<K> | undefined {
    const strikes = ({ function: choice, where }: OnInvocation) =>
      (logicalId.includes(choice) || name.includes(choice)) && (where === undefined || where(event));
    return this.#strike(kind, (fault) => strikes(fault as OnInvocation));
  }

  ofResponse(logicalId: string, requestType: string): FaultOf<"dropResponse"> | undefined {
    return this.#strike(
      "dropResponse",
      (fault) =>
        fault.logicalId === logicalId && (fault.requestType === undefined || fault.requestType === requestType),
    );
  }

  ofCall(action: string): FaultOf<"refuse"> | undefined {
    return this.#strike("refuse", (fault) => fault.action.toLowerCase() === action.toLowerCase());
  }

  #strike<K extends FaultKind>(kind: K, matches: (fault: FaultOf<K>) => boolean): FaultOf<K> | undefined {
    for (const planned of this.#planned) {
      const { fault } = planned;
      if (fault.kind !== kind || planned.left === 0 || !matches(fault as FaultOf<K>)) {
        continue;
      }
      if (planned.skip > 0) {
        planned.skip -= 1;
        continue;
      }
      planned.left -= 1;
      return fault as FaultOf<K>;
    }
    return undefined;
  }
}
