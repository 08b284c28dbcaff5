/** Bench 4: a script that prints five megabytes. */
import { createHash } from "node:crypto";
import type { JobResult } from "../clients/messages";
import type { Bench, BenchContext, BenchResult, Check, Goal, Row, Table } from "../support/bench";
import { type BigOutput, denseOutput, logOutput } from "../support/big-output";
import { ARM_COMPUTE, type Measured, OURS } from "../support/peers";
import { toFixed } from "../support/table";
import { checkNotThrottled, jobsOn, type Trial, tryOut, wallMs } from "../support/trial";

const SCALE = 20;
const SCALE_SMALL = 10;
const VM_NAMES = ["vm1"];
const PRINTED_BYTES = 5_000_000;
const PRINTED_BYTES_SMALL = 500_000;
const MEBIBYTE = 1_048_576;
/** Of what does not pack: each operation brings 5,900 bytes, and Azure lets 4 of them begin each minute. */
const DENSE_BYTES = 262_144;
const DEFAULT_BYTES = 65_536;
/** What Azure gives of each stream. Source: azure-wire.md 4.3. */
const AZURE_BYTES = 4_096;

export const bigOutput: Bench = {
  name: "big-output",
  title: "Five megabytes of output",
  about: `A script prints 5 MB: once lines of a log, which pack well, once random letters, which do not. What arrives, in how many operations. The guests are real: their own time counts ${SCALE} times, since time runs ${SCALE} times as fast.`,
  run,
};

interface Case {
  readonly measured: Measured;
  readonly what: string;
  readonly output: BigOutput;
  readonly askedBytes: number;
}

async function run(context: BenchContext): Promise<BenchResult> {
  const trials = await Promise.all(
    cases(context).map(async (one) => {
      const { measured, output, what, askedBytes } = one;
      context.say(`${measured.name}: ${output.stdout.length} bytes of ${what}, ${askedBytes} asked for`);
      return { one, trial: await tryCase(one, context) };
    }),
  );
  const ours = trials.filter(({ one }) => one.measured === OURS);
  return {
    tables: [table(trials.map(({ one, trial }) => rowOf(one, trial)))],
    checks: [
      ...trials.map(({ one, trial }) => endCheck(one, trial)),
      ...ours.map(({ one, trial }) => digestCheck(one, trial)),
      ...ours.map(({ one, trial }) => checkNotThrottled(`${one.measured.name}, ${one.what}`, trial.seen)),
    ],
    goals: ours.map(({ one, trial }) => wholeGoal(one, trial)),
    notes: [
      "Azure lets a VM have 12 run commands at once and 4 more each minute, so what takes many operations takes minutes, however fast each of them is.",
    ],
  };
}

function cases({ small, seed }: BenchContext): readonly Case[] {
  const bytes = small ? PRINTED_BYTES_SMALL : PRINTED_BYTES;
  const log = { what: "log lines", output: logOutput(bytes, seed + 1) };
  const dense = { what: "random letters", output: denseOutput(bytes, seed + 1) };
  if (small) {
    return [{ measured: OURS, ...log, askedBytes: DEFAULT_BYTES }];
  }
  return [
    { measured: OURS, ...log, askedBytes: MEBIBYTE },
    { measured: ARM_COMPUTE, ...log, askedBytes: AZURE_BYTES },
    { measured: OURS, ...dense, askedBytes: DEFAULT_BYTES },
    { measured: OURS, ...dense, askedBytes: DENSE_BYTES },
  ];
}

function tryCase({ measured, output, askedBytes }: Case, { small, seed }: BenchContext): Promise<Trial> {
  const choice = {
    scale: small ? SCALE_SMALL : SCALE,
    vmNames: VM_NAMES,
    timing: "realistic",
    seed,
    guests: "real",
    throttling: "azure",
  } as const;
  return tryOut(choice, (simulator) => ({
    client: measured.client,
    jobs: jobsOn(simulator, {
      count: 1,
      vmNames: VM_NAMES,
      script: () => output.script,
      ...(measured === OURS ? { outputMaxBytes: askedBytes } : {}),
    }),
    concurrency: 1,
  }));
}

function table(rows: readonly Row[]): Table {
  return {
    caption: "What arrives",
    columns: [
      { key: "client", title: "Client" },
      { key: "what", title: "Output" },
      { key: "printed", title: "Printed", unit: "bytes" },
      { key: "asked", title: "Asked for", unit: "bytes" },
      { key: "arrived", title: "Arrived", unit: "bytes" },
      { key: "digest", title: "SHA-256 of all" },
      { key: "operations", title: "Operations" },
      { key: "wall", title: "Time", unit: "s" },
    ],
    rows,
  };
}

function rowOf({ measured, what, output, askedBytes }: Case, { result, seen }: Trial): Row {
  const job = only(result.jobs);
  return {
    client: measured.name,
    what,
    printed: output.stdout.length,
    asked: measured === OURS ? askedBytes : undefined,
    arrived: job.stdout.length,
    digest:
      job.stdoutSha256 === undefined ? "not told" : job.stdoutSha256 === sha256(output.stdout) ? "right" : "WRONG",
    operations: seen.operations.length,
    wall: wallMs(result.jobs) / 1_000,
  };
}

/** What arrives is the end of what was printed. */
function endCheck({ measured, what, output }: Case, { result }: Trial): Check {
  const job = only(result.jobs);
  const isEnd = job.error === undefined && job.stdout.length > 0 && output.stdout.endsWith(job.stdout);
  return {
    what: `${measured.name}, ${what}: what arrives is the end of what was printed`,
    holds: isEnd,
    ...(isEnd ? {} : { saw: job.error ?? `${job.stdout.length} bytes that are not` }),
  };
}

function digestCheck({ measured, what, output }: Case, { result }: Trial): Check {
  const seen = only(result.jobs).stdoutSha256;
  const wanted = sha256(output.stdout);
  return {
    what: `${measured.name}, ${what}: the SHA-256 is that of all that was printed`,
    holds: seen === wanted,
    ...(seen === wanted ? {} : { saw: seen ?? "none" }),
  };
}

function wholeGoal({ measured, what, askedBytes }: Case, { result }: Trial): Goal {
  const { length } = only(result.jobs).stdout;
  return {
    what: `${measured.name}, ${what}: all that was asked for arrives`,
    wanted: `${toFixed(askedBytes, 0)} bytes`,
    measured: `${toFixed(length, 0)} bytes`,
    reached: length === askedBytes,
  };
}

function only(jobs: readonly JobResult[]): JobResult {
  const [job] = jobs;
  if (job === undefined) {
    throw new RangeError("nothing was run");
  }
  return job;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
