/** Writes what was measured: for a terminal, and as the page `bench/RESULTS.md`. Pure. */
import type { Bench, BenchResult, Check, Goal } from "./bench";
import { markdownTable, printTable } from "./table";

export function printResult({ tables, checks, goals, notes }: BenchResult): string {
  const wrong = checks.filter(({ holds }) => !holds);
  const answers =
    wrong.length === 0
      ? [`answers: all ${checks.length} checks hold`]
      : wrong.map((check) => `WRONG ANSWER: ${sentence(check)}`);
  return [
    ...tables.map((table) => `${printTable(table)}\n`),
    ...goals.map(
      (goal) => `${goal.reached ? "reached" : "MISSED "}  ${goal.what}: ${goal.measured} (wanted ${goal.wanted})`,
    ),
    ...notes.map((note) => `note: ${note}`),
    ...answers,
  ].join("\n");
}

function sentence({ what, saw }: Check): string {
  return saw === undefined ? what : `${what}; seen: ${saw}`;
}

export interface Report {
  readonly machine: string;
  /** `2026-11-26` */
  readonly date: string;
  readonly seed: number;
  readonly small: boolean;
  readonly done: readonly { readonly bench: Bench; readonly result: BenchResult }[];
}

export function resultsPage({ machine, date, seed, small, done }: Report): string {
  const parts = done.map(({ bench, result }, index) => section(index + 1, bench, result));
  return `${[
    "# Results of the benches",
    "",
    "Written by `npm run bench -- --results=bench/RESULTS.md`; [README.md](README.md) says what is measured and how to read it.",
    "",
    `- **Machine**: ${machine}`,
    `- **Date**: ${date}`,
    `- **Seed**: ${seed}${small ? "\n- **Small**: only so much was measured that a wrong answer is found" : ""}`,
    "",
    ...parts,
  ]
    .join("\n")
    .trimEnd()}\n`;
}

function section(number: number, { title, name, about }: Bench, { tables, checks, goals, notes }: BenchResult): string {
  const wrong = checks.filter(({ holds }) => !holds);
  const answers =
    wrong.length === 0
      ? `All ${checks.length} checks of the answers hold.`
      : wrong.map((check) => `- **Wrong answer**: ${sentence(check)}`).join("\n");
  return [
    `## ${number}. ${title} (\`${name}\`)`,
    "",
    about,
    "",
    ...tables.flatMap((table) => [markdownTable(table), ""]),
    ...(goals.length === 0 ? [] : [goalsTable(goals), ""]),
    ...notes.flatMap((note) => [note, ""]),
    answers,
    "",
  ].join("\n");
}

function goalsTable(goals: readonly Goal[]): string {
  const rows = goals.map(
    ({ what, wanted, measured, reached }) =>
      `| ${what} | ${wanted} | ${measured} | ${reached ? "reached" : "**missed**"} |`,
  );
  return ["| Goal | Wanted | Measured | |", "| --- | ---: | ---: | --- |", ...rows].join("\n");
}
