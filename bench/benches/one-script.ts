/** Bench 1: one script, from the request to its result. */
import { setTimeout as sleep } from "node:timers/promises";
import { runTask } from "../clients/client";
import type { JobResult } from "../clients/messages";
import type { MeasuredOperation } from "../simulator/messages";
import { startBenchSimulator, vmNames } from "../simulator/simulator";
import type { Bench, BenchContext, BenchResult, Goal, Table } from "../support/bench";
import { DETECTION } from "../support/columns";
import { ALL, AZ, isAzInstalled, type Measured, OURS } from "../support/peers";
import { median, percentile } from "../support/statistics";
import { tableOf, toFixed } from "../support/table";
import {
  checkAnswers,
  checkNotThrottled,
  detectionsMs,
  jobsOn,
  ownTimeMs,
  requestsOf,
  type Trial,
  tryOut,
} from "../support/trial";

const SCALE = 8;
const SCALE_SMALL = 10;
/** One process after the other begins, so that they do not take the processor from each other while they load. */
const PROCESS_DISTANCE_MS = 2_000;
/** Of the real az, whose time cannot be made to pass faster; all at once, each on a VM of its own. */
const AZ_SCRIPTS = 4;
/** So many that no client meets the limits of one VM. */
const VM_COUNT = 10;

export const oneScript: Bench = {
  name: "one-script",
  title: "One script",
  about: `One script after the other, each on a VM whose guest agent is warm. Every client has a simulator of its own with the same seed, so that the nth operation takes as long for each. Time runs ${SCALE} times as fast, so what a client does beside waiting counts ${SCALE} times; of the first scripts of processes, which load and sign in, and of the real az, where there is one on the PATH, it runs as on the wall.`,
  run,
};

const AZURE = { timing: "realistic", guests: "stub", throttling: "azure" } as const;

const script = (number: number) => `echo script ${number}`;
const printed = (number: number) => `script ${number}\n`;

async function run(context: BenchContext): Promise<BenchResult> {
  const count = context.small ? 2 : 16;
  const trials = await Promise.all(
    ALL.map(async (measured) => {
      context.say(`${measured.name}: ${count} scripts, one after the other`);
      return { measured, trial: await oneAfterTheOther(measured, count, context) };
    }),
  );
  const processes = context.small ? 1 : 12;
  context.say(`${OURS.name}: the first script of each of ${processes} processes`);
  const first = { name: `${OURS.name}, first of a process`, client: OURS.client };
  const [firstTrial, realAz] = await Promise.all([firstOfProcesses(processes, context), realAzTrials(context)]);
  const firsts = { measured: first, trial: firstTrial };
  const all = [...trials, firsts, ...realAz];
  const ours = trials.find(({ measured }) => measured === OURS) ?? firsts;
  return {
    tables: [table(all)],
    checks: [
      ...all.map(({ measured, trial }) => checkAnswers(measured.name, trial.result, printed)),
      checkNotThrottled(ours.measured.name, ours.trial.seen),
    ],
    goals: [
      ratioGoal(ours.trial),
      ...detectionGoals(OURS.name, ours.trial),
      ...detectionGoals(first.name, firsts.trial),
    ],
    notes: [
      "The operation's own time is from the POST to its end by Azure's clock; the result is there when the client has handed it to its caller.",
      "Of `azure-run-command` the time holds the look at the VM that comes before each run, and of its first run in a process the loading of the libraries and the sign-in as well.",
    ],
  };
}

interface MeasuredTrial {
  readonly measured: Measured;
  readonly trial: Trial;
}

function oneAfterTheOther({ client }: Measured, count: number, { small, seed }: BenchContext): Promise<Trial> {
  const names = vmNames(VM_COUNT);
  return tryOut({ ...AZURE, scale: small ? SCALE_SMALL : SCALE, vmNames: names, seed }, (simulator) => ({
    client,
    jobs: jobsOn(simulator, { count, vmNames: names, script }),
    concurrency: 1,
  }));
}

