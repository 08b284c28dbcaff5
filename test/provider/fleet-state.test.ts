import type { Member } from "../../core/fleet/fleet-plan";
import { memberOutputs, readStoredFleet } from "../../provider/fleet-state";
import { clean, type Properties } from "../../provider/state";
import { knownExample } from "../support/examples";

const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";
const idIn = (group: string, name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`;
const { target: _, ...WORK } = knownExample({ script: "uptime" });
const { settings } = WORK;

function member(vmName: string, other: Partial<Member> = {}, prior: object = {}, resourceGroupName = "rg"): Member {
  const target = { subscriptionId: SUBSCRIPTION, resourceGroupName, vmName };
  return {
    target,
    due: undefined,
    endedAs: undefined,
    exitCode: 0,
    last: {
      key: "k",
      generation: 12,
      runId: "12-update-0123456789ab",
      scriptRunId: "12-update-0123456789ab",
      vmId: "f3a1a2b3-2222-3333-4444-555555555555",
      prior: {
        ...WORK,
        target,
        executionState: "Succeeded",
        created: true,
        driftCheckId: null,
        rebuilt: false,
        ...prior,
      },
    },
    ...other,
  };
}

/** As the engine gives it back: maps in another order. */
function stored(members: readonly Member[], ids: readonly string[]): Properties {
  const { memberRuns, ...outputs } = memberOutputs(members, settings);
  const sorted = Object.fromEntries(
    Object.entries(memberRuns).map(([before, runs]) => [before, Object.fromEntries(Object.entries(runs).reverse())]),
  );
  return clean({
    kind: "RunCommandFleet",
    key: "k",
    script: "uptime",
    virtualMachineIds: ids,
    ...outputs,
    memberRuns: sorted,
  });
}

test("what is stored of each VM is read again as it was, in the order of the list", () => {
  const members = [
    member("b"),
    member("a", { exitCode: 3 }, { executionState: "Failed", created: false }),
    member("c", { endedAs: "12-update-0123456789ab-b2" }, { driftCheckId: "12-check-0" }),
    member("d", {}, { rebuilt: true }),
    { ...member("e", { due: "notTried", exitCode: undefined }), last: undefined },
    member("f", { due: "failed", exitCode: undefined }, { executionState: "NotStarted" }),
    member("b", {}, {}, "other"),
  ];
  const ids = ["b", "a", "c", "d", "e", "f"].map((name) => idIn("rg", name));
  const read = readStoredFleet(stored(members, [...ids, idIn("other", "b")]));
  expect(read?.members).toEqual(members);
  expect(read).toMatchObject({ key: "k", work: { script: "uptime" } });
});

test("VMs that are in the fleet no more, and could not be left, come last", () => {
  const read = readStoredFleet(stored([member("b"), member("z"), member("a")], [idIn("rg", "z"), idIn("rg", "b")]));
  expect(read?.members.map(({ target }) => target.vmName)).toEqual(["z", "b", "a"]);
});

test("a run whose script is another than the last is kept apart, and one that there is none of too", () => {
  const update = member("a");
  const members = [
    { ...update, last: update.last && { ...update.last, scriptRunId: "1-create-0" } },
    { ...member("b"), last: update.last && { ...update.last, scriptRunId: undefined } },
  ];
  const read = readStoredFleet(stored(members, [idIn("rg", "a"), idIn("rg", "b")]));
  expect(read?.members.map(({ last }) => last?.scriptRunId)).toEqual(["1-create-0", undefined]);
});

test("the outputs say of each VM how it ended, and which failed, were not tried or drifted", () => {
  const outputs = memberOutputs(
    [
      member("a"),
      member("b", { exitCode: 3 }, { executionState: "Failed" }),
      { ...member("c", { due: "failed", exitCode: undefined }), last: undefined },
      member("d", { due: "notTried" }, { executionState: "Failed" }),
      { ...member("e", { due: "notTried", exitCode: undefined }), last: undefined },
      member("f", {}, { driftCheckId: "12-check-0" }),
    ],
    settings,
  );
  expect(outputs).toMatchObject({
    results: {
      a: { executionState: "Succeeded", exitCode: 0 },
      b: { executionState: "Failed", exitCode: 3 },
      c: { executionState: "NotStarted" },
      d: { executionState: "Failed", exitCode: 0 },
      f: { executionState: "Succeeded", exitCode: 0 },
    },
    failed: ["b", "c"],
    notTried: ["d", "e"],
    drifted: ["f"],
  });
  expect(Object.keys(outputs.results)).not.toContain("e");
});

test("a VM takes less than 200 bytes of the state, beside its id among the inputs", () => {
  const members = Array.from({ length: 1_000 }, (_, index) => member(`web-${String(index).padStart(4, "0")}`));
  const bytes = Buffer.byteLength(JSON.stringify(clean({ ...memberOutputs(members, settings) })));
  expect(bytes / 1_000).toBeLessThan(200);
});

test("what is no state of a fleet is none, and what another version stored is read as far as it goes", () => {
  expect(readStoredFleet({ key: "k" })).toBeUndefined();
  const runs = {
    [idIn("rg", "")]: { a: { run: 7, due: "later" }, b: { run: "2-create-0", color: "red" } },
    nonsense: { x: 1 },
  };
  const results = { b: { executionState: "Confused", exitCode: "0" } };
  const read = readStoredFleet({ key: "k", script: "uptime", virtualMachineIds: [], memberRuns: runs, results });
  expect(read?.members).toMatchObject([
    { target: { vmName: "a" }, last: undefined, due: undefined },
    { target: { vmName: "b" }, exitCode: undefined, last: { generation: 2, prior: { executionState: "Unknown" } } },
  ]);
});
