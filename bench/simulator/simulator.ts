/** Starts the bench's simulator, and asks it what it has seen. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TimeScale } from "../support/time-scale";
import type { Question, Settings, Started, Statistics } from "./messages";

export interface BenchSimulator {
  /** What a client needs to find it, and to live as fast. */
  readonly environment: Readonly<Record<string, string>>;
  readonly endpoint: string;
  readonly time: TimeScale;
  vmId(name: string): string;
  statistics(): Promise<Statistics>;
  stop(): Promise<void>;
}

export interface SimulatorChoice extends Omit<Settings, "time"> {
  /** So many seconds of the cloud pass in one of this machine. */
  readonly scale: number;
}

export async function startBenchSimulator({ scale, ...choice }: SimulatorChoice): Promise<BenchSimulator> {
  const time: TimeScale = { startMs: Date.now(), scale };
  const settings: Settings = { ...choice, time };
  const child = fork(join(__dirname, "process.ts"), [JSON.stringify(settings)], {
    execArgv: ["--require", join(__dirname, "../typescript.cjs")],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ask = async <Reply>(question: Question): Promise<Reply> => {
    const reply = replyOf<Reply>(child);
    child.send(question);
    return reply;
  };
  const { environment, endpoint } = await replyOf<Started>(child);
  const group = `/subscriptions/${environment.ARM_SUBSCRIPTION_ID}/resourceGroups/rg`;
  return {
    environment,
    endpoint,
    time,
    vmId: (name) => `${group}/providers/Microsoft.Compute/virtualMachines/${name}`,
    statistics: () => ask<Statistics>("statistics"),
    stop: async () => {
      const exited = once(child, "exit");
      child.send("stop" satisfies Question);
      await exited;
    },
  };
}

/** @throws Error when the process ends before it answers. */
async function replyOf<Reply>(child: ChildProcess): Promise<Reply> {
  const ended = new AbortController();
  const answered = once(child, "message", { signal: ended.signal });
  const exited = once(child, "exit", { signal: ended.signal }).then(([code]) => {
    throw new Error(`the bench's simulator ended with ${code}`);
  });
  try {
    const [reply] = await Promise.race([answered, exited]);
    return reply as Reply;
  } finally {
    ended.abort();
    answered.catch(() => undefined);
    exited.catch(() => undefined);
  }
}

/** `vm1`, `vm2` and so on. */
export function vmNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `vm${index + 1}`);
}
