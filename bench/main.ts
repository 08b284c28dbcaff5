/** `npm run bench`: runs benches, prints their tables, checks their answers, and writes what was measured where it is asked to. */
import { writeFileSync } from "node:fs";
import { BENCHES } from "./benches/all";
import { readArguments } from "./support/arguments";
import type { Bench, BenchResult } from "./support/bench";
import { describeMachine } from "./support/machine";
import { printResult, resultsPage } from "./support/report";

async function main(): Promise<number> {
  const read = readArguments(process.argv.slice(2), BENCHES);
  if (read.kind === "problem") {
    process.stderr.write(`${read.problem}\n`);
    return 2;
  }
  const { benches, small, seed, jsonFile, resultsFile } = read;
  const done: { readonly bench: Bench; readonly result: BenchResult }[] = [];
  for (const bench of benches) {
    process.stdout.write(`\n=== ${bench.name}: ${bench.title}\n`);
    const result = await bench.run({ small, seed, say: (line) => process.stdout.write(`  ${line}\n`) });
    process.stdout.write(`\n${printResult(result)}\n`);
    done.push({ bench, result });
  }
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
