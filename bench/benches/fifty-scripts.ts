/** Bench 2: fifty scripts on one VM. */
import type { Bench, BenchContext, BenchResult, Check, Table } from "../support/bench";
import { FAILED, THROTTLED } from "../support/columns";
import { ARM_COMPUTE, type Measured, OURS } from "../support/peers";
import { tableOf, toFixed } from "../support/table";
import {
  checkAnswers,
  checkGivenAnswers,
  checkNotThrottled,
  jobsOn,
  requestsOf,
  type Trial,
  tryOut,
  wallMs,
} from "../support/trial";

const SCALE = 20;
const SCALE_SMALL = 10;
const VM_NAMES = ["vm1"];
/** How long programs in use wait before they try again. Source: alan-turing-institute/data-safe-haven. */
const RETRY_CONFLICT_MS = 5_000;
/** Wanted at most: all at once, and what becomes ready while that is out. */
const OPERATIONS_MAX = 2;

export const fiftyScripts: Bench = {
  name: "fifty-scripts",
  title: "Fifty scripts on one VM",
  about: `Azure runs one command at a time on a VM, and answers 409 to a second one. Measured against one script after the other, and against all at once with a retry each ${RETRY_CONFLICT_MS / 1_000} s after a 409. Time runs ${SCALE} times as fast.`,
  run,
};

interface Way {
  readonly measured: Measured;
  readonly how: string;
  readonly concurrency: number;
}

interface TriedWay {
  readonly way: Way;
  readonly trial: Trial;
}

const script = (number: number) => `echo script ${number}`;
const printed = (number: number) => `script ${number}\n`;

async function run(context: BenchContext): Promise<BenchResult> {
  const count = context.small ? 4 : 50;
  const together: Way = { measured: OURS, how: "all at once", concurrency: count };
  const ways: readonly Way[] = [
    together,
    { measured: ARM_COMPUTE, how: "one after the other", concurrency: 1 },
    { measured: ARM_COMPUTE, how: "all at once, trying again", concurrency: count },
  ];
  const trials = await Promise.all(
    ways.map(async (way) => {
      context.say(`${way.measured.name}: ${count} scripts on one VM, ${way.how}`);
      return { way, trial: await tryWay(way, count, context) };
    }),
  );
  const [ours, sequential] = trials;
  if (ours === undefined || sequential === undefined) {
    throw new RangeError("nothing was measured");
  }
  const times = wallMs(sequential.trial.result.jobs) / wallMs(ours.trial.result.jobs);
  return {
    tables: [table(trials)],
    checks: [
      ...[ours, sequential].map(({ way, trial }) => checkAnswers(describe(way), trial.result, printed)),
      ...trials.slice(2).map(({ way, trial }) => checkGivenAnswers(describe(way), trial.result, printed)),
      checkNotThrottled(OURS.name, ours.trial.seen),
      operationsCheck(ours.trial),
    ],
    goals: [
      {
        what: "times as fast as one script after the other",
        wanted: "≥ 20.0",
        measured: toFixed(times, 1),
        reached: times >= 20,
      },
    ],
    notes: [
      "Within the process, `azure-run-command` is handed all scripts at the same moment; what the real engine makes of that is in the bench `engine`.",
      "A script fails where its client gives up after Azure has refused it with 429.",
    ],
  };
}

function describe({ measured, how }: Way): string {
  return `${measured.name}, ${how}`;
}

function tryWay({ measured, concurrency }: Way, count: number, { small, seed }: BenchContext): Promise<Trial> {
  const scale = small ? SCALE_SMALL : SCALE;
  const choice = { scale, vmNames: VM_NAMES, timing: "realistic", seed, guests: "stub", throttling: "azure" } as const;
  return tryOut(choice, (simulator) => ({
    client: measured.client,
    jobs: jobsOn(simulator, { count, vmNames: VM_NAMES, script }),
    concurrency,
    retryConflictMs: RETRY_CONFLICT_MS,
  }));
}

function operationsCheck({ seen }: Trial): Check {
  const { length } = seen.operations;
  return {
    what: `${OURS.name}: at most ${OPERATIONS_MAX} operations for all scripts`,
    holds: length <= OPERATIONS_MAX,
    saw: String(length),
  };
}

function table(rows: readonly TriedWay[]): Table {
  return tableOf("From the first request to the last result", rows, [
    { key: "client", title: "Client", of: ({ way }) => way.measured.name },
    { key: "how", title: "How", of: ({ way }) => way.how },
    { key: "scripts", title: "Scripts", of: ({ trial }) => trial.result.jobs.length },
    { key: "wall", title: "Time", unit: "s", of: ({ trial }) => wallMs(trial.result.jobs) / 1_000 },
    { key: "operations", title: "Operations", of: ({ trial }) => trial.seen.operations.length },
    { key: "requests", title: "Requests", of: ({ trial }) => requestsOf(trial.seen) },
    { key: "conflicts", title: "409", of: ({ trial }) => trial.seen.refusals["409"] ?? 0 },
    THROTTLED,
    FAILED,
  ]);
}
