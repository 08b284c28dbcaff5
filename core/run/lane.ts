/** One VM's queue: what goes out next, and with whom. Azure runs one command at a time on a VM. */
import type { ArmClient } from "../arm/arm-client";
import { RUN_SHELL_SCRIPT_COMMAND_ID, type RunCommandBody, type VmTarget } from "../arm/invocation";
import { type InvokeEnd, type InvokeOptions, invoke } from "../arm/invoke";
import type { Pace } from "../arm/poll";
import { RunFailedError } from "../failures/errors";
import type { DecodedCall, GuestRequest, Report, RunnerCall, UnreadableWhy } from "../guest/protocol";
import { decodeCall } from "../guest/report";
import { encodeCall, measureCall, REQUESTS_PER_CALL_MAX } from "../guest/requests";
import { OPERATION_OVERHEAD_MAX_MS, SCRIPT_BASE64_MAX_CHARACTERS } from "../limits";
import type { Outside } from "../outside";

/** How often a call is sent again because its operation was pushed aside or its report did not come. */
const CALL_TRIES = 3;

export interface LaneOptions {
  readonly client: ArmClient;
  readonly outside: Outside;
  readonly target: VmTarget;
  /** How long one invocation waits inside the VM for scripts to end. */
  readonly waitSliceSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** Whoever waits for a request, and is told how it goes with it. */
export interface LaneWatcher {
  /** What others are told that they wait for. */
  readonly label: string;
  /** Something else is out. `behind` names those whose it is. */
  queued(behind: readonly string[]): void;
  /** Azure's operation for it is in progress, since `operationMs`. */
  inProgress(operationMs: number): void;
  /** Something takes longer than it should; a finished sentence. */
  delayed(why: string): void;
}

interface Waiting {
  readonly request: GuestRequest;
  readonly watcher: LaneWatcher;
  readonly evict: Eviction | undefined;
  readonly resolve: (report: Report) => void;
  readonly reject: (error: unknown) => void;
}

interface Alone {
  readonly work: () => Promise<void>;
  readonly watcher: LaneWatcher;
  readonly starts: boolean;
  readonly reject: (error: unknown) => void;
}

export interface SubmitOptions {
  /** Ends the waiting when it aborts, with a `RunFailedError` as its reason: what is still in the queue is not sent. */
  readonly signal?: AbortSignal | undefined;
  readonly evict?: Eviction | undefined;
}

/** Ends what another client runs on the VM when that is in the way. */
export interface Eviction {
  /** Is sent first, and ends it. */
  readonly body: RunCommandBody;
  /** Told when it has been ended. */
  done(): void;
}

export interface CommandOptions {
  /** Asked after an answer was lost, before the command is sent again. See `InvokeOptions`. */
  readonly afterLoss: InvokeOptions["afterLoss"];
  /** Whether it starts something, so that it is refused once the deployment was interrupted. */
  readonly starts: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Asked when its turn has come: whether it is still wanted. */
  wanted?(): boolean;
}

export class Lane {
  private readonly queue: (Waiting | Alone)[] = [];
  private running = false;
  /** Whose command is out. */
  private out: readonly LaneWatcher[] = [];
  /** Since the deployment was interrupted. */
  private startsNothing = false;
  private runsSubmitted = 0;
  private readonly labels = new Map<string, string>();
  private readonly pace: Pace = { fastestMs: undefined };

  constructor(private readonly options: LaneOptions) {}

  /**
   * Sends one request to the runner on this VM, together with whatever else waits for it.
   *
   * @throws RunFailedError
   */
  submit(request: GuestRequest, watcher: LaneWatcher, options: SubmitOptions = {}): Promise<Report> {
    return this.untilAborted(options.signal, (resolve, reject) => {
      // Throws when the request cannot be written at all, before it can spoil a call that carries others.
      fitsOneCall([request], this.options.waitSliceSeconds);
      if (this.startsNothing && isForRun(request)) {
        throw this.interrupted();
      }
      this.labels.set(request.key, watcher.label);
      if (request.verb === "run" && !request.endsOthers) {
        this.runsSubmitted += 1;
      }
      return this.enqueue({ request, watcher, evict: options.evict, resolve, reject });
    });
  }

  /** Sends a command that the runner has no part in, alone. */
  command(body: RunCommandBody, watcher: LaneWatcher, options: CommandOptions): Promise<InvokeEnd> {
    const { afterLoss, starts, signal, wanted } = options;
    return this.untilAborted(signal, (resolve, reject) => {
      if (this.startsNothing && starts) {
        throw this.interrupted();
      }
      const send = () =>
        this.invoke(body, [watcher], OPERATION_OVERHEAD_MAX_MS, {
          afterLoss,
          signal,
          mayStillSend: () => !(this.startsNothing && starts),
        });
      const work = async () => (wanted?.() === false ? { kind: "done" as const } : await send());
      return this.enqueue({ watcher, starts, reject, work: () => work().then(resolve, reject) });
    });
  }

