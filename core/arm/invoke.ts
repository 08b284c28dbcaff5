/** Sends one run command to a VM and follows it to the end of its operation. */

import { RunFailedError } from "../failures/errors";
import type { Outside } from "../outside";
import type { ArmAnswer, ArmClient, PostQueue } from "./arm-client";
import { type RunCommandBody, runCommandPath, type VmTarget } from "./invocation";
import { type ArmError, type PostMeaning, readPostReply } from "./lro";
import type { Pace, Work } from "./pace";
import { followOperation, type OperationEnd } from "./poll";
import { classifyFailedOperation, classifyLongRefusal, classifyRefusedCommand, classifyRefusedPoll } from "./refusal";

/** How long a VM may be busy with somebody else's run: Azure's own limit for one run, and some time around it. */
const BUSY_MAX_MS = 95 * 60_000;
const BUSY_DELAY_MIN_MS = 2_000;
const BUSY_DELAY_MAX_MS = 15_000;
const RETRY_AFTER_MIN_MS = 1_000;
const LOSSES_MAX = 5;
const LOSS_DELAY_MS = 3_000;

export interface InvokeOptions {
  readonly client: ArmClient;
  readonly outside: Outside;
  readonly target: VmTarget;
  readonly body: RunCommandBody;
  /** What is known of how long it takes. */
  readonly work: Work;
  readonly pace: Pace;
  /** How long the operation may take once Azure has it. */
  readonly operationMaxMs: number;
  /** How long it may wait while Azure refuses it for now. @default 95 minutes */
  readonly turnMaxMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Asked after an answer was lost, before the command is sent again. It says why that is safe (`sendAgain`), or that
   * the command has had its effect already (`done`).
   */
  afterLoss(detail: string): Promise<"sendAgain" | "done">;
  /** Called once, when Azure first refuses the command because another one is out, before it is sent again. */
  readonly onBusy?: (() => Promise<void>) | undefined;
  /**
   * Aborts, with a `RunFailedError` as its reason, when nothing new is to be begun: what can have reached Azure goes on, all
   * else is not sent any more, and ends at once where it waits for that.
   */
  readonly stopped?: AbortSignal | undefined;
  onRunning?(elapsedMs: number): void;
  /** Told why it takes longer than it should. */
  onDelay?(why: string): void;
}

export type InvokeEnd =
  /** The operation succeeded; its message, if it had one. */
  | { readonly kind: "succeeded"; readonly message: string | undefined }
  /** `afterLoss` found that nothing is left to do. */
  | { readonly kind: "done" }
  /** The operation was pushed aside or forgotten: what it did on the VM is not known. */
  | { readonly kind: "dropped"; readonly error: ArmError };

/**
 * @throws RunFailedError; its `mayHaveRun` tells whether the command can have reached the VM.
 */
export async function invoke(options: InvokeOptions): Promise<InvokeEnd> {
  const progress: Progress = {
    mayHaveRun: false,
    losses: 0,
    refusals: 0,
    wasBusy: false,
    startedAtMs: options.outside.nowMs(),
  };
  try {
    const queue = queueOf(options, progress);
    for (;;) {
      const answer = await options.client.post(runCommandPath(options.target), options.body, options.signal, queue);
      const end = await takeAnswer(answer, options, progress);
      if (end !== undefined) {
        return end;
      }
    }
  } catch (error) {
    throw error instanceof RunFailedError && progress.mayHaveRun ? error.afterItMayHaveRun() : error;
  }
}

/** What becomes of the command while it waits for Azure's limits. */
function queueOf(options: InvokeOptions, progress: Progress): PostQueue {
  return {
    onHeld: (waitMs) =>
      options.onDelay?.(
        `Azure takes only so many commands a minute: the one for '${options.target.vmName}' waits ${Math.ceil(waitMs / 1_000)} s for its turn`,
      ),
    get signal() {
      return endOfWaiting(options, progress);
    },
  };
}

/** What ends the waiting for the command to be sent. */
function endOfWaiting({ signal, stopped }: InvokeOptions, { mayHaveRun }: Progress): AbortSignal | undefined {
  if (stopped === undefined || mayHaveRun) {
    return signal;
  }
  return signal === undefined ? stopped : AbortSignal.any([signal, stopped]);
}

interface Progress {
  mayHaveRun: boolean;
  losses: number;
  refusals: number;
  /** Whether what was in the way has been ended, where it is to be. */
  wasBusy: boolean;
  readonly startedAtMs: number;
}

