/** What `npm run bench -- …` is told. Pure. */
import type { Bench } from "./bench";

export interface BenchArguments {
  readonly kind: "arguments";
  readonly benches: readonly Bench[];
  readonly small: boolean;
  readonly seed: number;
  readonly jsonFile: string | undefined;
  readonly resultsFile: string | undefined;
}

export interface ArgumentsProblem {
  readonly kind: "problem";
  readonly problem: string;
}

const DEFAULT_SEED = 1;

const USAGE = "npm run bench -- [names of benches] [--small] [--seed=<number>] [--json=<file>] [--results=<file>]";

export function readArguments(given: readonly string[], all: readonly Bench[]): BenchArguments | ArgumentsProblem {
  const options = new Map<string, string>();
  const names: string[] = [];
  for (const one of given) {
    const [, option, value = ""] = /^--([a-z]+)(?:=(.*))?$/.exec(one) ?? [];
    if (option === undefined) {
      names.push(one);
    } else {
      options.set(option, value);
    }
  }
  const unknownOption = [...options.keys()].find((option) => !["small", "seed", "json", "results"].includes(option));
  if (unknownOption !== undefined) {
    return { kind: "problem", problem: `bench: there is no option --${unknownOption}; ${USAGE}` };
  }
  const unknownName = names.find((name) => !all.some((bench) => bench.name === name));
  if (unknownName !== undefined) {
    const known = all.map(({ name }) => name).join(", ");
    return { kind: "problem", problem: `bench: there is no bench '${unknownName}'; there are ${known}` };
  }
  const seed = options.get("seed") ?? String(DEFAULT_SEED);
  if (!/^[0-9]{1,9}$/.test(seed)) {
    return { kind: "problem", problem: `bench: --seed is '${seed}'; give a whole number of at most nine digits` };
  }
  return {
    kind: "arguments",
    benches: names.length === 0 ? all : all.filter(({ name }) => names.includes(name)),
    small: options.has("small"),
    seed: Number(seed),
    jsonFile: options.get("json"),
    resultsFile: options.get("results"),
  };
}
