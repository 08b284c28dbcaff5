import { runId } from "../../core/identity";
import type { Desired } from "../../core/inputs/desired-state";
import { NO_GUARDS } from "../../core/inputs/input-guards";
import { DEFAULT_SETTINGS } from "../../core/inputs/input-settings";
import {
  besideRun,
  firstRun,
  type LastRun,
  nextRun,
  type Plan,
  type Prior,
  plan,
  runOnRebuiltVm,
} from "../../core/plan";
import { knownExample, TARGET } from "../support/examples";

const DESIRED = knownExample({
  script: "uptime",
  environment: { A: "1" },
  protectedEnvironment: { B: "2" },
  arguments: ["x"],
});
const PRIOR: Prior = { ...DESIRED, executionState: "Succeeded", created: true, driftCheckId: null, rebuilt: false };
const RERUN = { action: "rerun", cause: undefined } as const;
const COMMAND = { commandId: "ifconfig", parameters: [] };

test.each<{ when: string; prior: Prior | undefined; desired: Desired; expected: Plan }>([
  { when: "there is no prior state", prior: undefined, desired: DESIRED, expected: { action: "create" } },
  { when: "nothing changed", prior: PRIOR, desired: DESIRED, expected: { action: "keep" } },
  {
    when: "the VM's name is only spelt in another case",
    prior: PRIOR,
    desired: { ...DESIRED, target: { ...TARGET, vmName: "WEB1", resourceGroupName: "RG" } },
    expected: { action: "keep" },
  },
  {
    when: "the VM is named without its subscription",
    prior: PRIOR,
    desired: { ...DESIRED, target: { ...TARGET, subscriptionId: "" } },
    expected: { action: "keep" },
  },
  {
    when: "the keys of a trigger come in another order",
    prior: { ...PRIOR, triggers: [{ a: 1, b: 2 }] },
    desired: { ...DESIRED, triggers: [{ b: 2, a: 1 }] },
    expected: { action: "keep" },
  },
  {
    when: "the script changed",
    prior: PRIOR,
    desired: { ...DESIRED, script: "date" },
    expected: { ...RERUN, because: ["script"] },
  },
  {
    when: "parameters, arguments and triggers changed",
    prior: PRIOR,
    desired: { ...DESIRED, environment: {}, arguments: [], triggers: [1] },
    expected: { ...RERUN, because: ["parameters", "arguments", "triggers"] },
  },
  {
    when: "protected parameters, user and folder changed",
    prior: PRIOR,
    desired: { ...DESIRED, protectedEnvironment: { B: "3" }, runAsUser: "app", workingDirectory: "/srv" },
    expected: { ...RERUN, because: ["protectedParameters", "runAsUser", "workingDirectory"] },
  },
  {
    when: "only settings changed",
    prior: PRIOR,
    desired: { ...DESIRED, settings: { ...DEFAULT_SETTINGS, timeoutInSeconds: 60, logging: "stdout" } },
    expected: { action: "update", because: ["timeoutInSeconds", "logging"] },
  },
  {
    when: "only other scripts and guards changed",
    prior: PRIOR,
    desired: {
      ...DESIRED,
      update: "u",
      delete: "d",
      check: "c",
      guards: { creates: "/x", unless: "true", onlyIf: "false" },
    },
    expected: { action: "update", because: ["update", "delete", "check", "creates", "unless", "onlyIf"] },
  },
  {
    when: "only the settings are not known yet",
    prior: PRIOR,
    desired: { ...DESIRED, settings: undefined },
    expected: { action: "update", because: Object.keys(DEFAULT_SETTINGS) },
  },
  {
    when: "protected parameters, user and folder are not known yet",
    prior: PRIOR,
    desired: { ...DESIRED, protectedEnvironment: undefined, runAsUser: undefined, workingDirectory: undefined },
    expected: { ...RERUN, because: ["protectedParameters", "runAsUser", "workingDirectory"] },
  },
  {
    when: "the script is not known yet",
    prior: PRIOR,
    desired: { ...DESIRED, script: undefined },
    expected: { ...RERUN, because: ["script"] },
  },
  {
    when: "the last run failed",
    prior: { ...PRIOR, executionState: "Failed" },
    desired: DESIRED,
    expected: { action: "rerun", because: [], cause: { kind: "lastRun", executionState: "Failed" } },
  },
  {
    when: "how the last run ended is not known",
    prior: { ...PRIOR, executionState: "Unknown" },
    desired: DESIRED,
    expected: { action: "rerun", because: [], cause: { kind: "lastRun", executionState: "Unknown" } },
  },
  {
    when: "the VM and the script changed",
    prior: PRIOR,
    desired: { ...DESIRED, target: { ...TARGET, vmName: "web2" }, script: "date" },
    expected: { action: "replace", because: ["virtualMachineId"] },
  },
  {
    when: "the VM is not known yet, since it will be made anew",
    prior: PRIOR,
    desired: { ...DESIRED, target: undefined },
    expected: { action: "replace", because: ["virtualMachineId"] },
  },
  {
    when: "a trigger for it changed",
    prior: PRIOR,
    desired: { ...DESIRED, replaceTriggers: [2] },
    expected: { action: "replace", because: ["replaceTriggers"] },
  },
  {
    when: "one of Azure's commands takes the place of the script",
    prior: PRIOR,
    desired: { ...DESIRED, script: "", command: COMMAND },
    expected: { action: "replace", because: ["commandId"] },
  },
  {
    when: "another of Azure's commands is asked for",
    prior: { ...PRIOR, command: COMMAND, executionState: "Unverified" },
    desired: { ...DESIRED, command: { ...COMMAND, commandId: "other" } },
    expected: { ...RERUN, because: ["commandId"] },
  },
  {
    when: "the parameters of Azure's command changed",
    prior: { ...PRIOR, command: COMMAND, executionState: "Unverified" },
    desired: { ...DESIRED, command: { ...COMMAND, parameters: [{ name: "a", value: "1" }] } },
    expected: { ...RERUN, because: ["rawParameters"] },
  },
  {
    when: "the script was not needed",
    prior: { ...PRIOR, executionState: "Skipped" },
    desired: DESIRED,
    expected: { action: "keep" },
  },
  {
    when: "the last run failed, and that is no failure of the deployment",
    prior: { ...PRIOR, executionState: "Failed" },
    desired: { ...DESIRED, settings: { ...DEFAULT_SETTINGS, treatFailureAsDeploymentFailure: false } },
    expected: { action: "update", because: ["treatFailureAsDeploymentFailure"] },
  },
  {
    when: "a run that failed was no failure of the deployment, and now is one",
    prior: {
      ...PRIOR,
      executionState: "TimedOut",
      settings: { ...DEFAULT_SETTINGS, treatFailureAsDeploymentFailure: false },
    },
    desired: DESIRED,
    expected: { action: "rerun", because: [], cause: { kind: "lastRun", executionState: "TimedOut" } },
  },
  {
    when: "a check found the VM not as it should be",
    prior: { ...PRIOR, driftCheckId: "1-check-0" },
    desired: DESIRED,
    expected: { action: "rerun", because: [], cause: { kind: "drift" } },
  },
  {
    when: "the VM is another one under the same name, whatever else is known",
    prior: { ...PRIOR, driftCheckId: "1-check-0", rebuilt: true, executionState: "Failed" },
    desired: { ...DESIRED, script: "date" },
    expected: { action: "rerun", because: ["script"], cause: { kind: "rebuilt" } },
  },
])("$expected.action when $when", ({ prior, desired, expected }) => {
  expect(plan(prior, desired)).toEqual(expected);
});

