/** Starts a client in a process of its own, whose time passes as fast as its simulator's. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { BenchSimulator } from "../simulator/simulator";
import { answerOf } from "../support/answer-of";
import { compiledPrograms } from "../support/programs";
import { TIME_VARIABLE } from "../support/time-scale";
import type { Task, TaskResult } from "./messages";

export const ROOT = join(__dirname, "../..");

/** @throws Error when the process ends without a result. */
export async function runTask(simulator: BenchSimulator, task: Task): Promise<TaskResult> {
  const programs = compiledPrograms();
  const child = fork(programs.client, [], {
    cwd: ROOT,
    execArgv: ["--require", programs.time],
    env: { ...clientEnvironment(), ...simulator.environment, [TIME_VARIABLE]: JSON.stringify(simulator.time) },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  child.send(task);
  const result = await answerOf<TaskResult>(child, `the client '${task.client.kind}'`);
  await (child.exitCode === null ? once(child, "exit") : undefined);
  if (result.jobs.length !== task.jobs.length) {
    throw new Error(
      `the client '${task.client.kind}' told of ${result.jobs.length} scripts of ${task.jobs.length}: what it says is worth nothing`,
    );
  }
  return result;
}

/** This process's environment without what would lead to a real cloud. */
export function clientEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ARM|AZURE|PULUMI)_|^NODE_OPTIONS$/.test(name));
  return Object.fromEntries(inherited);
}
