// Prints what jest counted, from its `--json` report: "N passed, N failed". With --skipped: how many tests did not run.
import { readFileSync } from "node:fs";

const [path, what] = process.argv.slice(2);
const { passed, failed, skipped } = read(path);
process.stdout.write(what === "--skipped" ? `${skipped}\n` : `${passed} passed, ${failed} failed\n`);

/** A test file that could not be loaded counts as one failure; so does a report that was never written. */
function read(path) {
  try {
    const report = JSON.parse(readFileSync(path, "utf8"));
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
