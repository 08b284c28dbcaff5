/**
 * The guest agent of one VM, on this machine's side: gives out sequence numbers, starts the handler inside the guest, and
 * brings back what its status file says. What has no source is listed in `assumed.ts`.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { Doors } from "./doors";
import { runHandler } from "./enable";
import { ExtensionStateFile } from "./extension-state";
import {
  type CommandResult,
  type Guest,
  type GuestKind,
  GuestOffError,
  type GuestOptions,
  type HandlerStatus,
} from "./guest";
import { DID_NOT_FINISH } from "./handler";
import { installLog, uninstallLog } from "./handler-log";
import { INSTALL_SCRIPT, UNINSTALL_SCRIPT } from "./handler-script";
import { runInside, startInside } from "./inside";
import { Off } from "./off";
import type { Invocation, Sandbox, SandboxEnd } from "./sandbox";
import { toolVariables } from "./tools";

/** Longest a step of the agent's own may take: a guest can make any of them hang. Source: assumed. */
const AGENT_STEP_TIMEOUT_MS = 20_000;

type Power = "off" | "starting" | "on" | "rebooting";

export class AgentGuest implements Guest {
  readonly kind: GuestKind;
  private readonly state: ExtensionStateFile;
  private readonly doors = new Doors();
  private power: Power = "off";
  /** Rejects when the guest goes off; renewed at each start. */
  private off = new Off();
  private starting: Promise<void> = Promise.resolve();
  private rebooted: Promise<void> = Promise.resolve();
  private stopping: Promise<void> = Promise.resolve();
  private enabling = false;
  /** Settles with the `enable` that was begun last. */
  private enabled: Promise<unknown> = Promise.resolve();
  private handlerPid = 0;
  /** Settles when the handler that was started last has said its process id, or has ended without. */
  private handlerKnown: Promise<void> = Promise.resolve();
  private removalCutShort = false;
  private generation = 0;

  constructor(
    private readonly options: GuestOptions,
    private readonly sandbox: Sandbox,
  ) {
    this.kind = sandbox.kind;
    this.state = new ExtensionStateFile(options.folder);
  }

  get extensionInstalled(): boolean {
    return this.state.value.installed;
  }

  start(): Promise<void> {
    if (this.power !== "off") return this.starting;
    this.power = "starting";
    this.off = new Off();
    this.generation += 1;
    this.starting = this.startNow(this.generation);
    return this.starting;
  }

  private async startNow(generation: number): Promise<void> {
    try {
      await this.stopping;
      await this.boot(generation);
    } catch (error) {
      if (this.generation === generation) this.power = "off";
      throw error;
    }
    if (this.generation !== generation) throw new GuestOffError(this.options.vmName);
    await this.settleOpenRun();
  }

  private async boot(generation: number): Promise<void> {
    if (this.generation !== generation) return; // stopped meanwhile
    await this.sandbox.boot((end) => this.ended(end, generation));
    if (this.generation === generation) this.power = "on";
    else await this.endSandbox();
  }

  /** The guest ended by itself: `reboot`, `poweroff`, or the death of its init. */
  private ended(end: SandboxEnd, generation: number): void {
    if (generation !== this.generation) return;
    this.handlerPid = 0;
    if (end === "off") {
      this.goOff();
      return;
    }
    this.power = "rebooting";
    this.rebooted = this.boot(generation).catch(() => this.goOff());
  }

  private goOff(): void {
    this.power = "off";
    this.handlerPid = 0;
    this.off.happen();
  }

  stop(): Promise<void> {
    this.generation += 1;
    this.goOff();
    this.stopping = this.stopNow(this.starting, this.rebooted);
    return this.stopping;
  }

  /** A start or reboot that is under way sees that it is not wanted any more, and ends what it began. */
  private async stopNow(starting: Promise<void>, rebooted: Promise<void>): Promise<void> {
    await this.endSandbox();
    await starting.catch(() => undefined); // its caller hears of it
    await rebooted;
    await this.endSandbox();
  }

  private endSandbox(): Promise<void> {
    return this.doors.closeAfter(this.sandbox.kill(), this.options.vmName);
  }

  private startInside(invocation: Invocation): ChildProcess {
    return this.doors.add(startInside(invocation));
  }

  /** After a start the agent runs `enable` again for a run that was cut off. Source: main/cmds.go `enablePre`. */
  private async settleOpenRun(): Promise<void> {
    const { openSeq } = this.state.value;
    if (openSeq === undefined || this.enabling) return;
    await this.enableOnce(openSeq, Buffer.from("\n")); // the script itself is gone with its caller
    this.state.set({ openSeq: undefined });
  }

  async enable(script: Buffer, began?: () => void): Promise<HandlerStatus> {
    if (this.enabling) {
      throw new Error(`a script runs on '${this.options.vmName}' already; one at a time, as the agent does`);
    }
    this.enabling = true;
    const status = this.off.orElse(this.runNext(script, began), this.options.vmName).finally(() => {
      this.enabling = false;
    });
    this.enabled = status.catch(() => undefined); // its caller hears of it
    return await status;
  }

  private async runNext(script: Buffer, began?: () => void): Promise<HandlerStatus> {
    const { off } = this;
    await this.untilOn();
    if (!this.state.value.installed) await this.install();
    const seq = this.state.value.nextSeq;
    this.state.set({ nextSeq: seq + 1, openSeq: seq });
    const status = (await this.enableOnce(seq, script, began)) ?? (await this.enableAgain(seq, script, off));
    if (!off.happened && this.state.value.openSeq === seq) this.state.set({ openSeq: undefined });
    return status;
  }

