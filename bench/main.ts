/** `npm run bench`: runs benches, prints their tables, checks their answers, and writes what was measured where it is asked to. */
import { writeFileSync } from "node:fs";
import { BENCHES } from "./benches/all";
import { readArguments } from "./support/arguments";
import type { Bench, BenchResult } from "./support/bench";
import { describeMachine } from "./support/machine";
import { printResult, resultsPage } from "./support/report";

interface Done {
  readonly bench: Bench;
  readonly result: BenchResult;
}

/** So that none takes the processor from another one whose times are measured. */
async function oneAfterTheOther(benches: readonly Bench[], seed: number): Promise<readonly Done[]> {
  const done: Done[] = [];
  for (const bench of benches) {
    process.stdout.write(`\n=== ${bench.name}: ${bench.title}\n`);
    const beganAtMs = Date.now();
    const result = await bench.run({ small: false, seed, say: (line) => process.stdout.write(`  ${line}\n`) });
    const seconds = Math.round((Date.now() - beganAtMs) / 1_000);
    process.stdout.write(`\n${printResult(result)}\n${bench.name} took ${seconds} s\n`);
    done.push({ bench, result });
  }
  return done;
}

/** Where only answers are looked at: most of the time they wait. */
async function allAtOnce(benches: readonly Bench[], seed: number): Promise<readonly Done[]> {
  const done = await Promise.all(
    benches.map(async (bench) => {
      const say = (line: string) => process.stdout.write(`${bench.name}: ${line}\n`);
      return { bench, result: await bench.run({ small: true, seed, say }) };
    }),
  );
  for (const { bench, result } of done) {
    process.stdout.write(`\n=== ${bench.name}: ${bench.title}\n\n${printResult(result)}\n`);
  }
  return done;
}

async function main(): Promise<number> {
  const read = readArguments(process.argv.slice(2), BENCHES);
  if (read.kind === "problem") {
    process.stderr.write(`${read.problem}\n`);
    return 2;
  }
  const { benches, small, seed, jsonFile, resultsFile } = read;
  const done = await (small ? allAtOnce(benches, seed) : oneAfterTheOther(benches, seed));
  const report = { machine: describeMachine(), date: new Date().toISOString().slice(0, 10), seed, small, done };
  if (jsonFile !== undefined) {
    const benchesOf = done.map(({ bench: { name, title, about }, result }) => ({ name, title, about, ...result }));
    writeFileSync(jsonFile, `${JSON.stringify({ ...report, done: undefined, benches: benchesOf }, null, 2)}\n`);
  }
  if (resultsFile !== undefined) {
    writeFileSync(resultsFile, resultsPage(report));
  }
  const wrong = done.flatMap(({ result }) => result.checks.filter(({ holds }) => !holds));
  process.stdout.write(wrong.length === 0 ? "\nevery answer was right\n" : `\n${wrong.length} answers were wrong\n`);
  return wrong.length === 0 ? 0 : 1;
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
