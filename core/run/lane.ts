/** One VM's queue: what goes out next, and with whom. Azure runs one command at a time on a VM. */
import type { ArmClient } from "../arm/arm-client";
import type { RunCommandBody, VmTarget } from "../arm/invocation";
import { type InvokeEnd, type InvokeOptions, invoke } from "../arm/invoke";
import { Pace, type Work } from "../arm/pace";
import { isInterruption, RunFailedError } from "../failures/errors";
import type { GuestRequest, Report } from "../guest/protocol";
import { OPERATION_OVERHEAD_MAX_MS } from "../limits";
import type { Outside } from "../outside";
import { Stopwatch } from "../stopwatch";
import { sendApart } from "./apart";
import { BusyTime } from "./busy-time";
import { gather } from "./company";
import { OthersTurn } from "./others-turn";
import { callRunner, fitsOneCall, type SendOptions } from "./runner-call";
import { sliceSecondsFor } from "./wait-slices";

export interface LaneOptions {
  readonly client: ArmClient;
  readonly outside: Outside;
  readonly target: VmTarget;
  /** How long one invocation waits inside the VM for scripts to end, at most. */
  readonly waitSliceSeconds: number;
  /** Whether what is new goes out at once, since nothing else can come along. @default false */
  readonly isAlone?: boolean | undefined;
  /** Ends when what is about to bring requests for this VM has ended; `undefined` when nothing is known of. */
  readonly onTheWay?: (() => Promise<unknown> | undefined) | undefined;
  /** What all lanes of a session learn of Azure's pace; without it this one learns alone. */
  readonly pace?: Pace | undefined;
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
  /** Of a request that attaches to a run: whether that takes no turn on the VM. A request to run says it itself. */
  readonly beside?: boolean | undefined;
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
  /** Aborts when the deployment is interrupted. */
  private readonly stop = new AbortController();
  private runsSubmitted = 0;
  private lastArrivalAtMs = 0;
  /** How many requests the last call carried. */
  private lastTogether = 0;
  private lastNewAtMs = 0;
  /** Since a run was asked for that takes no turn on the VM. */
  private mayComeBeside = false;
  private readonly labels = new Map<string, string>();
  private readonly pace: Pace;
  private readonly watch: Stopwatch;
  private readonly busy: BusyTime;
  private readonly othersTurn: OthersTurn;

