/** Starts the bench's simulator, and asks it what it has seen. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { answerOf } from "../support/answer-of";
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
    const reply = answerOf<Reply>(child, "the bench's simulator");
    child.send(question);
    return reply;
  };
  const { environment, endpoint } = await answerOf<Started>(child, "the bench's simulator");
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

/** `vm1`, `vm2` and so on. */
export function vmNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `vm${index + 1}`);
}