/** None where it is not installed. */
async function realAzTrials({ small, seed, say }: BenchContext) {
  if (small || !isAzInstalled()) {
    return [];
  }
  say(`${AZ.name}: ${AZ_SCRIPTS} scripts at once`);
  const names = vmNames(AZ_SCRIPTS);
  const trial = await tryOut({ ...AZURE, scale: 1, vmNames: names, seed }, (simulator) => ({
    client: AZ.client,
    jobs: jobsOn(simulator, { count: AZ_SCRIPTS, vmNames: names, script }),
    concurrency: AZ_SCRIPTS,
  }));
  return [{ measured: AZ, trial }];
}

/** Each has nothing that an earlier run has taught it. */
async function firstOfProcesses(count: number, { small, seed }: BenchContext): Promise<Trial> {
  const names = vmNames(count);
  const simulator = await startBenchSimulator({ ...AZURE, scale: small ? SCALE_SMALL : 1, vmNames: names, seed });
  try {
    const results = await Promise.all(
      jobsOn(simulator, { count, vmNames: names, script }).map(async (job, index) => {
        await sleep(index * PROCESS_DISTANCE_MS);
        return runTask(simulator, { client: OURS.client, jobs: [job], concurrency: 1 });
      }),
    );
    const [first] = results;
    if (first === undefined) {
      throw new RangeError("no process was measured");
    }
    return { result: { ...first, jobs: results.flatMap(({ jobs }) => jobs) }, seen: await simulator.statistics() };
  } finally {
    await simulator.stop();
  }
}

function table(rows: readonly MeasuredTrial[]): Table {
  const totals = ({ trial }: MeasuredTrial) => trial.result.jobs.map(totalMs);
  return tableOf("From the request to the result", rows, [
    { key: "client", title: "Client", of: ({ measured }) => measured.name },
    { key: "scripts", title: "Scripts", of: ({ trial }) => trial.result.jobs.length },
    {
      key: "own",
      title: "Operation, median",
      unit: "s",
      digits: 1,
      of: ({ trial }) => median(trial.seen.operations.map(ownTimeMs)) / 1_000,
    },
    { key: "total", title: "Result, median", unit: "s", digits: 1, of: (row) => median(totals(row)) / 1_000 },
    { key: "total95", title: "95 %", unit: "s", digits: 1, of: (row) => percentile(totals(row), 95) / 1_000 },
    { key: "ratio", title: "Result / operation, median", digits: 3, of: ({ trial }) => medianRatio(trial) },
    ...DETECTION,
    {
      key: "requests",
      title: "Requests per script",
      digits: 1,
      of: ({ trial }) => requestsOf(trial.seen) / trial.result.jobs.length,
    },
  ]);
}

function totalMs({ startedAtMs, endedAtMs }: JobResult): number {
  return endedAtMs - startedAtMs;
}

/** Each script is one operation, and those on one VM come one after the other. */
function ratios(jobs: readonly JobResult[], operations: readonly MeasuredOperation[]): readonly number[] {
  const left = [...operations];
  return jobs.map((job) => {
    const place = left.findIndex(({ vmName }) => vmName === job.vmName);
    const [operation] = place < 0 ? [] : left.splice(place, 1);
    return operation === undefined ? Number.NaN : totalMs(job) / ownTimeMs(operation);
  });
}

function medianRatio({ result, seen }: Trial): number {
  return median(ratios(result.jobs, seen.operations));
}

function ratioGoal(trial: Trial): Goal {
  const ratio = medianRatio(trial);
  return {
    what: "the result is there within 1.05 × the operation's own time, at the median",
    wanted: "≤ 1.050",
    measured: toFixed(ratio, 3),
    reached: ratio <= 1.05,
  };
}

const DETECTION_MEDIAN_MS = 500;
const DETECTION_95_MS = 1_500;

function detectionGoals(name: string, { seen }: Trial): readonly Goal[] {
  const goal = (what: string, seenMs: number, wantedMs: number): Goal => ({
    what: `${name}: the end of an operation is noticed, ${what}`,
    wanted: `≤ ${toFixed(wantedMs / 1_000, 2)} s`,
    measured: `${toFixed(seenMs / 1_000, 2)} s`,
    reached: seenMs <= wantedMs,
  });
  const detections = detectionsMs(seen);
  return [
    goal("at the median", median(detections), DETECTION_MEDIAN_MS),
    goal("at the 95th percentile", percentile(detections, 95), DETECTION_95_MS),
  ];
}