  /** What is still in the queue when the signal aborts leaves it; what is out goes on without anybody who waits for it. */
  private untilAborted<Result>(
    signal: AbortSignal | undefined,
    begin: (resolve: (result: Result) => void, reject: (error: unknown) => void) => Waiting | Alone,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      signal?.throwIfAborted();
      const leave = () => {
        const place = this.queue.indexOf(item);
        if (place >= 0) {
          this.queue.splice(place, 1);
        }
        const reason: unknown = signal?.reason;
        reject(place < 0 && reason instanceof RunFailedError ? reason.afterItMayHaveRun() : reason);
      };
      // One signal may see many waits: none of them stays with it.
      const stay = () => signal?.removeEventListener("abort", leave);
      const item = begin(
        (result) => {
          stay();
          resolve(result);
        },
        (error) => {
          stay();
          reject(error);
        },
      );
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  /** Sends no run any more that has not been sent; what runs is still waited for, and what is to go still goes. */
  startNothing(): void {
    this.startsNothing = true;
    const starts = (item: Waiting | Alone) => ("request" in item ? isForRun(item.request) : item.starts);
    const refused = this.queue.filter(starts);
    const others = this.queue.filter((item) => !starts(item));
    this.queue.splice(0, this.queue.length, ...others);
    for (const { reject } of refused) {
      reject(this.interrupted());
    }
  }

  private interrupted(): RunFailedError {
    return new RunFailedError({ kind: "InterruptedBefore", vmName: this.options.target.vmName });
  }

  /** How many scripts of resources have been sent to this VM, or wait for that. What only takes away does not count. */
  get runs(): number {
    return this.runsSubmitted;
  }

  /** What the owner of a run is called, when this process has asked something of it on this VM. */
  labelOf(key: string): string | undefined {
    return this.labels.get(key);
  }

  private enqueue(item: Waiting | Alone): Waiting | Alone {
    this.queue.push(item);
    const behind = this.out.map((watcher) => watcher.label).filter((label) => label !== item.watcher.label);
    if (behind.length > 0) {
      item.watcher.queued(behind);
    }
    if (!this.running) {
      this.running = true;
      // What becomes ready in the same turn of the event loop goes out together.
      queueMicrotask(() => void this.drain());
    }
    return item;
  }

  private async drain(): Promise<void> {
    for (let first = this.queue[0]; first !== undefined; first = this.queue[0]) {
      if ("work" in first) {
        this.queue.shift();
        this.out = [first.watcher];
        await first.work();
      } else {
        const group = this.takeGroup();
        this.out = group.map((waiting) => waiting.watcher);
        await this.sendTogether(group);
      }
      this.out = [];
    }
    this.running = false;
  }

  /** As many of the waiting requests, in their order, as one call can carry. At least one. */
  private takeGroup(): readonly Waiting[] {
    const group: Waiting[] = [];
    for (let next = this.queue[0]; next !== undefined && !("work" in next); next = this.queue[0]) {
      const requests = [...group, next].map((waiting) => waiting.request);
      if (group.length > 0 && !fitsOneCall(requests, this.options.waitSliceSeconds)) {
        break;
      }
      group.push(next);
      this.queue.shift();
    }
    return group;
  }

  private async sendTogether(group: readonly Waiting[]): Promise<void> {
    try {
      const reports = await this.call(
        group.map((waiting) => waiting.request),
        group.map((waiting) => waiting.watcher),
        group.find((waiting) => waiting.evict !== undefined)?.evict,
      );
      group.forEach((waiting, index) => {
        const report = reports[index];
        if (report !== undefined) {
          waiting.resolve(report);
        }
      });
    } catch (error) {
      for (const waiting of group) {
        waiting.reject(error);
      }
    }
  }

  private async call(
    requests: readonly GuestRequest[],
    watchers: readonly LaneWatcher[],
    evict: Eviction | undefined,
  ): Promise<readonly Report[]> {
    const { outside, target, waitSliceSeconds } = this.options;
    // One nonce for all tries: whichever of them is answered, it is this call's answer.
    const call: RunnerCall = { nonce: outside.randomHex(16), waitSliceSeconds, requests };
    const body: RunCommandBody = { commandId: RUN_SHELL_SCRIPT_COMMAND_ID, script: [encodeCall(call)] };
    const operationMaxMs = waitSliceSeconds * 1_000 + OPERATION_OVERHEAD_MAX_MS;
    for (let tries = 1; ; tries++) {
      const mayHaveBegun = tries > 1;
      // Safe to send again: the runner's receipt makes a run happen once however often it is asked for.
      const end = await this.invoke(body, watchers, operationMaxMs, {
        afterLoss: async () => "sendAgain",
        onBusy: evict && (() => this.evict(evict, watchers)),
        // What may have begun is asked about all the same.
        mayStillSend: () => mayHaveBegun || !this.startsNothing || !requests.every(isForRun),
      }).catch((error: unknown) => {
        throw tries > 1 && error instanceof RunFailedError ? error.afterItMayHaveRun() : error;
      });
      const decoded = decodeEnd(end, call);
      if (decoded.kind === "reports") {
        return decoded.reports;
      }
      if (tries === CALL_TRIES || !isWorthAskingAgain(decoded.why)) {
        throw new RunFailedError(
          {
            kind: "ReportUnreadable",
            vmName: target.vmName,
            why: describeWhy(decoded.why),
            evidence: decoded.evidence,
          },
          true,
        );
      }
      delayAll(watchers, `asking '${target.vmName}' again: ${describeWhy(decoded.why)}`);
    }
  }

  /** Azure refuses a run while another is out, but takes the removal of the extension, which ends that one. */
  private async evict({ body, done }: Eviction, watchers: readonly LaneWatcher[]): Promise<void> {
    delayAll(watchers, `another client's command is out on '${this.options.target.vmName}': it is ended`);
    await this.invoke(body, watchers, OPERATION_OVERHEAD_MAX_MS, { afterLoss: async () => "sendAgain" });
    done();
  }

  private invoke(
    body: RunCommandBody,
    watchers: readonly LaneWatcher[],
    operationMaxMs: number,
    {
      afterLoss,
      onBusy,
      signal,
      mayStillSend,
    }: Pick<InvokeOptions, "afterLoss" | "onBusy" | "signal" | "mayStillSend">,
  ): Promise<InvokeEnd> {
    const { client, outside, target } = this.options;
    const signals = [this.options.signal, signal].filter((one) => one !== undefined);
    const { pace } = this;
    return invoke({
      client,
      outside,
      target,
      body,
      pace,
      onDelay: (why) => delayAll(watchers, why),
      operationMaxMs,
      signal: signals.length === 0 ? undefined : AbortSignal.any(signals),
      afterLoss,
      onBusy,
      mayStillSend,
      onRunning: (elapsedMs) => {
        for (const watcher of watchers) watcher.inProgress(elapsedMs);
      },
    });
  }
}

/** Whether it starts something, or is the look before that. */
function isForRun({ verb }: GuestRequest): boolean {
  return verb === "run" || verb === "list";
}

/**
 * Whether one call can carry these requests. Azure's limit is on the base64 text of the whole script. A list can fill an
 * answer, so it has one for itself.
 */
function fitsOneCall(requests: readonly GuestRequest[], waitSliceSeconds: number): boolean {
  const call: RunnerCall = { nonce: "0".repeat(32), waitSliceSeconds, requests };
  return (
    requests.length <= REQUESTS_PER_CALL_MAX &&
    (requests.length === 1 || requests.every(({ verb }) => verb !== "list")) &&
    measureCall(encodeCall(call)).base64Bytes <= SCRIPT_BASE64_MAX_CHARACTERS
  );
}

function decodeEnd(end: InvokeEnd, call: RunnerCall): DecodedCall {
  switch (end.kind) {
    case "succeeded":
      return decodeCall(end.message ?? "", call);
    case "dropped":
      return { kind: "unreadable", why: "Dropped", evidence: `${end.error.code}: ${end.error.message}` };
    case "done":
      return { kind: "unreadable", why: "NoFrame", evidence: "" };
  }
}

/** The receipt tells what became of the run, if only it is asked once more. */
function isWorthAskingAgain(why: UnreadableWhy): boolean {
  switch (why) {
    case "DidNotFinish":
    case "Dropped":
    case "BadChecksum":
    case "OtherNonce":
      return true;
    case "SampleScript":
    case "NoFrame":
      return false;
  }
}

function describeWhy(why: UnreadableWhy): string {
  switch (why) {
    case "SampleScript":
      return "Azure ran its own sample script instead of this one";
    case "DidNotFinish":
      return "the guest agent or the VM restarted before the runner had reported";
    case "Dropped":
      return "Azure lost sight of the command before its end";
    case "OtherNonce":
      return "Azure returned the result of another run";
    case "BadChecksum":
      return "the runner's report arrived damaged";
    case "NoFrame":
      return "the runner's report is missing";
  }
}

function delayAll(watchers: readonly LaneWatcher[], why: string): void {
  for (const watcher of watchers) watcher.delayed(why);
}
