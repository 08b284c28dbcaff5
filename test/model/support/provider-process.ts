/** Provider processes of the mini-engine: one at work, which can be killed, and a spare one, so that nobody waits for Node. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

const CHILD = join(__dirname, "provider-child.cjs");
const ROOT = join(__dirname, "../../..");

/** Where the compiled provider is. */
export const BUILT_FOLDER = process.env.MODEL_BUILT_FOLDER ?? join(ROOT, "dist");

/** What the provider threw: with `id`, it wants part of the resource to be kept. */
export class ProviderThrew extends Error {
  constructor(
    message: string,
    readonly part: { readonly id: string; readonly properties: Properties; readonly reasons: string[] } | undefined,
  ) {
    super(message);
  }
}

/** The process was killed during the call: what it did is not known. */
export class ProviderDied extends Error {}

export type Properties = Record<string, unknown>;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Answer {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: { message: string; stack: string; id?: string; properties?: Properties; reasons?: string[] };
}

class ProviderProcess {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private calls = 0;
  isDead = false;
  readonly ended: Promise<void>;

  constructor(environment: NodeJS.ProcessEnv) {
    this.child = fork(CHILD, [], { env: { ...environment, MODEL_BUILT_FOLDER: BUILT_FOLDER }, execArgv: [] });
    this.child.on("message", (message) => this.take(message as Answer));
    this.ended = new Promise((resolve) => {
      this.child.once("exit", () => {
        this.isDead = true;
        for (const { reject } of this.waiting.values()) reject(new ProviderDied("the provider process was killed"));
        resolve();
      });
    });
  }

  call(method: string, given: readonly unknown[]): Promise<unknown> {
    if (this.isDead) return Promise.reject(new ProviderDied("the provider process was killed"));
    const number = ++this.calls;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      // A process that has just died: its end is told by "exit".
      this.child.send({ number, method, given }, () => undefined);
    });
  }

  kill(): Promise<void> {
    this.child.kill("SIGKILL");
    return this.ended;
  }

  private take({ number, result, error }: Answer): void {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    if (error === undefined) {
      waiting?.resolve(result);
      return;
    }
    const { id, properties, reasons } = error;
    const part = id === undefined ? undefined : { id, properties: properties ?? {}, reasons: reasons ?? [] };
    waiting?.reject(new ProviderThrew(error.stack === "" ? error.message : error.stack, part));
  }
}

export class Providers {
  private atWork: ProviderProcess;
  private spare: ProviderProcess;

  constructor(private readonly environment: NodeJS.ProcessEnv) {
    this.atWork = new ProviderProcess(environment);
    this.spare = new ProviderProcess(environment);
  }

  /** What is a new process to the engine. @param diesAtStep at which of its steps into the outside world it is killed. */
  async begin(diesAtStep: number | undefined): Promise<ProviderProcess> {
    if (this.atWork.isDead) {
      this.atWork = this.spare;
      this.spare = new ProviderProcess(this.environment);
    }
    await this.atWork.call("begin", [{ diesAtStep }]);
    return this.atWork;
  }

  /** One more, for a command that is carried out at the same time. */
  async beginBeside(): Promise<ProviderProcess> {
    await this.spare.call("begin", [{}]);
    return this.spare;
  }

  async end(): Promise<void> {
    await Promise.all([this.atWork.kill(), this.spare.kill()]);
  }
}

export type { ProviderProcess };
