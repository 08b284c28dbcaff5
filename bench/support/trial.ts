/** One trial: a simulator of its own, a client of its own, and what both have seen. */
import { runTask } from "../clients/client";
import type { Job, JobResult, Task, TaskResult } from "../clients/messages";
import type { MeasuredOperation, Statistics } from "../simulator/messages";
import { type BenchSimulator, type SimulatorChoice, startBenchSimulator } from "../simulator/simulator";
import type { Check } from "./bench";

export interface Trial {
  readonly result: TaskResult;
  readonly seen: Statistics;
}

/** Two trials of the same seed have the same operation times, in the order of the POSTs. */
export async function tryOut(choice: SimulatorChoice, taskFor: (simulator: BenchSimulator) => Task): Promise<Trial> {
  const simulator = await startBenchSimulator(choice);
  try {
    const result = await runTask(simulator, taskFor(simulator));
    return { result, seen: await simulator.statistics() };
  } finally {
    await simulator.stop();
  }
}

export interface JobsOptions {
  readonly count: number;
  /** The jobs go round these. */
  readonly vmNames: readonly string[];
  readonly script: (number: number) => string;
  readonly outputMaxBytes?: number;
}

export function jobsOn(simulator: BenchSimulator, { count, vmNames, script, outputMaxBytes }: JobsOptions): Job[] {
  return Array.from({ length: count }, (_, index) => {
    const vmName = vmNames[index % vmNames.length] ?? "";
    const settings = outputMaxBytes === undefined ? {} : { outputMaxBytes };
    const virtualMachineId = simulator.vmId(vmName);
    return { name: `script-${index + 1}`, vmName, virtualMachineId, script: script(index + 1), ...settings };
  });
}

/** From the POST to the end of the operation, as Azure's clock has it. */
export function ownTimeMs({ postedAtMs, endedAtMs }: MeasuredOperation): number {
  return (endedAtMs ?? Number.NaN) - postedAtMs;
}

/** From the end of each operation to the first answer that told it, of those that were told of. */
export function detectionsMs({ operations }: Statistics): readonly number[] {
  return operations.flatMap(({ endedAtMs, toldAtMs }) =>
    endedAtMs === undefined || toldAtMs === undefined ? [] : [toldAtMs - endedAtMs],
  );
}

/** From the first request to the last result. */
export function wallMs(jobs: readonly JobResult[]): number {
  return Math.max(...jobs.map((job) => job.endedAtMs)) - Math.min(...jobs.map((job) => job.startedAtMs));
}

export function requestsOf({ requests }: Statistics): number {
  return requests.post + requests.poll + requests.vm + requests.token + requests.other;
}

/** Whether a client brought back what each of its scripts printed. */
export function checkAnswers(client: string, { jobs }: TaskResult, expected: (number: number) => string): Check {
  const wrong = jobs.filter((job, index) => job.error !== undefined || job.stdout !== expected(index + 1));
  const [first] = wrong;
  return {
    what: `${client}: each of ${jobs.length} scripts has brought back its own output`,
    holds: jobs.length > 0 && wrong.length === 0,
    ...(first === undefined
      ? {}
      : {
          saw: `${wrong.length} have not; ${first.name}: ${first.error ?? JSON.stringify(first.stdout.slice(0, 200))}`,
        }),
  };
}

/** Of a client that may give up when it is throttled: what it did bring back is right. */
export function checkGivenAnswers(client: string, { jobs }: TaskResult, expected: (number: number) => string): Check {
  const wrong = jobs.filter((job, index) => job.error === undefined && job.stdout !== expected(index + 1));
  const [first] = wrong;
  return {
    what: `${client}: what has come back is what the scripts have printed`,
    holds: wrong.length === 0,
    ...(first === undefined
      ? {}
      : {
          saw: `${wrong.length} ${wrong.length === 1 ? "is" : "are"} not; ${first.name}: ${JSON.stringify(first.stdout.slice(0, 200))}`,
        }),
  };
}

/** A refusal that a client brought upon itself. */
export function checkNotThrottled(client: string, { refusals }: Statistics): Check {
  const throttled = refusals["429"] ?? 0;
  return {
    what: `${client}: Azure has never answered 429`,
    holds: throttled === 0,
    ...(throttled === 0 ? {} : { saw: `${throttled} times` }),
  };
}