  constructor(private readonly options: LaneOptions) {
    this.pace = options.pace ?? new Pace();
    this.watch = new Stopwatch(options.outside);
    this.busy = new BusyTime(this.watch);
    this.othersTurn = new OthersTurn(this.watch);
  }

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
      if (request.key !== undefined) {
        this.labels.set(request.key, watcher.label);
      }
      this.note(request, options);
      return this.enqueue({ request, watcher, evict: options.evict, resolve, reject });
    });
  }

  private note(request: GuestRequest, { beside = false }: SubmitOptions): void {
    if (request.verb === "run") {
      this.runsSubmitted += isForResource(request) ? 1 : 0;
      this.lastNewAtMs = this.watch.nowMs();
    }
    this.mayComeBeside ||= beside || (request.verb === "run" && request.beside);
  }

  /** What has left the queue unsent needs nothing on the VM. */
  private uncount(item: Waiting | Alone): void {
    this.runsSubmitted -= "request" in item && isForResource(item.request) ? 1 : 0;
  }

  /** Sends a command that the runner has no part in, alone. */
  command(body: RunCommandBody, watcher: LaneWatcher, options: CommandOptions): Promise<InvokeEnd> {
    const { afterLoss, starts, signal, wanted } = options;
    return this.untilAborted(signal, (resolve, reject) => {
      if (this.startsNothing && starts) {
        throw this.interrupted();
      }
      const send = () =>
        this.invoke(body, commandWork(body), [watcher], {
          operationMaxMs: OPERATION_OVERHEAD_MAX_MS,
          afterLoss,
          signal,
          stopped: starts ? this.stop.signal : undefined,
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
          this.uncount(item);
          this.othersTurn.end();
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
    this.stop.abort(this.interrupted());
    const starts = (item: Waiting | Alone) => ("request" in item ? isForRun(item.request) : item.starts);
    const refused = this.queue.filter(starts);
    const others = this.queue.filter((item) => !starts(item));
    this.queue.splice(0, this.queue.length, ...others);
    for (const item of refused) {
      this.uncount(item);
      item.reject(this.interrupted());
    }
  }

  private get startsNothing(): boolean {
    return this.stop.signal.aborted;
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
    this.lastArrivalAtMs = this.watch.nowMs();
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
    for (;;) {
      if (this.queue.length > 0 && this.queue.every(isWait)) {
        await this.othersTurn.leave(this.options.signal);
      }
      await this.gather();
      const [first] = this.queue;
      if (first === undefined) {
        break;
      }
      if ("work" in first) {
        this.queue.shift();
        this.out = [first.watcher];
        await first.work();
      } else {
        const group = this.group();
        this.queue.splice(0, group.length);
        this.lastTogether = group.length;
        this.out = watchersOf(group);
        await this.sendTogether(group);
      }
      this.out = [];
    }
    this.running = false;
  }

  /** What begins or ends something waits a moment, since more may come. What only asks comes with others of its call. */
  private async gather(): Promise<void> {
    const { signal, isAlone = false, onTheWay = () => undefined } = this.options;
    const { requests } = this.leading();
    if (isAlone || !requests.some(({ verb }) => verb === "run" || verb === "purge")) {
      return;
    }
    const isFull = () => {
      const leading = this.leading();
      return leading.isEnded || this.group().length < leading.requests.length;
    };
    const isLikely = () => Math.max(this.lastTogether, this.leading().requests.length) > 1;
    const lastArrivalAtMs = () => this.lastArrivalAtMs;
    const operationMs = this.pace.startsAtMs(SCRIPTS);
    // The session's end is told to whoever waits for a request when that is sent.
    await gather({ outside: this.watch, operationMs, signal, lastArrivalAtMs, isLikely, isFull, onTheWay }).catch(
      () => undefined,
    );
  }

  /** The requests before the first command; `isEnded` when there is one. */
  private leading(): { readonly requests: readonly GuestRequest[]; readonly isEnded: boolean } {
    const end = this.queue.findIndex((item) => "work" in item);
    const items = end < 0 ? this.queue : this.queue.slice(0, end);
    return { requests: items.flatMap((item) => ("request" in item ? [item.request] : [])), isEnded: end >= 0 };
  }

  /** As many of the waiting requests, in their order, as one call can carry. At least one, when the first item is one. */
  private group(): readonly Waiting[] {
    const group: Waiting[] = [];
    for (const next of this.queue) {
      const requests = [...group.map((waiting) => waiting.request), ...("request" in next ? [next.request] : [])];
      if ("work" in next || (group.length > 0 && !fitsOneCall(requests, this.options.waitSliceSeconds))) {
        break;
      }
      group.push(next);
    }
    return group;
  }

  private async sendTogether(group: readonly Waiting[]): Promise<void> {
    const { vmName } = this.options.target;
    this.busy.callBegins();
    await sendApart(group, {
      send: (part) => this.call(part),
      answered: ({ resolve }, report: Report) => resolve(report),
      failed: (item, error) => {
        if (isInterruption(error)) {
          this.uncount(item);
        }
        item.reject(error instanceof EvictionFailed ? error.cause : error);
      },
      concerns: (error) =>
        error instanceof EvictionFailed
          ? ({ evict }) => evict !== undefined
          : isInterruption(error)
            ? ({ request }) => isForRun(request)
            : undefined,
      onParting: (part) =>
        delayAll(watchersOf(part), `Azure refused what was sent together to '${vmName}': it is sent in parts`),
    });
    this.busy.callEnded();
    this.othersTurn.callEnded();
  }

  private call(group: readonly Waiting[]): Promise<readonly Report[]> {
    const { outside, target, waitSliceSeconds } = this.options;
    const requests = group.map(({ request }) => request);
    const watchers = watchersOf(group);
    const evict = group.find((waiting) => waiting.evict !== undefined)?.evict;
    const calmForMs = this.watch.nowMs() - this.lastNewAtMs;
    const sliceSeconds = sliceSecondsFor({ waitSliceSeconds, mayComeBeside: this.mayComeBeside, calmForMs });
    const work = workOf(requests, sliceSeconds);
    return callRunner({
      vmName: target.vmName,
      requests,
      nonce: outside.randomHex(16),
      sliceSeconds,
      busyForSeconds: this.busy.seconds(),
      onBusy: evict && (() => this.evict(evict, watchers)),
      stopped: requests.some(isForRun) ? this.stop.signal : undefined,
      send: (body, options) => this.invoke(body, work, watchers, options),
      onDelay: (why) => delayAll(watchers, why),
    });
  }

  /** Azure refuses a run while another is out, but takes the removal of the extension, which ends that one. */
  private async evict({ body, done }: Eviction, watchers: readonly LaneWatcher[]): Promise<void> {
    delayAll(watchers, `another client's command is out on '${this.options.target.vmName}': it is ended`);
    const removal = this.invoke(body, commandWork(body), watchers, {
      operationMaxMs: OPERATION_OVERHEAD_MAX_MS,
      afterLoss: async () => "sendAgain",
    });
    await removal.catch((cause: unknown) => {
      throw new EvictionFailed("what is in the way could not be ended", { cause });
    });
    done();
  }

  private invoke(
    body: RunCommandBody,
    work: Work,
    watchers: readonly LaneWatcher[],
    options: SendOptions,
  ): Promise<InvokeEnd> {
    const { client, outside, target } = this.options;
    const signals = [this.options.signal, options.signal].filter((one) => one !== undefined);
    return invoke({
      ...options,
      client,
      outside,
      target,
      body,
      work,
      pace: this.pace,
      signal: signals.length === 0 ? undefined : AbortSignal.any(signals),
      onDelay: (why) => delayAll(watchers, why),
      onRunning: (elapsedMs) => {
        for (const watcher of watchers) watcher.inProgress(elapsedMs);
      },
    });
  }
}

/** Of those alone that wanted something out of their way. */
class EvictionFailed extends Error {}

function isWait(item: Waiting | Alone): boolean {
  return "request" in item && item.request.verb === "wait";
}

/** Calls that wait for scripts. */
const SCRIPTS = { kind: "scripts", waitsMs: 0 } as const satisfies Work;

/** What takes about as long as others: calls that wait for scripts, and those that only look or take away. */
function workOf(requests: readonly GuestRequest[], sliceSeconds: number): Work {
  const waits = requests.some(({ verb }) => verb === "run" || verb === "wait");
  return waits ? { ...SCRIPTS, waitsMs: sliceSeconds * 1_000 } : { kind: "requests", waitsMs: 0 };
}

function commandWork({ commandId }: RunCommandBody): Work {
  return { kind: commandId.toLowerCase(), waitsMs: 0 };
}

/** Whether it is a run that needs the extension for longer than it takes: not the one that ends them all. */
function isForResource(request: GuestRequest): boolean {
  return request.verb === "run" && !request.endsOthers;
}

/** Whether it starts something, or is the look before that. */
function isForRun({ verb }: GuestRequest): boolean {
  return verb === "run" || verb === "list";
}

function watchersOf(group: readonly Waiting[]): readonly LaneWatcher[] {
  return group.map(({ watcher }) => watcher);
}

function delayAll(watchers: readonly LaneWatcher[], why: string): void {
  for (const watcher of watchers) watcher.delayed(why);
}
