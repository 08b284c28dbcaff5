/**
 * A guest without a Linux in it, for benches with many VMs: it answers the runner's calls from memory, in the runner's own
 * protocol, and runs one script after the other by the simulator's clock.
 */
import type { Clock } from "../../simulator/clock";
import {
  type CommandResult,
  type Guest,
  GuestOffError,
  type GuestOptions,
  type HandlerStatus,
} from "../../simulator/guest/guest";
import { type Answer, endedAnswer, plainAnswer, unendedAnswer, writeFrame } from "./runner-answer";
import { readCall, type StubCall, type StubRequest } from "./runner-call";
import { runStubScript } from "./stub-script";

interface Receipt {
  readonly key: string;
  readonly runId: string;
  readonly stdout: Buffer;
  readonly exitCode: number;
  readonly outputMaxBytes: number;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/** The handler keeps the end of each stream. Source: azure-wire.md 4.3. */
const STREAM_TAIL_MAX_BYTES = 4_096;

export class StubGuest implements Guest {
  readonly kind = "process";
  extensionInstalled = false;
  private on = false;
  private readonly receipts = new Map<string, Receipt>();
  /** When the scripts that wait for each other have all ended. */
  private busyUntilMs = 0;

  constructor(
    private readonly options: GuestOptions,
    private readonly clock: Clock,
  ) {}

  async start(): Promise<void> {
    this.on = true;
  }

  async stop(): Promise<void> {
    this.on = false;
  }

  async enable(script: Buffer, began?: () => void): Promise<HandlerStatus> {
    if (!this.on) {
      throw new GuestOffError(this.options.vmName);
    }
    this.extensionInstalled = true;
    began?.();
    const text = script.toString("utf8");
    const call = readCall(text);
    return call === undefined ? this.runPlain(text) : this.answer(call);
  }

  /** What other clients send: the script itself. */
  private async runPlain(text: string): Promise<HandlerStatus> {
    const { stdout, seconds } = runStubScript(text);
    await this.waitUntil(this.clock.nowMs() + seconds * 1_000);
    return succeeded(Buffer.from(stdout).subarray(-STREAM_TAIL_MAX_BYTES).toString("utf8"), "");
  }

  private async answer(call: StubCall): Promise<HandlerStatus> {
    const known = new Set(this.receipts.keys());
    for (const request of call.requests) {
      this.take(request);
    }
    const ends = call.requests.map((request) => this.receiptOf(request)?.endsAtMs ?? 0);
    const sliceEndMs = this.clock.nowMs() + call.waitSliceSeconds * 1_000;
    await this.waitUntil(Math.min(Math.max(...ends), sliceEndMs));
    const { stdout, stderr } = writeFrame(
      call.nonce,
      call.requests.map((request) => this.report(request, known)),
    );
    return succeeded(stdout, stderr);
  }

  private take(request: StubRequest): void {
    if (request.verb !== "run" || this.receipts.has(receiptKey(request))) {
      return;
    }
    const { key, runId, outputMaxBytes, beside } = request;
    const { stdout, seconds, exitCode } = runStubScript(request.script);
    const nowMs = this.clock.nowMs();
    const startsAtMs = beside ? nowMs : Math.max(nowMs, this.busyUntilMs);
    const endsAtMs = startsAtMs + seconds * 1_000;
    this.busyUntilMs = beside ? this.busyUntilMs : endsAtMs;
    const receipt = { key, runId, stdout: Buffer.from(stdout), exitCode, outputMaxBytes, startsAtMs, endsAtMs };
    this.receipts.set(receiptKey(request), receipt);
  }

  private report(request: StubRequest, known: ReadonlySet<string>): Answer {
    switch (request.verb) {
      case "run":
        return this.runReport(request, { takenUp: known.has(receiptKey(request)), offset: 0 });
      case "wait":
      case "cancel":
        return this.runReport(request, { takenUp: false, offset: 0 });
      case "read":
        return this.runReport(request, { takenUp: false, offset: request.offset });
      case "purge":
        return this.purge(request.key);
      case "list":
        return plainAnswer(`L - ${request.key}`);
    }
  }

  private runReport(
    { key, runId }: { readonly key: string; readonly runId: string },
    { takenUp, offset }: { readonly takenUp: boolean; readonly offset: number },
  ): Answer {
    const receipt = this.receipts.get(`${key}/${runId}`);
    const nowMs = this.clock.nowMs();
    if (receipt === undefined) {
      return unendedAnswer({ key, runId, state: "Absent" });
    }
    if (receipt.endsAtMs > nowMs) {
      return unendedAnswer({ key, runId, state: receipt.startsAtMs > nowMs ? "Waiting" : "Running" });
    }
    const { startsAtMs: startedAtMs, endsAtMs: endedAtMs } = receipt;
    return endedAnswer({ ...receipt, startedAtMs, endedAtMs, takenUp, offset });
  }

  /** `P <purged> <remaining keys> <ended>/<running>/<newer> <key>`. See core/guest/report.ts, purgeReport. */
  private purge(key: string): Answer {
    const purged = [...this.receipts].filter(([, receipt]) => receipt.key === key);
    for (const [name] of purged) {
      this.receipts.delete(name);
    }
    const remaining = new Set([...this.receipts.values()].map((receipt) => receipt.key)).size;
    return plainAnswer(`P ${purged.length} ${remaining} 0/0/0 ${key}`);
  }

  private receiptOf(request: StubRequest): Receipt | undefined {
    return "runId" in request ? this.receipts.get(receiptKey(request)) : undefined;
  }

  private waitUntil(atMs: number): Promise<void> {
    return atMs <= this.clock.nowMs() ? Promise.resolve() : new Promise((resolve) => this.clock.at(atMs, resolve));
  }

  async uninstall(): Promise<void> {
    this.extensionInstalled = false;
  }

  /** Only the simulator's own look at the operating system. */
  async exec(): Promise<CommandResult> {
    const stdout = Buffer.from('ID=ubuntu\nVERSION_ID="24.04"\n');
    return { exitCode: 0, signal: undefined, stdout, stderr: Buffer.alloc(0) };
  }

  async destroy(): Promise<void> {
    this.on = false;
    this.receipts.clear();
  }
}

function receiptKey({ key, runId }: { readonly key: string; readonly runId: string }): string {
  return `${key}/${runId}`;
}

/** Source: recordings, all Linux runs. */
function succeeded(stdout: string, stderr: string): HandlerStatus {
  return { status: "success", message: `Enable succeeded: \n[stdout]\n${stdout}\n[stderr]\n${stderr}` };
}
