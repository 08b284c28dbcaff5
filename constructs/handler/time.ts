/** How long one invocation may take, and how long a resource. Pure. */
import { HAND_OVER_AFTER_SECONDS, START_WITHIN_SECONDS } from "../resource-properties";
import type { StackRequest } from "./event";
import type { ResourceOptions } from "./inputs";

/**
 * What is kept of an invocation's time for what comes after the waiting: looking for the cause of a failure (30 s at most), reading
 * secrets, writing output to a bucket.
 */
const AFTERWARDS_MS = 75_000;

/** Between the moment from which on nothing is started, and that at which the waiting ends: for what has been sent meanwhile. */
const SENT_LAST_MS = 45_000;

/** How long a look may take that begins when the time is over: CloudFormation's hour ends 5 minutes later. */
const LAST_LOOK_MS = 120_000;

/** What CloudFormation is to be left of the time that it waits, when that is shorter than an hour. */
const ANSWER_BEFORE_SECONDS = 300;

/** How long one look at a deletion may take, and how long of it the end of a `delete` script is waited for. Source: our own choice. */
const DELETION_LOOK_MS = 13 * 60_000;
const DELETE_SCRIPT_WAIT_MS = 5 * 60_000;

/** What one more wait for a script takes: a slice of 60 s and what is around it. */
const ONE_MORE_WAIT_MS = 90_000;

export interface InvocationTime {
  readonly nowMs: number;
  /** What the function has left, as AWS Lambda says. */
  readonly remainingMs: number;
}

/** Longest that CloudFormation waits, and that AWS Lambda keeps an event. Source: ServiceTimeout, 3,600 s; `provider.ts`. */
const EVENT_AGE_MAX_MS = 3_600_000;

/**
 * From when CloudFormation's time is counted: its operation begins when it sends the request, if only it is known when that was.
 * An event can wait for its function, and comes again when that has died.
 *
 * Source: AWS::CloudFormation::CustomResource, ServiceTimeout: "the maximum time that can elapse" in an operation.
 */
export function countedFromMs({ sentAtMs }: Pick<StackRequest, "sentAtMs">, nowMs: number): number {
  return Math.max(Math.min(sentAtMs ?? nowMs, nowMs), nowMs - EVENT_AGE_MAX_MS);
}

export interface StartTimes {
  /** From then on nothing is sent any more. */
  readonly startsUntilMs: number;
  readonly waitsUntilMs: number;
}

export function startTimes(receivedAtMs: number, { nowMs, remainingMs }: InvocationTime): StartTimes {
  const waitsUntilMs = nowMs + remainingMs - AFTERWARDS_MS;
  return {
    startsUntilMs: Math.min(receivedAtMs + START_WITHIN_SECONDS * 1_000, waitsUntilMs - SENT_LAST_MS),
    waitsUntilMs,
  };
}

/** From then on a run that goes on is not followed any more, by this resource. */
export function followsUntilMs(
  receivedAtMs: number,
  { serviceTimeoutSeconds }: Pick<ResourceOptions, "serviceTimeoutSeconds">,
): number {
  const seconds = (serviceTimeoutSeconds ?? Number.POSITIVE_INFINITY) - ANSWER_BEFORE_SECONDS;
  return receivedAtMs + Math.max(0, Math.min(HAND_OVER_AFTER_SECONDS, seconds)) * 1_000;
}

/** How long one look may take: an operation of Azure's, mostly a minute and some seconds. */
export function lookMs(untilMs: number, { nowMs, remainingMs }: InvocationTime): number {
  const left = Math.max(untilMs + LAST_LOOK_MS - nowMs, LAST_LOOK_MS);
  return Math.min(left, remainingMs - AFTERWARDS_MS);
}

export interface DeletionTimes {
  readonly lookMs: number;
  /** Until then the end of a `delete` script is waited for. */
  readonly waitsUntilMs: number;
}

export function deletionTimes(untilMs: number, time: InvocationTime): DeletionTimes {
  const deletionLookMs = Math.min(DELETION_LOOK_MS, lookMs(untilMs, time));
  const waitMs = Math.min(DELETE_SCRIPT_WAIT_MS, deletionLookMs - ONE_MORE_WAIT_MS);
  return { lookMs: deletionLookMs, waitsUntilMs: time.nowMs + waitMs };
}
