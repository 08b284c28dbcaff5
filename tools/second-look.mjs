// Runs the test files that failed beside the others a second time, alone. Usage: node tools/second-look.mjs REPORT
//
// These tests share two cores with real engines, guests and browsers. One that fails there and passes alone is a defect
// of the test: it is told as "unsteady" with what it said at first, and does not fail CI. One that fails again does, and so do
// failures in more files than FILES_MAX, which are no bad luck. REPORT is jest's `--json` report, and is corrected in place.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { relative } from "node:path";

/** Source: our own choice: in 5,400 tests, one file at a time was ever unsteady. */
const FILES_MAX = 3;

process.exitCode = 1;
const [path] = process.argv.slice(2);
const first = read(path);
const failed = first?.testResults.filter(({ status }) => status === "failed") ?? [];
if (failed.length === 0) tell(first === undefined ? "there is no report of the first run" : "no test failed");
else if (failed.length > FILES_MAX) tell(`${failed.length} files failed, more than ${FILES_MAX}: nothing is run again`);
else process.exitCode = lookAgain();

function lookAgain() {
  const again = `${path}.second`;
  const names = failed.map(({ name }) => name);
  tell(`running alone: ${names.map(shortName).join(" ")}`);
  const jest = ["jest", "--ci", "--runInBand", "--json", `--outputFile=${again}`, "--runTestsByPath", ...names];
  spawnSync("npx", jest, { stdio: ["ignore", "inherit", "inherit"] });
  const second = read(again);
  rmSync(again, { force: true });
  if (second === undefined || second.testResults.length !== failed.length) return 1;
  for (const file of failed)
    tellUnsteady(
      file,
      second.testResults.find(({ name }) => name === file.name),
    );
  writeFileSync(path, JSON.stringify(corrected(second)));
  return second.success ? 0 : 1;
}

function tellUnsteady(before, after) {
  if (after.status === "failed") return;
  const tests = before.assertionResults.filter(({ status }) => status === "failed");
  const said = tests.length === 0 ? [{ fullName: "the whole file", failureMessages: [before.message] }] : tests;
  for (const { fullName, failureMessages } of said)
    tell(
      `unsteady: ${shortName(before.name)}: ${fullName}: passes alone, failed beside the others:\n${failureMessages[0]}`,
    );
}

function corrected(second) {
  const results = first.testResults.filter(({ status }) => status !== "failed").concat(second.testResults);
  const count = (wanted) =>
    results.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => wanted.includes(status)).length;
  return {
    ...first,
    testResults: results,
    numPassedTests: count(["passed"]),
    numFailedTests: count(["failed"]),
    numPendingTests: count(["pending", "skipped", "disabled"]),
    numTodoTests: count(["todo"]),
    numRuntimeErrorTestSuites: results.filter((file) => file.status === "failed" && file.assertionResults.length === 0)
      .length,
  };
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function shortName(name) {
  return relative(process.cwd(), name);
}

function tell(line) {
  process.stdout.write(`second look: ${line}\n`);
}
