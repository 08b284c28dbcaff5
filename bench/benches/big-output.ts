/** Bench 4: a script that prints five megabytes. */
import { createHash } from "node:crypto";
import type { JobResult } from "../clients/messages";
import type { Bench, BenchContext, BenchResult, Check, Goal, Table } from "../support/bench";
import { type BigOutput, denseOutput, logOutput } from "../support/big-output";
import { ARM_COMPUTE, type Measured, OURS } from "../support/peers";
import { tableOf, toFixed } from "../support/table";
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

interface TriedCase {
  readonly one: Case;
  readonly trial: Trial;
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
    tables: [table(trials)],
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

function table(rows: readonly TriedCase[]): Table {
  return tableOf("What arrives", rows, [
    { key: "client", title: "Client", of: ({ one }) => one.measured.name },
    { key: "what", title: "Output", of: ({ one }) => one.what },
    { key: "printed", title: "Printed", unit: "bytes", of: ({ one }) => one.output.stdout.length },
    {
      key: "asked",
      title: "Asked for",
      unit: "bytes",
      of: ({ one }) => (one.measured === OURS ? one.askedBytes : undefined),
    },
    { key: "arrived", title: "Arrived", unit: "bytes", of: ({ trial }) => only(trial.result.jobs).stdout.length },
    { key: "digest", title: "SHA-256 of all", of: digestOf },
    { key: "operations", title: "Operations", of: ({ trial }) => trial.seen.operations.length },
    { key: "wall", title: "Time", unit: "s", of: ({ trial }) => wallMs(trial.result.jobs) / 1_000 },
  ]);
}

function digestOf({ one, trial }: TriedCase): string {
  const { stdoutSha256 } = only(trial.result.jobs);
  return stdoutSha256 === undefined ? "not told" : stdoutSha256 === sha256(one.output.stdout) ? "right" : "WRONG";
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
