/** What is to run, held against every rule that a resource's script is held against too; problems name the options. */
import { type KnownWork, problemReader, readWork, whenWorkKnown } from "../core/inputs/desired-state";
import { sizeProblems } from "../core/inputs/size";
import { lintScript } from "../core/script/lint";
import type { ReadScript } from "./script-text";
import { UsageError } from "./usage";

export interface GivenScript {
  readonly script: ReadScript;
  readonly arguments: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly protectedParameters: Readonly<Record<string, string>>;
  readonly runAs: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly readyTimeoutSeconds: number;
  readonly outputMaxBytes: number | undefined;
  readonly isParallel: boolean;
}

export interface CheckedScript {
  readonly work: KnownWork;
  /** Sentences about what may be meant so, and may not. */
  readonly warnings: readonly string[];
}

/** What the inputs of a resource are called on the command line. */
const OPTIONS = {
  parameters: "--parameter",
  protectedParameters: "--protected-parameter",
  runAsUser: "--run-as",
  workingDirectory: "--working-directory",
  timeoutInSeconds: "--timeout",
  readyTimeoutInSeconds: "--ready-timeout",
  outputMaxBytes: "--output-max-bytes",
  arguments: "the arguments behind --",
} as const;

/** @throws UsageError with every problem, a line each. */
export async function checkScript(given: GivenScript): Promise<CheckedScript> {
  const raw = {
    script: given.script.text,
    arguments: given.arguments,
    parameters: given.parameters,
    protectedParameters: given.protectedParameters,
    runAsUser: given.runAs,
    workingDirectory: given.workingDirectory,
    timeoutInSeconds: given.timeoutSeconds,
    readyTimeoutInSeconds: given.readyTimeoutSeconds,
    outputMaxBytes: given.outputMaxBytes,
    parallelOnVm: given.isParallel,
  };
  const { reader, problems } = problemReader(raw, [], { isUnknown: () => false });
  const desired = readWork(raw, reader);
  const lint = await lintScript(given.script.name, given.script.text, { restartFails: true });
  const sentences = [...problems, ...sizeProblems(desired)].map(({ sentence }) =>
    ofCommandLine(sentence, given.script),
  );
  const all = [...sentences, ...lint.problems.map(({ sentence }) => sentence)];
  const work = whenWorkKnown(desired);
  if (all.length > 0 || work === undefined) {
    throw new UsageError(all.join("\n  "));
  }
  return { work, warnings: lint.warnings };
}

/** The sentence with the names that its reader knows. */
export function ofCommandLine(sentence: string, script: Pick<ReadScript, "name">): string {
  const [first = ""] = sentence.split(" ");
  const names = new Map<string, string>(Object.entries({ ...OPTIONS, script: `the script ${script.name}` }));
  const begun = names.has(first) ? `${names.get(first)}${sentence.slice(first.length)}` : sentence;
  return begun.replace(/'([A-Za-z]+)'/g, (quoted, name: string) =>
    name === "script" ? quoted : (names.get(name) ?? quoted),
  );
}
