/** Follows one ARM operation to its end: asks, sleeps, asks again, up to a deadline. */

import type { Outside } from "../outside";
import { Stopwatch } from "../stopwatch";
import type { ArmClient } from "./arm-client";
import { type PollMeaning, readPollReply } from "./lro";
import type { Pace, Work } from "./pace";
import { nextPollAtMs, type PollMoment } from "./poll-schedule";
import { remainingIn } from "./request-limits";

export type OperationEnd =
  | Extract<PollMeaning, { kind: "succeeded" | "failed" | "canceled" | "strange" }>
  | { readonly kind: "deadline"; readonly waitedMs: number; readonly polls: number };

export interface FollowOptions {
  readonly client: ArmClient;
  readonly outside: Outside;
  readonly pollUrl: string;
  /** From the answer to the POST. */
  readonly retryAfterMs: number | undefined;
  readonly deadlineMs: number;
  readonly work: Work;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
  /** Called after each poll that says that the operation runs. */
  onRunning?(elapsedMs: number): void;
}

export async function followOperation(options: FollowOptions): Promise<OperationEnd> {
  const { client, outside, pace, work, signal, deadlineMs } = options;
  const watch = new Stopwatch(outside);
  let moment: PollMoment = {
    work,
    lastMs: 0,
    firstMs: undefined,
    polls: 0,
    left: undefined,
    retryAfterMs: options.retryAfterMs,
  };
  for (;;) {
    if (watch.nowMs() >= deadlineMs) {
      return { kind: "deadline", waitedMs: watch.nowMs(), polls: moment.polls };
    }
    await sleepUntilDue(moment, options, watch);
    const { lastMs } = moment;
    const worth = () => worthOfPoll(options, lastMs, watch.nowMs());
    pace.asks(work, watch.nowMs());
    const reply = await client.get(options.pollUrl, signal, worth);
    const isTold = !isPassingFault(reply.status);
    const meaning = isTold ? readPollReply(reply, outside.nowMs()) : UNTOLD;
    const elapsedMs = watch.nowMs();
    if (meaning.kind !== "running") {
      if (meaning.kind === "succeeded") {
        pace.succeeded(work, lastMs, elapsedMs);
      }
      return meaning;
    }
    if (isTold) {
      pace.goesOn(work, lastMs, elapsedMs);
    }
    moment = {
      work,
      lastMs: elapsedMs,
      firstMs: moment.firstMs ?? elapsedMs,
      polls: moment.polls + 1,
      left: remainingIn((name) => reply.header(name)).get("Microsoft.Compute/GetOperationResource"),
      retryAfterMs: meaning.retryAfterMs,
    };
    options.onRunning?.(elapsedMs);
  }
}

/** Nothing is known of the operation but that it was taken. */
const UNTOLD = { kind: "running", retryAfterMs: undefined } as const;

/** Which says nothing about the operation: Azure is too busy, or has a fault, for longer than a request is tried again. */
function isPassingFault(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** What other operations show meanwhile puts it off. */
async function sleepUntilDue(moment: PollMoment, options: FollowOptions, watch: Stopwatch): Promise<void> {
  for (;;) {
    const dueAtMs = Math.min(nextPollAtMs(moment, options.pace), options.deadlineMs);
    const leftMs = dueAtMs - watch.nowMs();
    if (leftMs <= 0) {
      return;
    }
    await watch.sleep(leftMs, options.signal);
  }
}

/** How likely a poll tells something. Before anything is known, whatever it says does. */
function worthOfPoll({ work, pace }: FollowOptions, lastMs: number, nowMs: number): number {
  const isUnknown = pace.askedUntilMs(work) !== undefined && nowMs < pace.startsAtMs(work);
  return isUnknown ? 1 : pace.chanceOfEnd(work, lastMs, nowMs);
}
