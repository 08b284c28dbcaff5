/** What an Update does, from the receipts that are on its VM. */
import { type Decision, decideUpdate, type UpdateFacts } from "../../../constructs/handler/decide";
import { decidedRun } from "../../../constructs/handler/intents";
import { runNameOf } from "../../../constructs/handler/names";
import { earlierRuns, lastRunOf } from "../../../constructs/handler/receipts";
import type { Known } from "../../../core/inputs/desired-state";
import type { ListedReceipt } from "../../../core/run/list-receipts";
import { knownExample } from "../../support/examples";
import { KEY } from "./support/events";

const BEFORE = knownExample({ script: "echo first" });
const ON_OTHER_VM = knownExample({ target: { ...BEFORE.target, vmName: "other" } });
const OTHER_SCRIPT = knownExample({ script: "echo second" });
const OTHER_TIMEOUT = knownExample({ script: "echo first", settings: { ...BEFORE.settings, timeoutInSeconds: 5 } });

function receipt(runId: string, more: Partial<ListedReceipt> = {}): ListedReceipt {
  const base = { state: "Exited", exitCode: 0, last: undefined, vmId: "guid", startedAtSeconds: 1 } as const;
  return { ...base, key: KEY, runId, endedAs: runId, ...more };
}

const DIGITS = "0123456789ab";
const CREATED = receipt(`1-create-${DIGITS}`);

function decide(facts: Partial<UpdateFacts>): Decision {
  return decideUpdate({
    key: KEY,
    requestId: "request-9",
    receipts: [CREATED],
    before: BEFORE,
    wanted: OTHER_TIMEOUT,
    rollsBack: false,
    skips: false,
    ...facts,
  });
}

const OWN = runNameOf(KEY, 2, "create", "request-9").runId;
const SHOWN: Decision = { kind: "show", runId: CREATED.runId };

test.each<{ when: string; facts: Partial<UpdateFacts>; expected: Decision }>([
  { when: "nothing but a setting changed", facts: {}, expected: SHOWN },
  { when: "nothing changed", facts: { wanted: BEFORE }, expected: SHOWN },
  {
    when: "a guard said of the last run that it was not needed",
    facts: { receipts: [{ ...CREATED, state: "Skipped", exitCode: undefined }] },
    expected: SHOWN,
  },
  {
    when: "the last run goes on",
    facts: { receipts: [{ ...CREATED, state: "Running", exitCode: undefined }] },
    expected: SHOWN,
  },
  {
    when: "the last run waits for its turn",
    facts: { receipts: [{ ...CREATED, state: "Waiting", exitCode: undefined }] },
    expected: SHOWN,
  },
  {
    when: "the last run failed, and may",
    facts: {
      receipts: [{ ...CREATED, exitCode: 3 }],
      wanted: { ...BEFORE, settings: { ...BEFORE.settings, treatFailureAsDeploymentFailure: false } },
    },
    expected: SHOWN,
  },
  {
    when: "the last run ended with another exit code that is a success",
    facts: {
      receipts: [{ ...CREATED, exitCode: 3 }],
      wanted: { ...BEFORE, settings: { ...BEFORE.settings, successExitCodes: [3] } },
    },
    expected: SHOWN,
  },
  {
    when: "the newest of several was a success, in whichever order they are listed",
    facts: { receipts: [receipt(`10-create-${DIGITS}`), receipt(`9-create-${DIGITS}`, { exitCode: 1 })] },
    expected: { kind: "show", runId: `10-create-${DIGITS}` },
  },
  {
    when: "an earlier delivery has begun its run",
    facts: { receipts: [CREATED, receipt(OWN, { state: "Running", last: CREATED.runId })], wanted: OTHER_SCRIPT },
    expected: { kind: "takeUp", runId: OWN, last: CREATED.runId },
  },
  {
    when: "its own run has failed",
    facts: { receipts: [CREATED, receipt(OWN, { exitCode: 1 })], wanted: OTHER_SCRIPT },
    expected: { kind: "takeUp", runId: OWN, last: undefined },
  },
  {
    when: "its own run has ended and another request's has come after it",
    facts: { receipts: [receipt(OWN), receipt(`3-create-${DIGITS}`)], wanted: OTHER_SCRIPT },
    expected: { kind: "takeUp", runId: OWN, last: undefined },
  },
  {
    when: "nothing of it has run on this VM",
    facts: { receipts: [] },
    expected: { kind: "run", last: undefined, because: [] },
  },
  {
    when: "only a deletion of it has run on this VM",
    facts: { receipts: [receipt(`1-delete-${DIGITS}`)] },
    expected: { kind: "run", last: undefined, because: [] },
  },
  {
    when: "a rollback is to run nothing",
    facts: { skips: true, receipts: [CREATED, receipt(`2-create-${DIGITS}`, { exitCode: 1 })], wanted: OTHER_SCRIPT },
    expected: SHOWN,
  },
  {
    when: "a rollback is to run nothing, and no run was a success",
    facts: { skips: true, receipts: [receipt(`1-create-${DIGITS}`, { state: "Killed", exitCode: undefined })] },
    expected: { kind: "nothing" },
  },
])("$expected.kind when $when", ({ facts, expected }) => {
  expect(decide(facts)).toEqual(expected);
});

