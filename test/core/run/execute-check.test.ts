/** What a `check` script says of a VM, and that one that cannot tell is no failure. */
import { readVmFacts } from "../../../core/arm/vm-facts";
import { RunFailedError } from "../../../core/failures/errors";
import type { Report, RunReport } from "../../../core/guest/protocol";
import { besideRun, type LastRun } from "../../../core/plan";
import { type CheckIntent, executeCheck } from "../../../core/run/execute-check";
import { knownExample, NAME, reportExample, scriptIntentExample, TARGET } from "../../support/examples";
import { scriptedVm, type VmState, vmAnswer } from "../../support/scripted-vm";
import { recordedReporter } from "../../support/virtual-outside";

const KNOWN = knownExample({ check: "test -e /srv" });
const LAST: LastRun = {
  key: "key",
  generation: 2,
  runId: "2-update-0",
  scriptRunId: "1-create-0",
  prior: { executionState: "Succeeded", created: true, driftCheckId: null, rebuilt: false },
};

function intent(state: VmState = {}): CheckIntent {
  const { body } = vmAnswer(state) as { body: unknown };
  return {
    ...scriptIntentExample(KNOWN, { run: besideRun(LAST, KNOWN, "check", "abc") }),
    target: TARGET,
    facts: readVmFacts(JSON.stringify(body)),
  };
}

function ended(exitCode: number, stdout: string, stderr: string): RunReport {
  const bytes = Buffer.from(stdout + stderr);
  const stream = (text: string) => ({ totalBytes: text.length, sha256: undefined, archivedBytes: text.length });
  return reportExample({
    state: "Exited",
    exitCode,
    stdout: stream(stdout),
    stderr: stream(stderr),
    chunk: { encoding: "plain", offset: 0, totalBytes: bytes.length, bytes },
  });
}

function check(answer: Report | RunFailedError, state?: VmState) {
  const vm = scriptedVm({ submit: () => answer });
  return { ...vm, checked: executeCheck(intent(state), vm.session, recordedReporter()) };
}

test.each<{ what: string; report: RunReport; expected: object }>([
  {
    what: "exits with 0 finds all as it should be",
    report: ended(0, "fine", ""),
    expected: { kind: "asItShouldBe", exitCode: 0, output: "fine" },
  },
  {
    what: "exits with something else finds drift, and tells what it printed to both streams",
    report: ended(3, "out", "err"),
    expected: { kind: "drifted", exitCode: 3, output: "out\nerr" },
  },
  {
    what: "ends its lines gets no empty one between",
    report: ended(1, "out\n", "err\n"),
    expected: { kind: "drifted", exitCode: 1, output: "out\nerr\n" },
  },
  {
    what: "only complains tells just that",
    report: ended(1, "", "err"),
    expected: { kind: "drifted", exitCode: 1, output: "err" },
  },
])("a check that $what", async ({ report, expected }) => {
  const { checked, requests } = check(report);
  expect(await checked).toEqual(expected);
  expect(requests).toMatchObject([
    { verb: "run", ...NAME, script: "test -e /srv", beside: true, endsOthers: false, last: "1-create-0" },
  ]);
  expect(requests[0]).toMatchObject({ environment: { AZURE_RUN_COMMAND_REASON: "check" } });
});

test("a check without an end of its own tells nothing", async () => {
  const { checked } = check(reportExample({ state: "TimedOut" }));
  expect(await checked).toMatchObject({ kind: "unknown", why: expect.stringContaining("was ended by its time limit") });
});

test("a check that cannot be asked tells nothing, and why", async () => {
  const { checked } = check(new RunFailedError({ kind: "Unreachable", host: "h", detail: "d", afterTries: 1 }));
  expect(await checked).toMatchObject({ kind: "unknown", why: expect.stringContaining("no answer from h") });
});

test.each<{ what: string; state: VmState; why: string }>([
  { what: "does not run", state: { powerState: "stopped" }, why: "its power state is 'stopped'" },
  {
    what: "starts",
    state: { powerState: "starting" },
    why: "its power state is 'starting'; the next refresh checks again",
  },
  {
    what: "has no agent",
    state: { agentStatus: "Not Ready" },
    why: "its agent's status is 'Not Ready'; the next refresh checks again",
  },
])("a VM that $what is not asked", async ({ state, why }) => {
  const { checked, requests } = check(ended(0, "", ""), state);
  expect(await checked).toMatchObject({ kind: "unknown", why: expect.stringContaining(why) });
  expect(requests).toEqual([]);
});
