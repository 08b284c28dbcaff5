/** A look at a run of which only the name is known. The lane answers from a list; no shell. */
import type { RunReport } from "../../../core/guest/protocol";
import { DEFAULT_SETTINGS } from "../../../core/inputs/input-settings";
import { type LookAtRunIntent, lookAtRun } from "../../../core/run/look-at-run";
import type { RunBytes } from "../../../core/run/run-output";
import { reportExample, TARGET } from "../../support/examples";
import { scriptedVm, VM_GONE } from "../../support/scripted-vm";
import { recordedReporter } from "../../support/virtual-outside";

const NAME = { key: "invoke-0a", runId: "1-create-b" };
const KNOWN = {
  target: TARGET,
  name: NAME,
  label: "output",
  watching: { ...DEFAULT_SETTINGS, outputMaxBytes: 100 },
  readyTimeoutInSeconds: 0,
  knownVmId: undefined,
  waits: true,
  mask: (text: string) => text,
};
const WAIT = { verb: "wait", ...NAME, outputMaxBytes: 100 };

function look(reports: readonly RunReport[], other: Partial<LookAtRunIntent> = {}) {
  const printed: RunBytes[] = [];
  const world = scriptedVm({ submit: (count) => reports[count - 1] ?? reportExample({ state: "Absent" }) });
  const intent: LookAtRunIntent = {
    ...KNOWN,
    printed: (bytes) => printed.push(bytes),
    ...other,
  };
  return { ...world, printed, looked: lookAtRun(intent, world.session, recordedReporter()) };
}

/** A run that has ended with these bytes on stdout. */
function ended(stdout: Uint8Array): RunReport {
  const stream = (bytes: number) => ({ totalBytes: bytes, sha256: undefined, archivedBytes: bytes });
  return reportExample({
    state: "Exited",
    exitCode: 3,
    stdout: stream(stdout.length),
    stderr: stream(0),
    namedOutputsBytes: 0,
    chunk: { encoding: "plain", offset: 0, totalBytes: stdout.length, bytes: stdout },
  });
}

test("a run that goes on is waited for, and what it printed comes byte for byte", async () => {
  const bytes = Uint8Array.of(0xff, 0x00, 0x61);
  const { looked, printed, requests } = look([reportExample({ state: "Running" }), ended(bytes)]);
  const { executed } = await looked;
  expect(executed?.outcome.result).toMatchObject({ executionState: "Failed", exitCode: 3, stdout: "\uFFFD\0a" });
  expect(printed.map(({ stdout }) => Buffer.from(stdout))).toEqual([Buffer.from(bytes)]);
  expect(requests).toEqual([WAIT, WAIT]);
});

test("a run that goes on is only told of where nobody waits", async () => {
  const { looked, requests } = look([reportExample({ state: "Running", lastLine: "step 3" })], { waits: false });
  expect((await looked).running).toMatchObject({ state: "Running", lastLine: "step 3" });
  expect(requests).toEqual([WAIT]);
});

test("a run that a restart cut off is not started again", async () => {
  const { looked, requests } = look([reportExample({ state: "Interrupted" })]);
  expect((await looked).executed?.outcome.result.executionState).toBe("Interrupted");
  expect(requests).toEqual([WAIT]);
});

test("of a run that is not there, that is what comes back", async () => {
  const { looked } = look([]);
  expect((await looked).executed?.outcome.failure).toEqual({ kind: "ReceiptGone", vmName: "web1" });
});

test("a VM that is not there is an outcome, too", async () => {
  const world = scriptedVm({ vm: () => VM_GONE });
  const { executed } = await lookAtRun(KNOWN, world.session, recordedReporter());
  expect(executed?.outcome.failure).toMatchObject({ kind: "VmNotFound" });
});