const WITH_ALL = knownExample({
  script: "create",
  update: "change",
  delete: "undo",
  check: "look",
  guards: { ...NO_GUARDS, creates: "/x" },
});

function last(prior: Partial<LastRun["prior"]> = {}, other: Partial<LastRun> = {}): LastRun {
  const known = { executionState: "Succeeded", created: true, driftCheckId: null, rebuilt: false } as const;
  return {
    key: "k",
    generation: 3,
    runId: "3-update-0",
    scriptRunId: "1-create-0",
    prior: { ...known, ...prior },
    ...other,
  };
}

describe("the run of a resource", () => {
  test("is that of its script at first, if its guards let it", () => {
    expect(firstRun(WITH_ALL)).toMatchObject({
      generation: 1,
      purpose: "create",
      runs: "script",
      content: { script: "create", guards: { creates: "/x" }, occasion: null },
      last: undefined,
      knownRun: false,
    });
  });

  test("is that of its 'update' script later, whatever its guards say", () => {
    expect(nextRun(last(), WITH_ALL, [])).toMatchObject({
      generation: 4,
      purpose: "update",
      runs: "update",
      content: { script: "change", guards: NO_GUARDS },
      last: "1-create-0",
    });
  });

  test("is that of its script as long as that was no success, or where it has no 'update' script", () => {
    expect(nextRun(last({ created: false }), WITH_ALL, [])).toMatchObject({
      runs: "script",
      content: { script: "create", guards: { creates: "/x" } },
    });
    expect(nextRun(last(), { ...WITH_ALL, update: null }, [])).toMatchObject({ runs: "script", purpose: "update" });
  });

  test("mends what a check found, whatever the guards say, and is another one for another check", () => {
    const mend = (driftCheckId: string) => nextRun(last({ driftCheckId }), { ...WITH_ALL, update: null }, []);
    expect(mend("3-check-a")).toMatchObject({
      generation: 4,
      purpose: "repair",
      runs: "script",
      content: { script: "create", guards: NO_GUARDS, occasion: "3-check-a" },
    });
    expect(mend("3-check-a").content).not.toEqual(mend("3-check-b").content);
  });

  test("is as the first one on a VM that was made anew, of the next generation", () => {
    const anew = { ...firstRun(WITH_ALL), generation: 4 };
    expect(nextRun(last({ rebuilt: true, driftCheckId: "3-check-a" }), WITH_ALL, [])).toEqual(anew);
    expect(runOnRebuiltVm(WITH_ALL, 4)).toEqual(anew);
  });

  test.each<{ what: string; sent: ReturnType<typeof firstRun>; prior: Partial<LastRun["prior"]> }>([
    { what: "a first one", sent: firstRun(WITH_ALL), prior: { created: false } },
    { what: "one of the 'update' script", sent: nextRun(last(), WITH_ALL, []), prior: {} },
    { what: "one of the script", sent: nextRun(last({ created: false }), WITH_ALL, []), prior: { created: false } },
    {
      what: "one that mends",
      sent: nextRun(last({ driftCheckId: "c" }), WITH_ALL, []),
      prior: { driftCheckId: "c" },
    },
  ])("is $what still, when it is not known how that ended", ({ sent, prior }) => {
    const { generation, purpose, content } = sent;
    const stored = last(
      { ...prior, executionState: "Unknown" },
      { generation, runId: runId("k", generation, purpose, content, []) },
    );
    expect(nextRun(stored, WITH_ALL, [])).toEqual({ ...sent, knownRun: true });
    const changed = { ...WITH_ALL, script: "other", update: "other" };
    expect(nextRun(stored, changed, [])).toMatchObject({ generation: generation + 1, knownRun: false });
  });

  test("is not taken up on a VM that was made anew, where nothing of it is", () => {
    const { generation, purpose, content } = nextRun(last(), WITH_ALL, []);
    const stored = last(
      { executionState: "Unknown", rebuilt: true },
      { generation, runId: runId("k", generation, purpose, content, []) },
    );
    expect(nextRun(stored, WITH_ALL, [])).toEqual(runOnRebuiltVm(WITH_ALL, generation + 1));
  });

  test("leaves the generation as it is when it only looks, or takes the resource away", () => {
    expect(besideRun(last(), WITH_ALL, "check", "abc")).toMatchObject({
      generation: 3,
      purpose: "check",
      runs: "check",
      content: { script: "look", guards: NO_GUARDS, occasion: "abc" },
      last: "1-create-0",
    });
    expect(besideRun(last(), WITH_ALL, "delete", null)).toMatchObject({
      generation: 3,
      purpose: "delete",
      content: { script: "undo", occasion: null },
    });
  });
});
