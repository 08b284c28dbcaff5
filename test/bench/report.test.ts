import { execFileSync } from "node:child_process";
import { readArguments } from "../../bench/support/arguments";
import type { Bench, BenchResult } from "../../bench/support/bench";
import { denseOutput, logOutput } from "../../bench/support/big-output";
import { printResult, resultsPage } from "../../bench/support/report";
import { median, percentile } from "../../bench/support/statistics";
import { tableOf } from "../../bench/support/table";

const RESULT: BenchResult = {
  tables: [
    tableOf(
      "Times",
      [
        ["ours", 1234.56],
        ["theirs", undefined],
      ] as const,
      [
        { key: "client", title: "Client", of: ([client]) => client },
        { key: "time", title: "Time", unit: "s", digits: 1, of: ([, seconds]) => seconds },
      ],
    ),
  ],
  checks: [
    { what: "each script has its own output", holds: true },
    { what: "Azure has never answered 429", holds: false, saw: "3 times" },
  ],
  goals: [{ what: "times as fast", wanted: "≥ 20.0", measured: "19.9", reached: false }],
  notes: ["Measured twice."],
};

const BENCH: Bench = { name: "one", title: "One thing", about: "Measures one thing.", run: async () => RESULT };

test("a result is printed with its table, what it missed and each wrong answer", () => {
  expect(printResult(RESULT)).toBe(
    [
      "Times",
      "Client  Time, s",
      "---------------",
      "ours    1,234.6",
      "theirs        –",
      "",
      "MISSED   times as fast: 19.9 (wanted ≥ 20.0)",
      "note: Measured twice.",
      "WRONG ANSWER: Azure has never answered 429; seen: 3 times",
    ].join("\n"),
  );
});

test("the page of results names machine, date and seed, and a goal that was missed", () => {
  const machine = "2 cores, 24 GiB of memory, Linux on x64, Node.js 20.0.0";
  const done = [{ bench: BENCH, result: RESULT }];
  expect(resultsPage({ machine, date: "2026-11-26", seed: 7, small: false, done })).toBe(
    `# Results of the benches

Written by \`npm run bench -- --results=bench/RESULTS.md\`; [README.md](README.md) says what is measured and how to read it.

- **Machine**: 2 cores, 24 GiB of memory, Linux on x64, Node.js 20.0.0
- **Date**: 2026-11-26
- **Seed**: 7

## 1. One thing (\`one\`)

Measures one thing.

**Times**

| Client | Time, s |
| --- | ---: |
| ours | 1,234.6 |
| theirs | – |

| Goal | Wanted | Measured | |
| --- | ---: | ---: | --- |
| times as fast | ≥ 20.0 | 19.9 | **missed** |

Measured twice.

- **Wrong answer**: Azure has never answered 429; seen: 3 times
`,
  );
});

test("an even number of values has the mean of the two in the middle as its median", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
  expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 95)).toBe(10);
  expect(() => median([])).toThrow("there is no middle of no values");
});

test.each([
  {
    given: ["--smal"],
    problem:
      "bench: there is no option --smal; npm run bench -- [names of benches] [--small] [--seed=<number>] [--json=<file>] [--results=<file>]",
  },
  { given: ["two"], problem: "bench: there is no bench 'two'; there are one" },
  { given: ["--seed=x"], problem: "bench: --seed is 'x'; give a whole number of at most nine digits" },
])("$given is refused with a sentence", ({ given, problem }) => {
  expect(readArguments(given, [BENCH])).toEqual({ kind: "problem", problem });
});

test("without arguments all benches are run in full, with the seed 1", () => {
  const defaults = {
    kind: "arguments",
    benches: [BENCH],
    small: false,
    seed: 1,
    jsonFile: undefined,
    resultsFile: undefined,
  };
  expect(readArguments([], [BENCH])).toEqual(defaults);
});

test.each([
  ["log lines", logOutput(20_000, 5)],
  ["random letters", denseOutput(20_000, 5)],
])("what a script of %s prints is what the bench expects of it", (_, { script, stdout }) => {
  expect(execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" })).toBe(stdout);
});
