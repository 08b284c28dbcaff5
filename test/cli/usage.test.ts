/** The parts of the command line, each alone: words, numbers, names, tables, what is read and written, ends. */
import { Writable } from "node:stream";
import { ofCommandLine } from "../../cli/checked-script";
import { describeEnd, exitCodeOf } from "../../cli/end-of-run";
import { findRun } from "../../cli/find-run";
import { buildProgram } from "../../cli/main";
import { readBytes, readSeconds } from "../../cli/numbers";
import { readParameters, readProtectedParameters } from "../../cli/parameters";
import { runsCommand } from "../../cli/runs";
import { readBounded } from "../../cli/script-text";
import { nearestForm } from "../../cli/simulate";
import { table } from "../../cli/table";
import { optionsFor, targetOf } from "../../cli/target";
import { nearest, UsageError, withNearestForm } from "../../cli/usage";
import { UnwrittenError, writeOut } from "../../cli/write-out";
import type { RunFailure } from "../../core/failures/errors";
import { listAllReceipts } from "../../core/run/list-all-receipts";
import type { ListedReceipt } from "../../core/run/list-receipts";
import { type RunOutcome, UNKNOWN_RESULT } from "../../core/run/outcome";
import type { Session } from "../../core/run/session";
import { checkOptions, type RawOptions } from "../../simulator/options";

jest.mock("../../core/run/list-all-receipts", () => ({ listAllReceipts: jest.fn() }));

const GUID = "00000000-0000-0000-0000-000000000001";
const ID = `/subscriptions/${GUID}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1`;

/** The sentence of the mistake. */
function mistake(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) {
      return error.message;
    }
    throw error;
  }
  throw new Error("no mistake was found");
}

test.each([
  { word: "invok", words: ["invoke", "runs"], found: "invoke" },
  { word: "--nmae", words: ["--name", "--vm-id"], found: "--name" },
  { word: "IFCONFIG", words: ["ifconfig"], found: "ifconfig" },
  { word: "nope", words: ["invoke", "runs"], found: undefined },
  { word: "x", words: [], found: undefined },
])("of $words, the nearest to '$word' is $found", ({ word, words, found }) => {
  expect(nearest(word, words)).toBe(found);
});

test.each([
  { text: "error: unknown command 'run'\n", told: "unknown command 'run'; did you mean 'runs'?" },
  { text: "error: unknown option '--jsn'\n", told: "unknown option '--jsn'; did you mean '--json'?" },
  { text: "error: unknown option '-x'\n", told: "unknown option '-x'; see 'arc --help'" },
  {
    text: "error: option '--timeout <time>' argument missing\n",
    told: "option '--timeout <time>' has no value; see 'arc --help'",
  },
  { text: "error: missing required argument 'run'\n", told: "missing required argument 'run'; see 'arc --help'" },
  {
    text: "error: too many arguments for 'runs'. Expected 0 arguments but got 1.\n",
    told: "too many arguments for 'runs'; expected 0 arguments but got 1; see 'arc --help'",
  },
])("commander's sentence becomes: $told", ({ text, told }) => {
  expect(
    withNearestForm(text, {
      name: "arc",
      options: ["--json", "--name"],
      commands: ["runs", "invoke"],
      passesOn: false,
    }),
  ).toBe(told);
});

test.each<{ raw: RawOptions; told: string }>([
  { raw: { fault: ["throtled"] }, told: "; did you mean 'throttled'?" },
  { raw: { fault: ["throttled:count=0"] }, told: "" },
  { raw: { scaleSet: ["x:mode=unform"] }, told: "; did you mean 'uniform'?" },
  { raw: { scaleSet: ["x:count=y"] }, told: "" },
  { raw: { guest: "dock" }, told: "; did you mean 'docker'?" },
  { raw: { guest: "vmware" }, told: "" },
  { raw: { timing: "realstic" }, told: "; did you mean 'realistic'?" },
  { raw: { throttling: "azur" }, told: "; did you mean 'azure'?" },
  { raw: { port: "x" }, told: "" },
])("of the simulator's $raw is asked: '$told'", ({ raw, told }) => {
  const checked = checkOptions(raw);
  expect(checked.kind === "problem" ? nearestForm(checked.problem) : "no problem").toBe(told);
});

