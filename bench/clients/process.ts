/** A client in a process of its own: takes a task over Node's channel between processes, and tells what came of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { armComputeClient } from "./arm-compute";
import { azClient } from "./az";
import { azureRunCommandClient } from "./azure-run-command";
import { fleetClient } from "./fleet";
import type { Job, JobResult, Task, TaskResult } from "./messages";
import { scheduleClient } from "./schedule";
import { Conflict, type PreparedJob, type Printed, type ScriptClient } from "./script-client";

const MEMORY_SAMPLE_MS = 50;

process.on("message", (task: Task) => {
  carryOut(task).then(
    (result) => process.send?.(result, () => process.disconnect()),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});

async function carryOut(task: Task): Promise<TaskResult> {
  const client = await open(task);
  const idleMemoryBytes = process.memoryUsage.rss();
  let peakMemoryBytes = idleMemoryBytes;
  const sampling = setInterval(() => {
    peakMemoryBytes = Math.max(peakMemoryBytes, process.memoryUsage.rss());
  }, MEMORY_SAMPLE_MS);
  const usedWhenIdle = task.memoryAfterMs === undefined ? 0 : await usedBytes();
  const prepared: PreparedJob[] = [];
  for (const job of task.jobs) prepared.push(await client.prepare(job));
  const before = process.cpuUsage();
  let usedMemoryBytes: number | undefined;
  const measuring =
    task.memoryAfterMs === undefined
      ? undefined
      : setTimeout(async () => {
          usedMemoryBytes = (await usedBytes()) - usedWhenIdle;
        }, task.memoryAfterMs);
  const jobs = await inTurns(prepared, task.concurrency, (one) => tell(one.job, () => runJob(one, task)));
  clearInterval(sampling);
  clearTimeout(measuring);
  const { user, system } = process.cpuUsage(before);
  return { jobs, cpuSeconds: (user + system) / 1_000_000, idleMemoryBytes, peakMemoryBytes, usedMemoryBytes };
}

const COLLECTING_MS = 100;

/** Of the heap and beside it, when what is garbage has gone: what is beside the heap goes some turns after what held it. */
async function usedBytes(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  await sleep(COLLECTING_MS);
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function open({ client, jobs }: Task): Promise<ScriptClient> {
  switch (client.kind) {
    case "azure-run-command":
      return azureRunCommandClient();
    case "fleet":
      return fleetClient(jobs);
    case "arm-compute":
      return armComputeClient();
    case "az":
      return azClient();
    case "schedule":
      return scheduleClient(client);
  }
}

async function inTurns<Item, Result>(
  jobs: readonly Item[],
  concurrency: number,
  work: (job: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    for (let job = jobs[next]; job !== undefined; job = jobs[next]) {
      const place = next;
      next += 1;
      results[place] = await work(job);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}

async function runJob(prepared: PreparedJob, { retryConflictMs }: Task): Promise<Printed> {
  for (;;) {
    try {
      return await prepared.run();
    } catch (error) {
      if (!(error instanceof Conflict) || retryConflictMs === undefined) {
        throw error;
      }
      await sleep(retryConflictMs);
    }
  }
}

async function tell({ name, vmName }: Job, run: () => Promise<Printed>): Promise<JobResult> {
  const startedAtMs = Date.now();
  try {
    const printed = await run();
    return { name, vmName, startedAtMs, endedAtMs: Date.now(), ...printed, error: undefined };
  } catch (error) {
    const nothing = { stdout: "", exitCode: undefined, stdoutSha256: undefined };
    return { name, vmName, startedAtMs, endedAtMs: Date.now(), ...nothing, error: String(error) };
  }
}
