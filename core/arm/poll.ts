/** Follows one ARM operation to its end: asks, sleeps, asks again, up to a deadline. */

import type { Outside } from "../outside";
import type { ArmClient } from "./arm-client";
import { type PollMeaning, readPollReply } from "./lro";
import { nextPollDelayMs } from "./poll-schedule";

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
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
  /** Called after each poll that says that the operation runs. */
  onRunning?(elapsedMs: number): void;
}

/** What a process has learned of how long operations take. */
export interface Pace {
  fastestMs: number | undefined;
}

export async function followOperation(options: FollowOptions): Promise<OperationEnd> {
  const { client, outside, pace } = options;
  const startedAtMs = outside.nowMs();
  let retryAfterMs = options.retryAfterMs;
  for (let polls = 0; ; polls++) {
    const elapsedMs = outside.nowMs() - startedAtMs;
    const leftMs = options.deadlineMs - elapsedMs;
    if (leftMs <= 0) {
      return { kind: "deadline", waitedMs: elapsedMs, polls };
    }
    const delayMs = nextPollDelayMs({ elapsedMs, fastestMs: pace.fastestMs, retryAfterMs });
    await outside.sleep(Math.min(delayMs, leftMs), options.signal);
    const meaning = readPollReply(await client.get(options.pollUrl, options.signal), outside.nowMs());
    const nowElapsedMs = outside.nowMs() - startedAtMs;
    if (meaning.kind !== "running") {
      pace.fastestMs = Math.min(pace.fastestMs ?? Number.POSITIVE_INFINITY, nowElapsedMs);
      return meaning;
    }
    retryAfterMs = meaning.retryAfterMs;
    options.onRunning?.(nowElapsedMs);
  }
}