test("of a stdin that never ends no more is read than a script can have", async () => {
  let pieces = 0;
  async function* endless() {
    for (;;) {
      pieces += 1;
      yield "y\n".repeat(32_768);
    }
  }
  await expect(readBounded("stdin", endless())).rejects.toThrow(
    new UsageError("stdin has more than 262,144 bytes, which no request can hold; let the script download the bulk"),
  );
  expect(pieces).toBe(5);
});

/** A stream that takes nothing. */
function broken(code: string): Writable {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
  return stream.on("error", () => undefined);
}

test("output that cannot be written is a failure, unless its reader has enough", async () => {
  await expect(writeOut(broken("ENOSPC"), "x")).rejects.toThrow(
    new UnwrittenError("stdout cannot be written: the disk is full (ENOSPC)"),
  );
  await expect(writeOut(broken("EIO"), "x")).rejects.toThrow(new UnwrittenError("stdout cannot be written (EIO)"));
  await expect(writeOut(broken("EPIPE"), "x")).resolves.toBeUndefined();
});

test.each([
  { text: "90", seconds: 90 },
  { text: "90s", seconds: 90 },
  { text: "10m", seconds: 600 },
  { text: "2h", seconds: 7_200 },
])("$text are $seconds s", ({ text, seconds }) => {
  expect(readSeconds("--timeout", text, { least: 1 })).toBe(seconds);
});

test.each(["", "0", "-1", "1.5", "1d", "1 m", "ten", "999999999h"])("'%s' is no time", (text) => {
  expect(mistake(() => readSeconds("--timeout", text, { least: 1 }))).toBe(
    `--timeout is '${text}', expected a whole number of seconds from 1, or a time such as 90s, 10m or 2h`,
  );
});

test("a number of bytes is a whole number, or not given", () => {
  expect([readBytes("--b", undefined), readBytes("--b", "0"), readBytes("--b", "65536")]).toEqual([
    undefined,
    0,
    65_536,
  ]);
  expect(mistake(() => readBytes("--b", "1k"))).toBe("--b is '1k', expected a whole number of bytes");
});

test("a parameter's value begins behind the first '=', and may be empty", () => {
  expect(readParameters(["A=b=c", "B="])).toEqual({ A: "b=c", B: "" });
});

test.each([
  {
    given: ["A"],
    told: "--parameter 'A' has no value; write A=VALUE, or --protected-parameter A to take it from the environment",
  },
  { given: ["=b"], told: "--parameter '=b' has no name; write NAME=VALUE" },
  { given: ["A=1", "A=2"], told: "--parameter A is given twice; give it once" },
])("of $given is said: $told", ({ given, told }) => {
  expect(mistake(() => readParameters(given))).toBe(told);
});

test("protected parameters are taken from the environment, also an empty one", () => {
  const environment = (name: string) => ({ TOKEN: "t", EMPTY: "" })[name];
  expect(readProtectedParameters(["TOKEN", "EMPTY"], environment)).toEqual({ TOKEN: "t", EMPTY: "" });
  expect(mistake(() => readProtectedParameters(["NOPE"], environment))).toBe(
    "the environment variable NOPE of --protected-parameter is not set; set it, for example by 'read -rs NOPE && export NOPE'",
  );
});

test("a protected parameter is given once", () => {
  expect(mistake(() => readProtectedParameters(["TOKEN", "TOKEN"], () => "t"))).toBe(
    "--protected-parameter TOKEN is given twice; give it once",
  );
});