  /** The handler died: the agent starts it again with the same number, when the guest is up. */
  private async enableAgain(seq: number, script: Buffer, off: Off): Promise<HandlerStatus> {
    for (let attempt = 0; attempt < HANDLER_DEATH_ATTEMPTS; attempt += 1) {
      // The end of a handler is seen before the end of its guest, which may take a moment.
      await new Promise((settle) => setTimeout(settle, HANDLER_DEATH_PAUSE_MS));
      if (off.happened) throw new GuestOffError(this.options.vmName);
      await this.untilOn();
      if (this.state.value.openSeq !== seq) return DID_NOT_FINISH; // removed meanwhile
      const status = await this.enableOnce(seq, script); // runs nothing that had begun: its number is taken
      if (status !== undefined) return status;
    }
    return DID_NOT_FINISH;
  }

  private async enableOnce(seq: number, script: Buffer, began?: () => void): Promise<HandlerStatus | undefined> {
    let known: () => void = () => undefined;
    this.handlerKnown = new Promise((settle) => {
      known = settle;
    });
    try {
      return await runHandler({
        seq,
        script,
        nonce: randomBytes(16).toString("hex"),
        base: this.sandbox.base,
        stepTimeoutMs: AGENT_STEP_TIMEOUT_MS,
        start: (argv, env) =>
          this.startInside(this.sandbox.invocation(argv, { ...env, ...toolVariables(this.sandbox.tools) })),
        shell: this.sandbox.tools.sh,
        handlerIs: (pid) => {
          this.handlerPid = pid;
          known();
          began?.();
        },
      });
    } finally {
      this.handlerPid = 0;
      known();
    }
  }

  private async install(): Promise<void> {
    await this.agentStep(INSTALL_SCRIPT, { CLEAN: this.removalCutShort ? "yes" : "", LOG_TEXT: installLog(0, now()) });
    this.removalCutShort = false;
    this.state.set({ installed: true, nextSeq: 0, openSeq: undefined });
  }

  /** Ends a script that runs; done only when its `enable` has ended too, so that another can begin at once. */
  async uninstall(): Promise<void> {
    await this.off.orElse(this.untilOn(), this.options.vmName);
    const { installed, nextSeq } = this.state.value;
    if (!installed) return;
    const LOG_TEXT = uninstallLog(Math.max(0, nextSeq - 1), now());
    this.state.reset();
    const { enabled, handlerKnown } = this;
    // One that has only just begun could not be ended yet, and would go on after the removal.
    await this.off.orElse(this.doors.wakeDuring(withTimeout(handlerKnown, AGENT_STEP_TIMEOUT_MS)), this.options.vmName);
    // Where a restart cuts this short, the agent removes the rest before the next installation. Source: assumed.
    this.removalCutShort = true;
    await this.off.orElse(
      this.agentStep(UNINSTALL_SCRIPT, { LOG_TEXT, HANDLER_PID: String(this.handlerPid) }),
      this.options.vmName,
    );
    await this.off.orElse(this.doors.wakeDuring(withTimeout(enabled, AGENT_STEP_TIMEOUT_MS)), this.options.vmName);
    this.removalCutShort = false;
  }

  /** Runs one of the agent's own scripts; gives up on it after a while, since the guest may make it hang. */
  private async agentStep(text: string, env: Readonly<Record<string, string>>): Promise<void> {
    const all = { ...env, BASE: this.sandbox.base, ...toolVariables(this.sandbox.tools) };
    const invocation = this.sandbox.invocation([...this.sandbox.tools.sh, "-c", text], all);
    await withTimeout(
      runInside(invocation, Buffer.alloc(0), (started) => this.startInside(started)),
      AGENT_STEP_TIMEOUT_MS,
    );
  }

  async exec(argv: readonly string[], stdin: Buffer = Buffer.alloc(0), maxBytes?: number): Promise<CommandResult> {
    const run = async (): Promise<CommandResult> => {
      await this.untilOn();
      const words = [...this.sandbox.tools.env, "-i", ...ADMINISTRATOR_ENVIRONMENT, ...argv];
      const invocation = this.sandbox.invocation(words, { PATH: DEFAULT_PATH });
      return await runInside(invocation, stdin, (started) => this.startInside(started), maxBytes);
    };
    return await this.off.orElse(run(), this.options.vmName);
  }

  private async untilOn(): Promise<void> {
    if (this.power === "rebooting") await this.rebooted;
    if (this.power !== "on") throw new GuestOffError(this.options.vmName);
  }

  async destroy(): Promise<void> {
    await this.stop();
    await this.sandbox.remove();
    this.state.forget();
  }
}

/** How long after a handler's death the agent looks again. Source: assumed. */
const HANDLER_DEATH_PAUSE_MS = 50;
const HANDLER_DEATH_ATTEMPTS = 10;

/** systemd's default, as the agent's service has it. Source: systemd.exec(5), "Environment variables in spawned processes". */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const ADMINISTRATOR_ENVIRONMENT = [`PATH=${DEFAULT_PATH}`, "HOME=/root", "USER=root", "LANG=C.UTF-8"];

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

async function withTimeout(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((settle) => {
    timer = setTimeout(settle, timeoutMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
