/** Follows one ARM operation to its end: asks, sleeps, asks again, up to a deadline. */

import type { Outside } from "../outside";
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
    if (watch.elapsedMs() >= deadlineMs) {
      return { kind: "deadline", waitedMs: watch.elapsedMs(), polls: moment.polls };
    }
    await sleepUntilDue(moment, options, watch);
    const { lastMs } = moment;
    const worth = () => worthOfPoll(options, lastMs, watch.elapsedMs());
    pace.asks(work, watch.elapsedMs());
    const reply = await client.get(options.pollUrl, signal, worth);
    const meaning = readPollReply(reply, outside.nowMs());
    const elapsedMs = watch.elapsedMs();
    if (meaning.kind !== "running") {
      if (meaning.kind === "succeeded") {
        pace.succeeded(work, lastMs, elapsedMs);
      }
      return meaning;
    }
    pace.goesOn(work, lastMs, elapsedMs);
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

/** What other operations show meanwhile puts it off. */
async function sleepUntilDue(moment: PollMoment, options: FollowOptions, watch: Stopwatch): Promise<void> {
  for (;;) {
    const dueAtMs = Math.min(nextPollAtMs(moment, options.pace), options.deadlineMs);
    const leftMs = dueAtMs - watch.elapsedMs();
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

/** Goes on while the clock of the machine is set back, and by no less than was slept. */
class Stopwatch {
  private passedMs = 0;
  private readAtMs: number;

  constructor(private readonly outside: Outside) {
    this.readAtMs = outside.nowMs();
  }

  elapsedMs(): number {
    this.read(0);
    return this.passedMs;
  }

  async sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    this.read(0);
    await this.outside.sleep(ms, signal);
    this.read(ms);
  }

  private read(atLeastMs: number): void {
    const nowMs = this.outside.nowMs();
    this.passedMs += Math.max(nowMs - this.readAtMs, atLeastMs);
    this.readAtMs = nowMs;
  }
}