test("a secret value on the command line is refused, and not repeated", () => {
  const sentence = mistake(() => readProtectedParameters(["TOKEN=hunter2"], () => undefined));
  expect(sentence).toBe(
    "--protected-parameter takes a name and no value, which others could see in the process list; put the value into the environment variable TOKEN and give --protected-parameter TOKEN",
  );
});

test.each([
  { options: { resourceGroup: "rg", name: "web1" }, command: "-g rg -n web1" },
  { options: { resourceGroup: "r(g)", name: "web1" }, command: "-g 'r(g)' -n web1" },
  {
    options: { resourceGroup: "rg", name: "web1", subscription: GUID },
    command: `-g rg -n web1 --subscription ${GUID}`,
  },
  { options: { vmId: ID }, command: `--vm-id ${ID}` },
])("a VM is named again as it was named: $command", ({ options, command }) => {
  expect(optionsFor(options, targetOf(options))).toBe(command);
});

test.each([
  { sentence: "runAsUser is empty", told: "--run-as is empty" },
  { sentence: 'parameters has "A"', told: '--parameter has "A"' },
  {
    sentence: "protectedParameters has x, which 'parameters' has too",
    told: "--protected-parameter has x, which --parameter has too",
  },
  { sentence: "script has a NUL byte in line 1", told: "the script 'a.sh' has a NUL byte in line 1" },
  { sentence: "something else is 'set'", told: "something else is 'set'" },
])("'$sentence' is for a program, '$told' for the command line", ({ sentence, told }) => {
  expect(ofCommandLine(sentence, { name: "'a.sh'" })).toBe(told);
});

function outcome(failure: RunFailure | undefined, exitCode?: number): RunOutcome {
  return { result: { ...UNKNOWN_RESULT, exitCode }, failure, takenUp: false };
}

const TAILS = { stderrTail: "oh", stdoutTail: "" };
const OF_VM = { vmName: "web1", ...TAILS };

test.each<{ ended: RunOutcome; code: number; told: string | undefined }>([
  { ended: outcome(undefined, 0), code: 0, told: undefined },
  {
    ended: outcome({ kind: "ScriptFailed", exitCode: 7, ...OF_VM }, 7),
    code: 7,
    told: "the script on 'web1' exited with 7",
  },
  {
    ended: outcome({ kind: "ScriptKilled", signal: 9, ...OF_VM }),
    code: 137,
    told: "the script on 'web1' was ended by signal 9 (SIGKILL)",
  },
  {
    ended: outcome({ kind: "ScriptKilled", signal: undefined, ...OF_VM }),
    code: 1,
    told: "the script on 'web1' was ended by a signal",
  },
  {
    ended: outcome({ kind: "ScriptTimedOut", timeoutInSeconds: 90, ...OF_VM }),
    code: 1,
    told: "the script on 'web1' was ended, with all its children, after 90 s (--timeout)",
  },
  {
    ended: outcome({ kind: "NamedOutputsUnreadable", vmName: "web1", exitCode: 0, problem: "it is not UTF-8 text" }, 0),
    code: 1,
    told: "the script on 'web1' exited with 0, but its named outputs cannot be read ($AZURE_RUN_COMMAND_OUTPUT): it is not UTF-8 text; mend the script, and 'azure-run-command invoke' runs it again",
  },
  {
    ended: outcome({ kind: "RunLost", vmName: "web1" }),
    code: 1,
    told: "the script on 'web1' vanished without an exit code: its processes are gone although the VM did not restart (for example killed, or out of memory); 'azure-run-command invoke' runs it again",
  },
])("a run that ended so exits with $code: $told", ({ ended, code, told }) => {
  expect(exitCodeOf(ended)).toBe(code);
  expect(describeEnd(ended, "invocation")).toBe(told);
});

test("columns are as wide as their widest cell, and no line ends with blanks", () => {
  expect(table(["A", "LONG"], [["wide", "x"]])).toBe("A     LONG\nwide  x\n");
  expect(table(["A", "B"], [])).toBe("A  B\n");
});

