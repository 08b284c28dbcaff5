/** The execution environments of all functions: starts processes, keeps those that wait for an event, and ends them. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { type Account, randomText } from "../account";
import type { Clock } from "../clock";
import type { Sessions } from "../iam/sessions";
import type { LambdaFunction } from "./function";
import { LambdaProcess } from "./lambda-process";
import { processEnvironment } from "./process-environment";

export interface EnvironmentsOptions {
  readonly account: Account;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly port: number;
  /** The compiled Lambda process. */
  readonly entry: string;
  readonly runtimeModules: string;
  readonly workFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether a process that has answered gets the next event, as in Lambda; false: each event has its own. */
  readonly reuseProcesses: boolean;
}

export class Environments {
  readonly #idle = new Map<string, LambdaProcess[]>();
  readonly #all = new Set<LambdaProcess>();

  constructor(
    private readonly options: EnvironmentsOptions,
    private readonly onLine: (lambda: LambdaFunction, text: string, requestId: string | undefined) => void,
  ) {}

  /** A process that waits for an event, or a new one. */
  take(lambda: LambdaFunction): LambdaProcess {
    const idle = this.#idle.get(lambda.arn) ?? [];
    for (let process = idle.pop(); process !== undefined; process = idle.pop()) {
      if (process.alive) {
        return process;
      }
    }
    const process = this.#start(lambda);
    this.#all.add(process);
    return process;
  }

  #start(lambda: LambdaFunction): LambdaProcess {
    const { account, clock, sessions, port, entry, runtimeModules, workFolder, environment } = this.options;
    const day = clock.now().toISOString().slice(0, 10).replaceAll("-", "/");
    return new LambdaProcess(lambda, {
      clock,
      entry,
      settings: { time: clock.time, responsePort: port },
      environment: processEnvironment(lambda, {
        account,
        credentials: sessions.open(lambda.roleArn, lambda.name),
        endpoint: `http://127.0.0.1:${port}`,
        runtimeModules,
        temporaryFolder: mkdtempSync(join(workFolder, "tmp-")),
        logStream: `${day}/[$LATEST]${randomText("0123456789abcdef", 32)}`,
        extra: environment,
      }),
      onLine: (text, requestId) => this.onLine(lambda, text, requestId),
    });
  }

  /** Takes a process back that has answered. @param usable whether its function is still the same. */
  keep(lambda: LambdaFunction, process: LambdaProcess, usable: boolean): void {
    if (process.alive && usable && this.options.reuseProcesses) {
      this.#idle.set(lambda.arn, [...(this.#idle.get(lambda.arn) ?? []), process]);
    } else {
      void this.#end(process);
    }
  }

  /** Ends what waits for an event of a function that has changed or is gone. */
  retire(arn: string): void {
    for (const process of this.#idle.get(arn) ?? []) {
      void this.#end(process);
    }
    this.#idle.delete(arn);
  }

  async #end(process: LambdaProcess): Promise<void> {
    await process.end();
    this.#all.delete(process);
  }

  /** Ends all processes, and waits until they are gone. */
  async stop(): Promise<void> {
    await Promise.all([...this.#all].map((process) => this.#end(process)));
  }
}