/** @returns undefined when the command is to be sent again. */
async function takeAnswer(
  answer: ArmAnswer,
  options: InvokeOptions,
  progress: Progress,
): Promise<InvokeEnd | undefined> {
  if (answer.kind === "lost") {
    return afterLostAnswer(answer.detail, answer.mayHaveArrived, options, progress);
  }
  const meaning = readPostReply(answer, options.outside.nowMs());
  switch (meaning.kind) {
    case "accepted":
      progress.mayHaveRun = true;
      return follow(meaning, options, progress);
    case "done":
      progress.mayHaveRun = true;
      return { kind: "succeeded", message: meaning.message };
    case "busy":
      // After a lost answer it may be this very command that is out.
      if (options.onBusy !== undefined && !progress.wasBusy && !progress.mayHaveRun) {
        progress.wasBusy = true;
        progress.refusals += 1;
        await options.onBusy();
        return undefined;
      }
      await waitForTurn(meaning, options, progress);
      return undefined;
    case "throttled":
      await waitForTurn(meaning, options, progress);
      return undefined;
    case "uncertain":
      return afterLostAnswer(`status ${meaning.status} ${meaning.error.code}`.trim(), true, options, progress);
    case "unclear":
      progress.mayHaveRun = true;
      throw new RunFailedError({
        kind: "AnswerLost",
        vmName: options.target.vmName,
        commandId: options.body.commandId,
        detail: `status ${meaning.status} without a URL to follow`,
        afterTries: 1,
      });
    case "refused":
      throw new RunFailedError(
        classifyRefusedCommand(meaning.status, meaning.error, options.target, options.body.commandId),
      );
  }
}

async function follow(
  accepted: Extract<PostMeaning, { kind: "accepted" }>,
  options: InvokeOptions,
  progress: Progress,
): Promise<InvokeEnd> {
  const end = await followOperation({
    client: options.client,
    outside: options.outside,
    pollUrl: accepted.pollUrl,
    retryAfterMs: accepted.retryAfterMs,
    deadlineMs: options.operationMaxMs,
    work: options.work,
    pace: options.pace,
    signal: options.signal,
    onRunning: (elapsedMs) => options.onRunning?.(elapsedMs),
  });
  return endOfOperation(end, options.target, options.outside.nowMs() - progress.startedAtMs);
}

function endOfOperation(end: OperationEnd, target: VmTarget, waitedMs: number): InvokeEnd {
  const { vmName } = target;
  switch (end.kind) {
    case "succeeded":
      return { kind: "succeeded", message: end.message };
    case "canceled":
      return { kind: "dropped", error: end.error };
    case "strange":
      if (end.status === 403) {
        throw new RunFailedError(classifyRefusedPoll(end.status, end.error, target));
      }
      return { kind: "dropped", error: end.error };
    case "failed":
      throw new RunFailedError(classifyFailedOperation(end.error, target));
    case "deadline":
      throw new RunFailedError({
        kind: "DeadlinePassed",
        vmName,
        waitedSeconds: Math.round(waitedMs / 1_000),
        lastState: "InProgress",
      });
  }
}

async function afterLostAnswer(
  detail: string,
  mayHaveArrived: boolean,
  options: InvokeOptions,
  progress: Progress,
): Promise<InvokeEnd | undefined> {
  progress.losses += 1;
  progress.mayHaveRun ||= mayHaveArrived;
  options.signal?.throwIfAborted();
  if (progress.losses >= LOSSES_MAX) {
    const afterTries = progress.losses;
    throw new RunFailedError(
      progress.mayHaveRun
        ? {
            kind: "AnswerLost",
            vmName: options.target.vmName,
            commandId: options.body.commandId,
            detail,
            afterTries,
          }
        : { kind: "Unreachable", host: options.client.host, detail, afterTries },
    );
  }
  options.onDelay?.(`no answer from ${options.client.host} (${detail}): trying again`);
  await options.outside.sleep(LOSS_DELAY_MS * progress.losses, endOfWaiting(options, progress));
  return mayHaveArrived && (await options.afterLoss(detail)) === "done" ? { kind: "done" } : undefined;
}

/** Azure refused to take the command now, so sending it again runs nothing twice. */
async function waitForTurn(
  meaning: Extract<PostMeaning, { kind: "busy" | "throttled" }>,
  options: InvokeOptions,
  progress: Progress,
): Promise<void> {
  const { outside, target, turnMaxMs = BUSY_MAX_MS } = options;
  const waitedMs = outside.nowMs() - progress.startedAtMs;
  if (waitedMs > turnMaxMs) {
    const waitedSeconds = Math.round(waitedMs / 1_000);
    throw new RunFailedError(classifyLongRefusal(meaning, target.vmName, waitedSeconds));
  }
  const ownMs = Math.min(BUSY_DELAY_MIN_MS * 2 ** progress.refusals, BUSY_DELAY_MAX_MS);
  // A date that has passed, by a clock that is ahead, asks for no pause at all.
  const wantedMs = Math.max(meaning.retryAfterMs ?? ownMs, RETRY_AFTER_MIN_MS);
  const delayMs = Math.min(wantedMs, turnMaxMs - waitedMs + 1);
  progress.refusals += 1;
  options.onDelay?.(
    meaning.kind === "busy"
      ? `'${target.vmName}' is busy with another run command: waiting for its turn`
      : `Azure asks for patience (too many requests): waiting ${Math.ceil(delayMs / 1_000)} s`,
  );
  await outside.sleep(delayMs, endOfWaiting(options, progress));
}
