/** One Lambda execution environment: a Node process that runs a function for one event at a time. Between them it is not frozen: assumed. */
import { type ChildProcess, fork } from "node:child_process";
import type { Clock } from "../clock";
import { exitError, type LambdaFunction, type Outcome, timeoutError } from "./function";
import type { AnswerMessage, InvokeMessage, ProcessSettings, ReadyMessage } from "./process/protocol";
import { ProcessLog } from "./process-log";

export interface ProcessOptions {
  readonly clock: Clock;
  /** The compiled `process/main.ts`. */
  readonly entry: string;
  readonly settings: ProcessSettings;
  readonly environment: Readonly<Record<string, string>>;
  onLine(text: string, requestId: string | undefined): void;
}

/** When to end the process in the middle of an invocation. */
export interface Kill {
  readonly afterMs?: number;
  readonly onLog?: RegExp;
  readonly when?: Promise<unknown>;
}

export interface Task {
  readonly requestId: string;
  /** JSON. */
  readonly payload: string;
  readonly kill?: Kill | undefined;
  readonly crash?: "beforeHandler" | "afterHandler" | undefined;
}

export class LambdaProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<Exit>;
  readonly #ready: Promise<void>;
  #current: string | undefined;
  #kill: Kill | undefined;
  #answered: ((message: AnswerMessage) => void) | undefined;
  #endOfLog: (() => void) | undefined;
  #alive = true;

  constructor(
    private readonly lambda: LambdaFunction,
    private readonly options: ProcessOptions,
  ) {
    this.#child = fork(options.entry, [JSON.stringify(options.settings)], {
      cwd: lambda.taskRoot,
      env: { ...options.environment },
      execArgv: memoryFlags(lambda.memoryMegabytes),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#exited = new Promise((resolve) => {
      const over = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#alive = false;
        resolve({ code, signal });
      };
      // `close` comes when all that was printed has been read, and not at all when there was never a process.
      this.#child.on("close", over);
      this.#child.on("error", () => over(null, null));
    });
    this.#ready = new Promise((resolve) => {
      this.#child.on("message", (message: ReadyMessage | AnswerMessage) => {
        if (message.kind === "ready") {
          resolve();
        } else {
          this.#answered?.(message);
        }
      });
    });
    const stdout = new ProcessLog(
      (text) => this.#line(text),
      () => this.#endOfLog?.(),
    );
    const stderr = new ProcessLog((text) => this.#line(text));
    this.#child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
    this.#child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  }

  /** False when it has ended, or must not get another event. */
  get alive(): boolean {
    return this.#alive && this.#child.connected;
  }

  /**
   * The function's timeout counts from when its handler is loaded.
   *
   * Source: AWS Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle": loading is the init
   * phase, which has a limit of its own.
   */
  async run({ requestId, payload, kill, crash }: Task): Promise<Outcome> {
    const { clock } = this.options;
    this.#current = requestId;
    this.#kill = kill;
    const ended = this.#exited.then((exit) => ({ exit }));
    await Promise.race([this.#ready, ended]);
    const timeoutMs = this.lambda.timeoutSeconds * 1_000;
    const over = new AbortController();
    const after = (ms: number) => clock.sleep(ms, over.signal);
    const isKilled = kill?.afterMs === undefined ? kill?.when : after(kill.afterMs);
    isKilled?.then(
      () => (over.signal.aborted ? undefined : this.end()),
      () => undefined,
    );
    const answered = this.#answer();
    const timedOut = after(timeoutMs).catch(() => undefined);
    const deadlineMs = clock.nowMs() + timeoutMs;
    const { skippedMs } = clock.time;
    this.#send({ requestId, payload, functionArn: this.lambda.arn, deadlineMs, skippedMs, ...(crash && { crash }) });
    const first = await Promise.race([answered, timedOut.then(() => "timedOut" as const), ended]);
    over.abort();
    return this.#outcome(requestId, first);
  }

  /** What the process says, when all that it printed before has been read. */
  async #answer(): Promise<AnswerMessage> {
    const [message] = await Promise.all([
      new Promise<AnswerMessage>((resolve) => {
        this.#answered = resolve;
      }),
      new Promise<void>((resolve) => {
        this.#endOfLog = resolve;
      }),
    ]);
    return message;
  }

  async #outcome(requestId: string, first: AnswerMessage | "timedOut" | { readonly exit: Exit }): Promise<Outcome> {
    if (first === "timedOut") {
      await this.end();
      return { kind: "failed", error: timeoutError(requestId, this.lambda.timeoutSeconds) };
    }
    this.#current = undefined;
    if ("exit" in first) {
      return { kind: "failed", error: exitError(requestId, first.exit.code, first.exit.signal) };
    }
    if (first.kind === "returned") {
      return first;
    }
    if (first.fatal) {
      await this.#exited;
    }
    return { kind: "failed", error: first.error };
  }

  #send(message: InvokeMessage): void {
    // A process that has just ended is told by its exit.
    this.#child.send(message, () => undefined);
  }

  #line(text: string): void {
    this.options.onLine(text, this.#current);
    if (this.#current !== undefined && this.#kill?.onLog?.test(text) === true) {
      void this.end();
    }
  }

  /** Ends it at once and waits until it is gone. */
  async end(): Promise<void> {
    if (this.#alive) {
      this.#child.kill("SIGKILL");
    }
    await this.#exited;
  }
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The shares of a function's memory that its heap may have. Source: assumed; public copies of the runtime's bootstrap have 5 % and 90 %. */
function memoryFlags(memoryMegabytes: number): string[] {
  const semiSpace = Math.max(1, Math.floor(memoryMegabytes * 0.05));
  return [`--max-semi-space-size=${semiSpace}`, `--max-old-space-size=${Math.floor(memoryMegabytes * 0.9)}`];
}
