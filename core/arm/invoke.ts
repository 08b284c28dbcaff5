/** Sends one run command to a VM and follows it to the end of its operation. */

import { RunFailedError, type RunFailure } from "../failures/errors";
import type { Outside } from "../outside";
import type { ArmAnswer, ArmClient } from "./arm-client";
import { RUN_COMMAND_ACTION, type RunCommandBody, runCommandPath, type VmTarget } from "./invocation";
import { type ArmError, type PostMeaning, readPostReply } from "./lro";
import { followOperation, type OperationEnd, type Pace } from "./poll";

/** How long a VM may be busy with somebody else's run: Azure's own limit for one run, and some time around it. */
const BUSY_MAX_MS = 95 * 60_000;
const BUSY_DELAY_MIN_MS = 2_000;
const BUSY_DELAY_MAX_MS = 15_000;
const LOSSES_MAX = 5;
const LOSS_DELAY_MS = 3_000;

export interface InvokeOptions {
  readonly client: ArmClient;
  readonly outside: Outside;
  readonly target: VmTarget;
  readonly body: RunCommandBody;
  readonly pace: Pace;
  /** How long the operation may take once Azure has it. */
  readonly operationMaxMs: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * Asked after an answer was lost, before the command is sent again. It says why that is safe (`sendAgain`), or that
   * the command has had its effect already (`done`).
   */
  afterLoss(): Promise<"sendAgain" | "done">;
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
  const progress: Progress = { mayHaveRun: false, losses: 0, refusals: 0, startedAtMs: options.outside.nowMs() };
  try {
    for (;;) {
      const answer = await options.client.post(runCommandPath(options.target), options.body, options.signal);
      const end = await takeAnswer(answer, options, progress);
      if (end !== undefined) {
        return end;
      }
    }
  } catch (error) {
    throw error instanceof RunFailedError && progress.mayHaveRun ? error.afterItMayHaveRun() : error;
  }
}

interface Progress {
  mayHaveRun: boolean;
  losses: number;
  refusals: number;
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
      throw new RunFailedError(classifyRefusal(meaning.status, meaning.error, options.target));
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
        throw new RunFailedError(classifyRefusal(end.status, end.error, target));
      }
      return { kind: "dropped", error: end.error };
    case "failed":
      throw new RunFailedError({ kind: "OperationFailed", vmName, ...end.error });
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
  await options.outside.sleep(LOSS_DELAY_MS * progress.losses, options.signal);
  return mayHaveArrived && (await options.afterLoss()) === "done" ? { kind: "done" } : undefined;
}

/** Azure refused to take the command now, so sending it again runs nothing twice. */
async function waitForTurn(
  meaning: Extract<PostMeaning, { kind: "busy" | "throttled" }>,
  options: InvokeOptions,
  progress: Progress,
): Promise<void> {
  const { outside, target } = options;
  const waitedMs = outside.nowMs() - progress.startedAtMs;
  if (waitedMs > BUSY_MAX_MS) {
    const waitedSeconds = Math.round(waitedMs / 1_000);
    throw new RunFailedError({
      kind: "Busy",
      vmName: target.vmName,
      waitedSeconds,
      message: meaning.error.message,
    });
  }
  const wantedMs = meaning.retryAfterMs ?? Math.min(BUSY_DELAY_MIN_MS * 2 ** progress.refusals, BUSY_DELAY_MAX_MS);
  const delayMs = Math.min(wantedMs, BUSY_MAX_MS - waitedMs + 1);
  progress.refusals += 1;
  options.onDelay?.(
    meaning.kind === "busy"
      ? `'${target.vmName}' is busy with another run command: waiting for its turn`
      : `Azure asks for patience (too many requests): waiting ${Math.ceil(delayMs / 1_000)} s`,
  );
  await outside.sleep(delayMs, options.signal);
}

/** Azure's refusals, each with its own meaning. Source: the collected answers in Learn, "Azure VM error messages". */
export function classifyRefusal(
  status: number,
  error: ArmError,
  target: VmTarget,
  /** The right that was needed, for the case that Azure's sentence does not name it. */
  neededAction: string = RUN_COMMAND_ACTION,
): RunFailure {
  const { vmName, resourceGroupName } = target;
  const { code, message } = error;
  if (status === 404 && ["ResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound"].includes(code)) {
    return { kind: "VmNotFound", vmName, resourceGroupName, message };
  }
  if (code === "AuthorizationFailed") {
    const action = /perform action '([^']+)'/.exec(message)?.[1] ?? neededAction;
    return { kind: "NotAuthorized", vmName, action, message };
  }
  if (code === "ScopeLocked") {
    return { kind: "ScopeLocked", vmName, message };
  }
  if (code === "OperationNotAllowed" && /requires the VM to be running|deallocated/.test(message)) {
    return { kind: "VmNotRunning", vmName, powerState: "not running" };
  }
  return { kind: "RequestRefused", vmName, status, code, message };
}
