/** One VM's lane: whoever wants something of the VM comes here, and one thing after the other goes out, since Azure runs one command at a time there. */
import type { RunCommandBody } from "../arm/invocation";
import type { InvokeEnd, InvokeOptions } from "../arm/invoke";
import { Pace } from "../arm/pace";
import { RunFailedError } from "../failures/errors";
import type { GuestRequest, Report } from "../guest/protocol";
import { Stopwatch } from "../stopwatch";
import { LaneGroups } from "./lane-groups";
import { type Eviction, isForRun, isWait, type LaneItem, type LaneWatcher, watchersOf } from "./lane-item";
import type { LaneOptions, LaneParts } from "./lane-options";
import { LaneQueue } from "./lane-queue";
import { LaneSending } from "./lane-sending";
import { OthersTurn } from "./others-turn";
import { fitsOneCall } from "./runner-call";
import type { SeeVmId } from "./same-vm";

export type { Eviction, LaneWatcher } from "./lane-item";
export type { LaneOptions } from "./lane-options";

export interface SubmitOptions {
  /** Ends the waiting when it aborts, with a `RunFailedError` as its reason: what is still in the queue is not sent. */
  readonly signal?: AbortSignal | undefined;
  readonly evict?: Eviction | undefined;
  /** Of a run: asked before it is sent once more. Without it the VM is taken to be the same. */
  readonly seeVmId?: SeeVmId | undefined;
  /** Of a request that attaches to a run: whether that takes no turn on the VM. A request to run says it itself. */
  readonly beside?: boolean | undefined;
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
  private readonly queue = new LaneQueue();
  private readonly groups: LaneGroups;
  private readonly sending: LaneSending;
  private readonly othersTurn: OthersTurn;
  private running = false;
  /** Whose command is out. */
  private out: readonly LaneWatcher[] = [];
  /** Aborts when the deployment is interrupted. */
  private readonly stop = new AbortController();
  private readonly labels = new Map<string, string>();

  constructor(private readonly options: LaneOptions) {
    const shared: LaneParts = { ...options, pace: options.pace ?? new Pace(), watch: new Stopwatch(options.outside) };
    this.groups = new LaneGroups({ ...shared, queue: this.queue });
    this.sending = new LaneSending({ ...shared, stopped: this.stop.signal });
    this.othersTurn = new OthersTurn(shared.watch);
  }

  /**
   * Sends one request to the runner on this VM, together with whatever else waits for it.
   *
   * @throws RunFailedError
   */
  submit(
    request: GuestRequest,
    watcher: LaneWatcher,
    { signal, evict, seeVmId, beside = false }: SubmitOptions = {},
  ): Promise<Report> {
    return this.untilAborted(signal, (resolve, reject) => {
      // Throws when the request cannot be written at all, before it can spoil a call that carries others.
      fitsOneCall([request], this.options.waitSliceSeconds);
      if (this.startsNothing && isForRun(request)) {
        throw this.interrupted();
      }
      if (request.key !== undefined) {
        this.labels.set(request.key, watcher.label);
      }
      this.sending.note(request, beside);
      return this.enqueue({ request, watcher, evict, seeVmId, resolve, reject });
    });
  }

  /** Sends a command that the runner has no part in, alone. */
  command(body: RunCommandBody, watcher: LaneWatcher, options: CommandOptions): Promise<InvokeEnd> {
    const { afterLoss, starts, signal, wanted } = options;
    return this.untilAborted(signal, (resolve, reject) => {
      if (this.startsNothing && starts) {
        throw this.interrupted();
      }
      const stopped = starts ? this.stop.signal : undefined;
      const send = () => this.sending.command(body, [watcher], { afterLoss, signal, stopped });
      const work = async () => (wanted?.() === false ? { kind: "done" as const } : await send());
      return this.enqueue({ watcher, starts, reject, work: () => work().then(resolve, reject) });
    });
  }

  /** What is still in the queue when the signal aborts leaves it; what is out goes on without anybody who waits for it. */
  private untilAborted<Result>(
    signal: AbortSignal | undefined,
    begin: (resolve: (result: Result) => void, reject: (error: unknown) => void) => LaneItem,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      signal?.throwIfAborted();
      const leave = () => {
        const reason: unknown = signal?.reason;
        if (this.queue.remove(item)) {
          this.othersTurn.end();
          reject(reason);
        } else {
          reject(reason instanceof RunFailedError ? reason.afterItMayHaveRun() : reason);
        }
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
    this.stop.abort(this.interrupted());
    for (const item of this.queue.removeStarts()) item.reject(this.interrupted());
  }

  private get startsNothing(): boolean {
    return this.stop.signal.aborted;
  }

  private interrupted(): RunFailedError {
    return new RunFailedError({ kind: "InterruptedBefore", vmName: this.options.target.vmName });
  }

  /** How many scripts of resources have been sent to this VM, or wait for that. What only takes away does not count. */
  get runs(): number {
    return this.queue.runs;
  }

  /** What the owner of a run is called, when this process has asked something of it on this VM. */
  labelOf(key: string): string | undefined {
    return this.labels.get(key);
  }

  private enqueue(item: LaneItem): LaneItem {
    this.queue.add(item);
    this.groups.arrived();
    if (!isWait(item)) {
      this.othersTurn.end();
    }
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
    while (this.queue.items.length > 0) {
      if (this.queue.items.every(isWait)) {
        await this.othersTurn.leave(this.options.signal);
      }
      await this.groups.gather();
      const [first] = this.queue.items;
      if (first !== undefined) {
        await this.send(first);
      }
    }
    this.running = false;
  }

  private async send(first: LaneItem): Promise<void> {
    if ("work" in first) {
      this.queue.shift(1);
      this.out = [first.watcher];
      await first.work();
    } else {
      const group = this.groups.take();
      this.out = watchersOf(group);
      await this.sending.together(group, (item) => this.queue.uncount(item));
      this.othersTurn.callEnded();
    }
    this.out = [];
  }
}
