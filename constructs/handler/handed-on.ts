/** What `onEvent` hands on to `isComplete`, which is given it at each look and cannot change it. Pure. */
import { at, isObject, textAt } from "../../core/json";
import type { Attributes } from "./response";

/** A run that is followed to its end. */
export interface FollowedRun {
  readonly key: string;
  readonly runId: string;
  /** The run whose output it can read, for what runs after a restart of the VM; absent: none. */
  readonly last?: string | undefined;
  /** Which versions of the secrets it was given, as JSON; absent: another request began it, and that is not known. */
  readonly secretVersions?: string | undefined;
  /** What it means that its receipt is gone, or that it cannot be looked at. */
  readonly whenGone: "fail" | "unknown";
  readonly whenUnreadable: "fail" | "unknown";
  /** Why `onEvent` cannot tell whether it has begun; absent: it has. */
  readonly doubt?: string | undefined;
}

/** What `isComplete` is to do. It is in the execution history of AWS Step Functions: no output of a sensitive resource. */
export type Next =
  | { readonly kind: "follow"; readonly run: FollowedRun }
  /** The script has ended: these are the attributes. */
  | { readonly kind: "answer"; readonly attributes: Attributes }
  /** A failure that comes from `isComplete`, so that CloudFormation sends a Delete after a Create. */
  | { readonly kind: "fail"; readonly reason: string }
  | { readonly kind: "delete" };

export interface HandedOn {
  /** From when CloudFormation's hour is counted, in milliseconds since 1970: when it sent the request, where that is known. */
  readonly receivedAtMs: number;
  /** In which state the stack was then; absent: that could not be seen. */
  readonly stackStatus?: string | undefined;
  /** Whether what the Update that is rolled back has begun elsewhere is to be taken off at last. */
  readonly leftover?: true | undefined;
  readonly next: Next;
}

export const HANDED_ON = "AzureRunCommand";

/** @returns undefined when `onEvent` of this package has not answered this event. */
export function readHandedOn(event: unknown): HandedOn | undefined {
  const handedOn = at(event, HANDED_ON);
  return isObject(handedOn) &&
    typeof handedOn.receivedAtMs === "number" &&
    textAt(handedOn, "next", "kind") !== undefined
    ? (handedOn as unknown as HandedOn)
    : undefined;
}

/** What `onEvent` answers. */
export interface OnEventAnswer {
  readonly PhysicalResourceId: string;
  readonly NoEcho?: true;
  readonly [HANDED_ON]: HandedOn;
}

/** What `isComplete` answers. */
export type IsCompleteAnswer =
  | { readonly IsComplete: false }
  | { readonly IsComplete: true; readonly NoEcho?: true; readonly Data?: Attributes };
