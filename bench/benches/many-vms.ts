/** Bench 3: one script on each of many VMs. */

import { vmNames } from "../simulator/simulator";
import type { Bench, BenchContext, BenchResult, Check, Goal, Table } from "../support/bench";
import { DETECTION, FAILED, THROTTLED } from "../support/columns";
import { ARM_COMPUTE, type Measured, OUR_FLEET, OURS, TERRAFORM_SCHEDULE } from "../support/peers";
import { tableOf, toFixed } from "../support/table";
import {
  checkAnswers,
  checkGivenAnswers,
  checkNotThrottled,
  jobsOn,
  ownTimeMs,
  requestsOf,
  type Trial,
  tryOut,
  wallMs,
} from "../support/trial";

/** A principal's writes at ARM: so many at once, then so many each second. Source: azure-wire.md section 9. */
const WRITES_BURST = 200;
const WRITES_PER_SECOND = 10;
/** Where nothing is refused, all scripts have been sent by then, and none has ended: the fastest takes 13 s. */
const IN_FLIGHT_MS = 11_000;
const MEMORY_MAX_BYTES = 150_000_000;
const MEGABYTE = 1_000_000;

export const manyVms: Bench = {
  name: "many-vms",
  title: "One script on each of many VMs",
  about: `All scripts are begun at the same moment, by one process. Guests are stubs that speak the runner's protocol. Time runs as on the wall, so that the processor's part is in it; those of one batch are measured at the same time, since they mostly wait. Once Azure refuses nothing (\`none\`), and once it has its token buckets (\`azure\`): of these, a principal's ${WRITES_BURST} writes at once and ${WRITES_PER_SECOND} more each second are a floor that nobody can go below.`,
  run,
};

interface Case {
  readonly measured: Measured;
  readonly vms: number;
  readonly throttling: "none" | "azure";
}

interface TriedCase {
  readonly one: Case;
  readonly trial: Trial;
}

const script = (number: number) => `echo script ${number}`;
const printed = (number: number) => `script ${number}\n`;

async function run(context: BenchContext): Promise<BenchResult> {
  const trials: TriedCase[] = [];
  for (const batch of context.small ? SMALL : FULL) {
    context.say(batch.map(describe).join("; "));
    const tried = batch.map(async (one) => ({ one, trial: await tryCase(one, context) }));
    trials.push(...(await Promise.all(tried)));
  }
  const ours = trials.filter(({ one }) => isOurs(one));
  return {
    tables: [table(trials)],
    checks: [
      ...trials.map(({ one, trial }) => answersCheck(one, trial)),
      ...ours.map(({ one, trial }) => checkNotThrottled(describe(one), trial.seen)),
    ],
    goals: context.small ? [] : ours.flatMap(({ one, trial }) => [timeGoal(one, trial), ...memoryGoals(one, trial)]),
    notes: [
      "An idle process has loaded what a provider process of Pulumi's has loaded (`@pulumi/pulumi`, which alone makes it some 130 MB, and this package's provider) or what the other client needs. Memory in use is without what is garbage, 11 s after the start, beyond that of the idle process; resident memory has what the garbage collector leaves lying for later too, which is much on a machine that has much.",
      "The floor is when the last operation would have ended had each script been sent as early as the token bucket of writes lets it.",
    ],
  };
}

/** Those of a batch are measured at the same time. */
const FULL: readonly (readonly Case[])[] = [
  [
    { measured: OURS, vms: 200, throttling: "none" },
    { measured: OUR_FLEET, vms: 60, throttling: "azure" },
    { measured: ARM_COMPUTE, vms: 200, throttling: "none" },
    { measured: TERRAFORM_SCHEDULE, vms: 200, throttling: "none" },
  ],
  [
    { measured: OURS, vms: 1_000, throttling: "none" },
    { measured: ARM_COMPUTE, vms: 1_000, throttling: "none" },
    { measured: OURS, vms: 1_000, throttling: "azure" },
    { measured: ARM_COMPUTE, vms: 1_000, throttling: "azure" },
  ],
];

const SMALL_SCALE = 10;
const SMALL: readonly (readonly Case[])[] = [
  [
    { measured: OURS, vms: 20, throttling: "azure" },
    { measured: OUR_FLEET, vms: 20, throttling: "azure" },
  ],
];

function isOurs({ measured }: Case): boolean {
  return measured === OURS || measured === OUR_FLEET;
}

/** A client that gives up when it is throttled is told of in the table. */
function answersCheck(one: Case, { result, seen }: Trial): Check {
  if (one.measured === OUR_FLEET) {
    return fleetCheck(describe(one), { result, seen });
  }
  const check = isOurs(one) || one.throttling === "none" ? checkAnswers : checkGivenAnswers;
  return check(describe(one), result, printed);
}

