import { readFleet } from "../../../core/fleet/fleet-inputs";
import { type FleetPlan, type Member, newMembers, planFleet, type StoredFleet } from "../../../core/fleet/fleet-plan";
import type { Prior } from "../../../core/plan";
import { knownExample } from "../../support/examples";

const GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg";
const vm = (name: string) => `${GROUP}/providers/Microsoft.Compute/virtualMachines/${name}`;
const targetOf = (vmName: string) => ({
  subscriptionId: "11111111-2222-3333-4444-555555555555",
  resourceGroupName: "rg",
  vmName,
});

const { target: _, ...WORK } = knownExample({ script: "uptime" });

/** One that is as it should be, but for what is said. */
function member(vmName: string, { due, ...prior }: Partial<Prior> & Pick<Partial<Member>, "due"> = {}): Member {
  const target = targetOf(vmName);
  const unharmed = { executionState: "Succeeded", created: true, driftCheckId: null, rebuilt: false } as const;
  return {
    target,
    due,
    endedAs: undefined,
    exitCode: 0,
    last: {
      key: "k",
      generation: 1,
      runId: "1-create-0",
      scriptRunId: "1-create-0",
      vmId: "guid",
      prior: { ...WORK, target, ...unharmed, ...prior },
    },
  };
}

const UNTRIED: Member = { ...member("c"), last: undefined, exitCode: undefined, due: "notTried" };

function planned(
  members: readonly Member[],
  raw: Readonly<Record<string, unknown>>,
  gone: readonly string[] = [],
): FleetPlan {
  const stored: StoredFleet = { key: "k", work: WORK, members, gone };
  const { desired } = readFleet({ script: "uptime", ...raw }, { isUnknown: (value) => value === "?" });
  return planFleet(stored, desired);
}

/** What is planned for each VM, in words. */
function told({ inputs, members, leaving }: FleetPlan): unknown {
  return {
    inputs: "because" in inputs ? `${inputs.action}: ${inputs.because.join(", ")}` : inputs.action,
    members: members?.map(({ target, cause }) => {
      const how = cause?.kind === "due" ? cause.due : cause?.kind === "lastRun" ? cause.executionState : cause?.kind;
      return `${target.vmName}: ${how ?? "keeps"}`;
    }),
    leaving: leaving.map(({ target }) => target.vmName),
  };
}

const AB = { virtualMachineIds: [vm("a"), vm("b")] };

test("where nothing changed, nothing runs", () => {
  expect(told(planned([member("a"), member("b")], AB))).toEqual({
    inputs: "keep",
    members: ["a: keeps", "b: keeps"],
    leaving: [],
  });
});

test("a changed script runs on every VM", () => {
  expect(told(planned([member("a"), member("b")], { ...AB, script: "date" }))).toEqual({
    inputs: "rerun: script",
    members: ["a: changed", "b: changed"],
    leaving: [],
  });
});

test("a changed setting runs nothing", () => {
  expect(told(planned([member("a"), member("b")], { ...AB, timeoutInSeconds: 60 }))).toEqual({
    inputs: "update: timeoutInSeconds",
    members: ["a: keeps", "b: keeps"],
    leaving: [],
  });
});

test("changed replaceTriggers replace the fleet as a whole", () => {
  expect(planned([member("a")], { virtualMachineIds: [vm("a")], replaceTriggers: [1] }).inputs).toEqual({
    action: "replace",
    because: ["replaceTriggers"],
  });
});

test("VMs that come are run on, and those that went are left; the order is that of the list", () => {
  expect(told(planned([member("a"), member("b")], { virtualMachineIds: [vm("d"), vm("B"), vm("c")] }))).toEqual({
    inputs: "keep",
    members: ["d: new", "B: keeps", "c: new"],
    leaving: ["a"],
  });
});

test("the next deployment runs where it failed, was not tried, drifted or is another VM, and nowhere else", () => {
  const members = [
    member("a"),
    member("b", { executionState: "Failed" }),
    UNTRIED,
    member("d", { driftCheckId: "1-check-0" }),
    member("e", { rebuilt: true }),
    member("f", { due: "failed", executionState: "NotStarted" }),
    member("g", { executionState: "Unknown" }),
  ];
  const ids = { virtualMachineIds: ["a", "b", "c", "d", "e", "f", "g"].map(vm) };
  expect(told(planned(members, ids))).toEqual({
    inputs: "keep",
    members: ["a: keeps", "b: Failed", "c: notTried", "d: drift", "e: rebuilt", "f: failed", "g: Unknown"],
    leaving: [],
  });
});

test("a VM that a refresh did not find, and that is still named, is told apart from one that is new", () => {
  const ids = { virtualMachineIds: ["a", "B", "c"].map(vm) };
  expect(told(planned([member("a")], ids, [vm("b").toLowerCase()]))).toMatchObject({
    members: ["a: keeps", "B: gone", "c: new"],
  });
});

test("where a failure fails no deployment, the next one does not run there again, but where it was not tried", () => {
  const members = [member("a", { executionState: "Failed" }), { ...UNTRIED, target: targetOf("b") }];
  expect(told(planned(members, { ...AB, treatFailureAsDeploymentFailure: false }))).toMatchObject({
    members: ["a: keeps", "b: notTried"],
  });
});

test("while it is not known which VMs they are, none is planned, and none is to leave", () => {
  const plan = planned([member("a")], { virtualMachineIds: [vm("b"), "?"], script: "date" });
  expect(told(plan)).toEqual({ inputs: "rerun: script", members: undefined, leaving: [] });
});

test("a fleet from nothing has only new VMs", () => {
  const members = newMembers([targetOf("a"), targetOf("b")]);
  expect(members.map(({ target, cause }) => [target.vmName, cause])).toEqual([
    ["a", { kind: "new" }],
    ["b", { kind: "new" }],
  ]);
});
