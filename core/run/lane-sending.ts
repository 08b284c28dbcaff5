/** Brings what has its turn on a VM to Azure, and what came of it to those who wait for it. */
import type { RunCommandBody } from "../arm/invocation";
import { type InvokeEnd, invoke } from "../arm/invoke";
import type { Work } from "../arm/pace";
import { isInterruption, RunFailedError } from "../failures/errors";
import type { GuestRequest, Report } from "../guest/protocol";
import { OPERATION_OVERHEAD_MAX_MS } from "../limits";
import { sendApart } from "./apart";
import { BusyTime } from "./busy-time";
import { delayAll, type Eviction, isForRun, type LaneWatcher, type WaitingRequest, watchersOf } from "./lane-item";
import type { LaneParts } from "./lane-options";
import { commandWork, workOf } from "./lane-work";
import { callRunner, type SendOptions } from "./runner-call";
import { requireSameVm } from "./same-vm";
import { sliceSecondsFor } from "./wait-slices";

export interface LaneSendingOptions
  extends Pick<LaneParts, "client" | "outside" | "target" | "waitSliceSeconds" | "pace" | "watch" | "signal"> {
  /** Aborts when the deployment is interrupted. */
  readonly stopped: AbortSignal;
}

export class LaneSending {
  private readonly busy: BusyTime;
  private lastNewAtMs = 0;
  /** Since a run was asked for that takes no turn on the VM. */
  private mayComeBeside = false;

  constructor(private readonly options: LaneSendingOptions) {
    this.busy = new BusyTime(options.watch);
  }

  /** A request has come for this VM: how long the calls from now on wait for ends depends on it. */
  note(request: GuestRequest, beside: boolean): void {
    if (request.verb === "run") {
      this.lastNewAtMs = this.options.watch.nowMs();
    }
    this.mayComeBeside ||= beside || (request.verb === "run" && request.beside);
  }

  /**
   * Sends requests as one call, and again in parts where Azure refuses it for what is in one of them. Each of them is answered or
   * has failed at the end.
   *
   * @param unsent told of those that were not sent, since the deployment was interrupted.
   */
  async together(group: readonly WaitingRequest[], unsent: (item: WaitingRequest) => void): Promise<void> {
    const { vmName } = this.options.target;
    this.busy.callBegins();
    await sendApart(group, {
      send: remembering((part, mayHaveBegun) => this.call(part, mayHaveBegun)),
      answered: ({ resolve }, report: Report) => resolve(report),
      failed: (item, error) => {
        if (isInterruption(error)) {
          unsent(item);
        }
        item.reject(error);
      },
      concerns: whomItConcerns,
      onParting: (part) =>
        delayAll(watchersOf(part), `Azure refused what was sent together to '${vmName}': it is sent in parts`),
    });
    this.busy.callEnded();
  }

  /** Sends a command that the runner has no part in. */
  command(
    body: RunCommandBody,
    watchers: readonly LaneWatcher[],
    options: Omit<SendOptions, "operationMaxMs">,
  ): Promise<InvokeEnd> {
    const operationMaxMs = OPERATION_OVERHEAD_MAX_MS;
    return this.invoke(body, commandWork(body), watchers, { ...options, operationMaxMs });
  }

  private async call(group: readonly WaitingRequest[], mayHaveBegun: boolean): Promise<readonly Report[]> {
    const { outside, target, waitSliceSeconds, watch, stopped } = this.options;
    const requests = group.map(({ request }) => request);
    const watchers = watchersOf(group);
    const evict = group.find((waiting) => waiting.evict !== undefined)?.evict;
    const calmForMs = watch.nowMs() - this.lastNewAtMs;
    const sliceSeconds = sliceSecondsFor({ waitSliceSeconds, mayComeBeside: this.mayComeBeside, calmForMs });
    const work = workOf(requests, sliceSeconds);
    const sameVm = () => requireSameVm(target.vmName, group);
    if (mayHaveBegun) {
      await sameVm();
    }
    return callRunner({
      vmName: target.vmName,
      requests,
      nonce: outside.randomHex(16),
      sliceSeconds,
      busyForSeconds: this.busy.seconds(),
      requireSameVm: sameVm,
      onBusy: evict && (() => this.evict(evict, watchers)),
      stopped: requests.some(isForRun) && !mayHaveBegun ? stopped : undefined,
      send: (body, options) => this.invoke(body, work, watchers, options),
      onDelay: (why) => delayAll(watchers, why),
    });
  }

  /** Azure refuses a run while another is out, but takes the removal of the extension, which ends that one. */
  private async evict({ body, done }: Eviction, watchers: readonly LaneWatcher[]): Promise<void> {
    delayAll(watchers, `another client's command is out on '${this.options.target.vmName}': it is ended`);
    await this.command(body, watchers, { afterLoss: async () => "sendAgain" }).catch((error: unknown) => {
      throw error instanceof RunFailedError ? new EvictionFailed(error, false) : error;
    });
    done();
  }

  private invoke(
    body: RunCommandBody,
    work: Work,
    watchers: readonly LaneWatcher[],
    options: SendOptions,
  ): Promise<InvokeEnd> {
    const { client, outside, target, pace } = this.options;
    const signals = [this.options.signal, options.signal].filter((one) => one !== undefined);
    return invoke({
      ...options,
      client,
      outside,
      target,
      body,
      work,
      pace,
      signal: signals.length === 0 ? undefined : AbortSignal.any(signals),
      onDelay: (why) => delayAll(watchers, why),
      onRunning: (elapsedMs) => {
        for (const watcher of watchers) watcher.inProgress(elapsedMs);
      },
    });
  }
}

/** What may have begun in a call that failed may have begun for all calls after it. */
function remembering(
  call: (part: readonly WaitingRequest[], mayHaveBegun: boolean) => Promise<readonly Report[]>,
): (part: readonly WaitingRequest[]) => Promise<readonly Report[]> {
  const begun = new Set<WaitingRequest>();
  return async (part) => {
    const mayHaveBegun = part.some((item) => begun.has(item));
    try {
      return await call(part, mayHaveBegun);
    } catch (error) {
      const told = mayHaveBegun && error instanceof RunFailedError ? error.afterItMayHaveRun() : error;
      if (told instanceof RunFailedError && told.mayHaveRun) {
        for (const item of part) begun.add(item);
      }
      throw told;
    }
  };
}

/**
 * What is in the way could not be ended: of those alone that asked for that. Whether their scripts may have begun is of their own
 * call, and not of the command that was to end it.
 */
class EvictionFailed extends RunFailedError {
  constructor(
    private readonly eviction: RunFailedError,
    mayHaveRun: boolean,
  ) {
    super(eviction.failure, mayHaveRun, eviction.subject, eviction.evidence);
  }

  override afterItMayHaveRun(): RunFailedError {
    return new EvictionFailed(this.eviction, true);
  }
}

function whomItConcerns(error: unknown): ((item: WaitingRequest) => boolean) | undefined {
  if (error instanceof EvictionFailed) {
    return ({ evict }) => evict !== undefined;
  }
  if (error instanceof RunFailedError && error.failure.kind === "VmReplaced") {
    // What only asks, or takes something away, does no harm on another VM.
    return ({ request }) => request.verb === "run";
  }
  return isInterruption(error) ? ({ request }) => isForRun(request) : undefined;
}
