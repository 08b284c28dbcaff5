/** What a preview says of an update where the engine gives no reason. */
import type { Prior } from "../../core/plan";
import { describePlan, type News } from "../../provider/describe-plan";
import type { Stored } from "../../provider/state";
import { knownExample } from "../support/examples";

const NEWS: News = { desired: { update: null, command: null }, takesUp: true, isUnknown: () => false };

function stored(prior: Partial<Prior> = {}, other: Partial<Stored> = {}): Stored {
  return {
    key: "k",
    generation: 1,
    runId: "1-create-0",
    scriptRunId: "1-create-0",
    vmId: "guid",
    kind: "RunCommand",
    drift: undefined,
    prior: {
      ...knownExample(),
      executionState: "Succeeded",
      created: true,
      driftCheckId: null,
      rebuilt: false,
      ...prior,
    },
    ...other,
  };
}

const changed = (...because: string[]) => ({ action: "rerun", because, cause: undefined }) as const;
const failed = { action: "rerun", because: [], cause: { kind: "lastRun", executionState: "Failed" } } as const;
const unknown = { action: "rerun", because: [], cause: { kind: "lastRun", executionState: "Unknown" } } as const;
const drifted = { action: "rerun", because: [], cause: { kind: "drift" } } as const;
const rebuilt = { action: "rerun", because: [], cause: { kind: "rebuilt" } } as const;
const withUpdate: News = { ...NEWS, desired: { update: "date", command: null } };

test.each([
  [{ action: "create" }],
  [{ action: "keep" }],
  [{ action: "replace", because: ["virtualMachineId"] }],
] as const)("nothing is said where the engine says it all: %j", (plan) => {
  expect(describePlan(plan, stored(), NEWS)).toBeUndefined();
});

test("of changed inputs it is said which script runs", () => {
  expect(describePlan(changed("script", "triggers"), stored(), NEWS)).toBe(
    "an update runs the script: 'script' and 'triggers' changed",
  );
  expect(describePlan(changed("triggers"), stored(), withUpdate)).toBe(
    "an update runs the 'update' script: 'triggers' changed",
  );
  expect(describePlan(changed("triggers"), stored({ created: false }), withUpdate)).toBe(
    "an update runs the script: 'triggers' changed",
  );
});

test("an input that is not known yet is not called changed, and an 'update' that is not known yet is there", () => {
  const isUnknown = (name: string) => name !== "script";
  const news: News = { desired: { update: undefined, command: null }, takesUp: false, isUnknown };
  expect(describePlan(changed("parameters"), stored(), news)).toBe(
    "an update runs the 'update' script: 'parameters' is not known yet",
  );
  expect(describePlan(changed("script", "parameters", "arguments"), stored(), news)).toBe(
    "an update runs the 'update' script: 'script' changed and 'parameters' and 'arguments' are not known yet",
  );
});

test("of inputs that run nothing it is said that they do not", () => {
  expect(describePlan({ action: "update", because: ["delete", "logging"] }, stored(), NEWS)).toBe(
    "no script runs: 'delete' and 'logging' changed, which counts from the next run on",
  );
});

test("a run that was no success is run again, or taken up where it is not known", () => {
  expect(describePlan(failed, stored({ executionState: "Failed" }), NEWS)).toBe(
    "the last run did not succeed (Failed): an update runs the script again",
  );
  expect(describePlan(unknown, stored({ executionState: "Unknown" }), NEWS)).toBe(
    "how the last run ended is not known: an update takes it up where it is",
  );
  expect(describePlan(unknown, stored({ executionState: "Unknown" }), { ...NEWS, takesUp: false })).toBe(
    "how the last run ended is not known: an update runs the script",
  );
});

test("of drift it is said what 'check' printed, at most its end", () => {
  const prior = { driftCheckId: "1-check-0" };
  expect(describePlan(drifted, stored(prior, { drift: { exitCode: 3, output: "nginx is\nstopped\n" } }), NEWS)).toBe(
    "the VM is not as it should be: 'check' exited with 3 and printed \"nginx is\\nstopped\"; an update runs the script to mend it",
  );
  const long = `${"x".repeat(100)}${"y".repeat(200)}`;
  expect(describePlan(drifted, stored(prior, { drift: { exitCode: 1, output: long } }), withUpdate)).toBe(
    `the VM is not as it should be: 'check' exited with 1 and printed "…${"y".repeat(200)}"; an update runs the 'update' script to mend it`,
  );
  expect(describePlan(drifted, stored(prior, { drift: { exitCode: undefined, output: "" } }), NEWS)).toBe(
    "the VM is not as it should be: 'check' failed; an update runs the script to mend it",
  );
});

test("on a VM that was made anew the script runs, not 'update'", () => {
  expect(describePlan(rebuilt, stored({ rebuilt: true }), withUpdate)).toBe(
    "'web1' is another VM than the one that the state knows: an update runs the script there as for the first time",
  );
});

test("one of Azure's own commands is called by its id, and is not taken up", () => {
  const command = { commandId: "ifconfig", parameters: [] };
  const news: News = { ...NEWS, desired: { update: null, command }, takesUp: false };
  expect(describePlan(changed("commandId"), stored({ command }), news)).toBe(
    "an update runs the command 'ifconfig': 'commandId' changed",
  );
  expect(describePlan(unknown, stored({ command, executionState: "Unknown" }), news)).toBe(
    "how the last run ended is not known: an update runs the command 'ifconfig' again",
  );
});

test("an extension tries whether Run Command works", () => {
  const extension = stored({}, { kind: "RunCommandExtension" });
  expect(describePlan(changed("triggers"), extension, NEWS)).toBe(
    "an update tries whether Run Command works: 'triggers' changed",
  );
  expect(describePlan(failed, extension, NEWS)).toBe(
    "the last run did not succeed (Failed): an update tries whether Run Command works again",
  );
});