test.each<{ when: string; facts: Partial<UpdateFacts>; because: readonly string[] }>([
  { when: "the script changed", facts: { wanted: OTHER_SCRIPT }, because: ["script"] },
  {
    when: "the script changed and the last run goes on",
    facts: { wanted: OTHER_SCRIPT, receipts: [{ ...CREATED, state: "Running", exitCode: undefined }] },
    because: ["script"],
  },
  {
    when: "the last run failed",
    facts: { receipts: [{ ...CREATED, exitCode: 3 }] },
    because: ["the last run, which is Failed"],
  },
  {
    when: "a job has damaged what tells the exit code",
    facts: { receipts: [{ ...CREATED, exitCode: undefined }] },
    because: ["the last run, which is Failed"],
  },
  {
    when: "a restart of the VM cut the last run off",
    facts: { receipts: [{ ...CREATED, state: "Interrupted", exitCode: undefined }] },
    because: ["the last run, which is Interrupted"],
  },
  {
    when: "the properties of before cannot be read",
    facts: { before: undefined },
    because: ["the properties of before, which cannot be read"],
  },
  {
    when: "it is rolled back to a VM on which it had run",
    facts: { rollsBack: true, before: ON_OTHER_VM },
    because: ["virtualMachineId"],
  },
  {
    when: "it is rolled back to a key under which it had run",
    facts: { rollsBack: true, before: { ...BEFORE, replaceTriggers: ["2"] } },
    because: ["replaceTriggers"],
  },
])("a run when $when", ({ facts, because }) => {
  const last = { generation: 1, runId: CREATED.runId, prior: { rebuilt: false } };
  expect(decide(facts)).toMatchObject({ kind: "run", because, last });
});

test.each<{ what: string; before: Known; because: string }>([
  { what: "VM on which it had run", before: ON_OTHER_VM, because: "virtualMachineId" },
  { what: "key under which it had run", before: { ...BEFORE, replaceTriggers: ["2"] }, because: "replaceTriggers" },
])(
  "a return to a $what is a first run with the next number: what has run there was of a resource that is gone",
  ({ before, because }) => {
    const decision = decide({ before, wanted: { ...BEFORE, update: "echo again" } });
    expect(decision).toMatchObject({ kind: "run", because: [because] });
    const last = decision.kind === "run" ? decision.last : undefined;
    const { generation, purpose, runs, last: readable } = decidedRun({ ...BEFORE, update: "echo again" }, last);
    expect({ generation, purpose, runs, readable }).toEqual({
      generation: 2,
      purpose: "create",
      runs: "script",
      readable: undefined,
    });
  },
);

describe("of two first runs", () => {
  const OLD = receipt("1-create-000000000000", { startedAtSeconds: 100 });
  const NEW = receipt("1-create-111111111111", { startedAtSeconds: 200 });

  test.each([
    ["the one that started later is shown", [OLD, NEW]],
    ["the one that started later is shown, in whichever order they are listed", [NEW, OLD]],
  ])("%s", (_what, receipts) => {
    expect(decide({ receipts })).toEqual({ kind: "show", runId: NEW.runId });
  });

  test("one that still waits has not started yet, and is the newer one", () => {
    const waits = { ...OLD, state: "Waiting", exitCode: undefined, startedAtSeconds: undefined } as const;
    expect(decide({ receipts: [NEW, waits] })).toEqual({ kind: "show", runId: OLD.runId });
  });

  test("the older one tells nothing of the resource: its success is not this one's", () => {
    const failed = { ...NEW, exitCode: 1 };
    expect(lastRunOf(KEY, earlierRuns([OLD, failed]), [0])).toMatchObject({ prior: { created: false } });
  });
});

describe("what is known of earlier runs", () => {
  const known = (...receipts: readonly ListedReceipt[]) => lastRunOf(KEY, earlierRuns(receipts), [0]);

  test("is nothing where there are no receipts, or none of this handler's", () => {
    expect(known()).toBeUndefined();
    expect(known(receipt(`1-delete-${DIGITS}`), receipt("1-repair-x"))).toBeUndefined();
  });

  test("the output that a script can read is that of the newest run of the script itself that began", () => {
    const runs = [
      receipt(`2-create-${DIGITS}`),
      receipt(`3-update-${DIGITS}`),
      receipt(`4-create-${DIGITS}`, { state: "Skipped", exitCode: undefined }),
      receipt(`5-create-${DIGITS}`, { state: "Waiting", exitCode: undefined }),
    ];
    expect(known(...runs)).toMatchObject({ generation: 5, scriptRunId: `2-create-${DIGITS}` });
  });

  test("of a run that went on after a restart of the VM it is that of its last boot", () => {
    const runs = [receipt(`1-create-${DIGITS}`, { endedAs: `1-create-${DIGITS}-b2` })];
    expect(known(...runs)).toMatchObject({ scriptRunId: `1-create-${DIGITS}-b2` });
  });

  test("or the one that the newest run could read, when that receipt is gone", () => {
    const runs = [
      receipt(`7-update-${DIGITS}`, { last: "2-create-x" }),
      receipt(`8-update-${DIGITS}`, { last: "2-create-x" }),
    ];
    expect(known(...runs)).toMatchObject({ generation: 8, scriptRunId: "2-create-x" });
  });

  test.each([
    ["the script was a success", [receipt(`1-create-${DIGITS}`)], true],
    ["the script has failed", [receipt(`1-create-${DIGITS}`, { exitCode: 1 })], false],
    [
      "the script was not needed",
      [receipt(`1-create-${DIGITS}`, { state: "Skipped" as const, exitCode: undefined })],
      false,
    ],
    [
      "the update script has failed, since it runs only after a success",
      [receipt(`8-update-${DIGITS}`, { exitCode: 1 })],
      true,
    ],
    [
      "it failed after a success",
      [receipt(`1-create-${DIGITS}`), receipt(`2-create-${DIGITS}`, { exitCode: 1 })],
      true,
    ],
  ])("whether the update script takes the script's place, when %s", (_when, receipts, created) => {
    expect(known(...receipts)?.prior.created).toBe(created);
  });
});