/** A fleet keeps the exit codes of all its VMs, and the output of the first. */
function fleetCheck(client: string, { result: { jobs }, seen }: Trial): Check {
  const first = jobs[0]?.stdout;
  const exitedWith0 = jobs.filter(({ error, exitCode }) => error === undefined && exitCode === 0).length;
  const vms = new Set(seen.operations.map(({ vmName }) => vmName)).size;
  return {
    what: `${client}: each script has exited with 0 on its own VM, and the first one's output has come back`,
    holds: first === printed(1) && exitedWith0 === jobs.length && vms === jobs.length,
    saw: `${exitedWith0} of ${jobs.length} on ${vms} VMs, and ${JSON.stringify(first)}`,
  };
}

function describe({ measured, vms, throttling }: Case): string {
  return `${measured.name}, ${vms} VMs, throttling ${throttling}`;
}

function tryCase({ measured, vms, throttling }: Case, { small, seed }: BenchContext): Promise<Trial> {
  const names = vmNames(vms);
  const scale = small ? SMALL_SCALE : 1;
  const choice = { scale, vmNames: names, timing: "realistic", seed, guests: "stub", throttling } as const;
  return tryOut(choice, (simulator) => ({
    client: measured.client,
    jobs: jobsOn(simulator, { count: vms, vmNames: names, script }),
    concurrency: vms,
    memoryAfterMs: IN_FLIGHT_MS,
  }));
}

function table(rows: readonly TriedCase[]): Table {
  const megabytes = (bytes: number | undefined) => (bytes === undefined ? undefined : bytes / MEGABYTE);
  return tableOf("From the first request to the last result", rows, [
    { key: "client", title: "Client", of: ({ one }) => one.measured.name },
    { key: "vms", title: "VMs", of: ({ one }) => one.vms },
    { key: "throttling", title: "Throttling", of: ({ one }) => one.throttling },
    FAILED,
    { key: "wall", title: "Time", unit: "s", digits: 1, of: ({ trial }) => wallMs(trial.result.jobs) / 1_000 },
    { key: "slowest", title: "Slowest operation", unit: "s", digits: 1, of: ({ trial }) => slowestMs(trial) / 1_000 },
    { key: "floor", title: "Floor", unit: "s", digits: 1, of: ({ one, trial }) => floorMs(one, trial) / 1_000 },
    ...DETECTION,
    {
      key: "requests",
      title: "Requests per run",
      digits: 1,
      of: ({ trial }) => requestsOf(trial.seen) / trial.result.jobs.length,
    },
    THROTTLED,
    { key: "cpu", title: "Processor", unit: "s", digits: 1, of: ({ trial }) => trial.result.cpuSeconds },
    {
      key: "used",
      title: "Memory in use, in flight",
      unit: "MB",
      of: ({ trial }) => megabytes(trial.result.usedMemoryBytes),
    },
    { key: "idle", title: "Resident, idle", unit: "MB", of: ({ trial }) => megabytes(trial.result.idleMemoryBytes) },
    { key: "peak", title: "at most", unit: "MB", of: ({ trial }) => megabytes(trial.result.peakMemoryBytes) },
  ]);
}

function slowestMs({ seen }: Trial): number {
  return Math.max(...seen.operations.map(ownTimeMs));
}

function floorMs({ throttling }: Case, trial: Trial): number {
  if (throttling === "none") {
    return slowestMs(trial);
  }
  const sent = [...trial.seen.operations].sort((a, b) => a.postedAtMs - b.postedAtMs);
  const waitsMs = (index: number) => (Math.max(0, index + 1 - WRITES_BURST) / WRITES_PER_SECOND) * 1_000;
  return Math.max(...sent.map((operation, index) => waitsMs(index) + ownTimeMs(operation)));
}

const TIMES_SLOWEST = 1.3;
const BEYOND_MS = 5_000;

function timeGoal(one: Case, trial: Trial): Goal {
  const wantedMs = floorMs(one, trial) * TIMES_SLOWEST + BEYOND_MS;
  const seenMs = wallMs(trial.result.jobs);
  const against = one.throttling === "none" ? "the slowest operation" : "the floor of the token buckets";
  return {
    what: `${describe(one)}: ${TIMES_SLOWEST} × ${against} + ${BEYOND_MS / 1_000} s`,
    wanted: `≤ ${toFixed(wantedMs / 1_000, 1)} s`,
    measured: `${toFixed(seenMs / 1_000, 1)} s`,
    reached: seenMs <= wantedMs,
  };
}

function memoryGoals(one: Case, { result }: Trial): readonly Goal[] {
  const goal = (what: string, bytes: number): Goal => ({
    what: `${describe(one)}: ${what}, beyond an idle provider process`,
    wanted: `≤ ${MEMORY_MAX_BYTES / MEGABYTE} MB`,
    measured: `${toFixed(bytes / MEGABYTE, 0)} MB`,
    reached: bytes <= MEMORY_MAX_BYTES,
  });
  return [
    goal("memory in use with all in flight", result.usedMemoryBytes ?? Number.NaN),
    goal("resident memory at most", result.peakMemoryBytes - result.idleMemoryBytes),
  ];
}