/** What the VM knows of. */
function knows(...receipts: readonly (Pick<ListedReceipt, "key" | "runId"> & Partial<ListedReceipt>)[]): void {
  jest
    .mocked(listAllReceipts)
    .mockResolvedValue(
      receipts.map((receipt) => ({ endedAs: receipt.runId, state: "Exited", vmId: GUID, ...receipt }) as ListedReceipt),
    );
}

const INVOKED = { key: "invoke-4e5f60718293a4b5", runId: "1-create-2c26b46b68ff" };
const DEPLOYED = { key: "4b1c63f0a2d94e7f", runId: "3-update-9f86d0818846", endedAs: "3-update-9f86d0818846-b2" };

/** What is found in a run's name. */
function find(text: string): Promise<unknown> {
  const asked = { text, session: {} as Session, readyTimeoutInSeconds: 1, runsCommand: "runs" };
  return findRun({ ...asked, target: targetOf({ vmId: ID }) }, { info: () => undefined } as never);
}

test.each([
  { text: INVOKED.key, found: INVOKED },
  { text: INVOKED.runId, found: INVOKED },
  { text: DEPLOYED.runId, found: { key: DEPLOYED.key, runId: DEPLOYED.endedAs } },
  { text: DEPLOYED.endedAs, found: { key: DEPLOYED.key, runId: DEPLOYED.endedAs } },
])("'$text', alone, names the run $found", async ({ text, found }) => {
  knows(INVOKED, DEPLOYED);
  await expect(find(text)).resolves.toEqual(found);
});

test("a name that several runs have is refused, with the whole names of all", async () => {
  const earlier = { ...DEPLOYED, runId: "2-update-2c26b46b68ff", endedAs: "2-update-2c26b46b68ff" };
  knows(INVOKED, DEPLOYED, earlier);
  await expect(find(DEPLOYED.key)).rejects.toThrow(
    new UsageError(
      `'${DEPLOYED.key}' is the name of 2 runs on 'web1'; give one of ${DEPLOYED.key}/${DEPLOYED.endedAs}, ${DEPLOYED.key}/${earlier.runId}`,
    ),
  );
});

test("runs are shown by their start, and what has not started comes last", async () => {
  knows(
    { key: "waiting", runId: "1-create-a", state: "Waiting", startedAtSeconds: undefined },
    { key: "second", runId: "1-create-b", exitCode: 7, startedAtSeconds: 1_764_152_049 },
    { key: "first", runId: "1-create-c", exitCode: 0, startedAtSeconds: 1_764_152_041 },
  );
  const before = process.exitCode;
  let stdout = "";
  // Where jest writes into a file, it would get this too.
  const fd = jest.replaceProperty(process.stdout, "fd", undefined as never);
  const write = jest.spyOn(process.stdout, "write").mockImplementation((text, ...rest) => {
    stdout += String(text);
    for (const done of rest) if (typeof done === "function") done();
    return true;
  });
  await runsCommand().parseAsync(["--vm-id", ID], { from: "user" });
  write.mockRestore();
  fd.restore();
  process.exitCode = before;
  expect(stdout).toBe(
    [
      "RUN                 STATE    EXIT  STARTED",
      "first/1-create-c    Exited   0     2025-11-26T10:14:01Z",
      "second/1-create-b   Exited   7     2025-11-26T10:14:09Z",
      "waiting/1-create-a  Waiting  -     -",
      "",
    ].join("\n"),
  );
});

test("no line of what we write into a help is longer than 132 columns, as wide as a wide terminal", () => {
  const helps = buildProgram().commands.map((command) => {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 132 }).outputHelp();
    return { name: command.name(), long: help.split("\n").filter((line) => line.length > 132) };
  });
  expect(helps.length).toBeGreaterThan(7);
  expect(helps.filter(({ long }) => long.length > 0)).toEqual([]);
});
