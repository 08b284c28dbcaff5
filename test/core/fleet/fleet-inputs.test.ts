import {
  emptyFleetWarnings,
  FLEET_INPUT_NAMES,
  MAX_CONCURRENCY_DEFAULT,
  MAX_ERRORS_DEFAULT,
  readFleet,
  whenFleetKnown,
} from "../../../core/fleet/fleet-inputs";

const GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg";
const vm = (name: string) => `${GROUP}/providers/Microsoft.Compute/virtualMachines/${name}`;
const SCALE_SET = `${GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/web`;
const UNKNOWN = "?";

const read = (raw: Readonly<Record<string, unknown>>) =>
  readFleet({ script: "true", ...raw }, { isUnknown: (value) => value === UNKNOWN });
const problemsOf = (raw: Readonly<Record<string, unknown>>) => read(raw).problems.map(({ sentence }) => sentence);
const namesOf = (raw: Readonly<Record<string, unknown>>) => read(raw).desired.targets?.map(({ vmName }) => vmName);

test("the VMs of a list are read in its order, with the defaults of what is not given", () => {
  const known = whenFleetKnown(read({ virtualMachineIds: [vm("b"), vm("a")] }).desired);
  expect(known).toMatchObject({
    targets: [{ vmName: "b" }, { vmName: "a" }],
    work: { script: "true", command: null },
    maxConcurrency: MAX_CONCURRENCY_DEFAULT,
    maxErrors: MAX_ERRORS_DEFAULT,
  });
  expect([MAX_CONCURRENCY_DEFAULT, MAX_ERRORS_DEFAULT]).toEqual([
    { kind: "count", count: 50 },
    { kind: "count", count: 0 },
  ]);
});

test("the VMs of a scale set are those that were listed, VMs and instances", () => {
  const instance = `${SCALE_SET}/virtualMachines/3`;
  expect(namesOf({ scaleSetId: SCALE_SET, members: [vm("web_1"), instance] })).toEqual(["web_1", "web_3"]);
});

test("a fleet has the inputs of a run command, but those of one VM and of Azure's own commands", () => {
  expect(FLEET_INPUT_NAMES.slice(0, 4)).toEqual(["virtualMachines", "virtualMachineIds", "scaleSet", "scaleSetId"]);
  expect(FLEET_INPUT_NAMES.slice(-2)).toEqual(["maxConcurrency", "maxErrors"]);
  for (const name of ["virtualMachineId", "resourceGroupName", "vmName", "commandId", "rawParameters"]) {
    expect(FLEET_INPUT_NAMES).not.toContain(name);
  }
});

test.each([
  { raw: {}, problem: "virtualMachineIds is missing; give the VMs' ids, or 'scaleSetId'" },
  {
    raw: { virtualMachineIds: [], scaleSetId: SCALE_SET },
    problem: "virtualMachineIds and 'scaleSetId' are both given; give one or the other",
  },
  {
    raw: { scaleSet: SCALE_SET, virtualMachines: [] },
    problem: "virtualMachines and 'scaleSet' are both given; give one or the other",
  },
  {
    raw: { virtualMachines: vm("a") },
    problem: "virtualMachines is a string, expected a list of VMs' resources; give ids as 'virtualMachineIds'",
  },
  {
    raw: { scaleSet: SCALE_SET },
    problem: "scaleSet is a string, expected a scale set's resource; give an id as 'scaleSetId'",
  },
  { raw: { virtualMachineIds: vm("a") }, problem: "virtualMachineIds is a string, expected a list of the ids of VMs" },
  {
    raw: { virtualMachineIds: [vm("a"), 7] },
    problem: "virtualMachineIds has at position 2 a value that is a number, expected the id of a VM",
  },
  {
    raw: { virtualMachineIds: [vm("a"), vm("b"), vm("A"), vm("a")] },
    problem: "virtualMachineIds has the VM 'A' more than once; give each VM once",
  },
  {
    raw: { scaleSetId: "hunter2", members: { problem: "is a text of 7 characters, which is no id of a scale set" } },
    problem: "scaleSetId is a text of 7 characters, which is no id of a scale set",
  },
  {
    raw: { virtualMachineIds: [vm("a")], maxConcurrency: 0 },
    problem:
      'maxConcurrency is 0, expected a whole number of VMs from 1 to 100,000, or a percentage from "1%" to "100%"',
  },
])("$problem", ({ raw, problem }) => {
  expect(problemsOf(raw)).toEqual([problem]);
});

test("all problems of a list are told at once, with the place of each", () => {
  const problems = problemsOf({ virtualMachineIds: ["hunter2", vm("a"), SCALE_SET] });
  expect(problems).toHaveLength(2);
  expect(problems[0]).toMatch(/^virtualMachineIds has at position 1 a value that is a text of 7 characters, /);
  expect(problems[1]).toMatch(/^virtualMachineIds has at position 3 a value that is the id of the scale set 'web', /);
});

test("while one VM is not known, none is, and what is known is judged all the same", () => {
  const { desired, problems } = read({ virtualMachineIds: [UNKNOWN, vm("a"), 7] });
  expect(desired.targets).toBeUndefined();
  expect(problems.map(({ sentence }) => sentence)).toEqual([
    "virtualMachineIds has at position 3 a value that is a number, expected the id of a VM",
  ]);
  expect(whenFleetKnown(read({ virtualMachineIds: UNKNOWN }).desired)).toBeUndefined();
  expect(read({ scaleSetId: UNKNOWN, members: UNKNOWN })).toMatchObject({
    desired: { targets: undefined },
    problems: [],
  });
});

test("no VMs are allowed, and worth a word", () => {
  const warningsOf = (raw: Readonly<Record<string, unknown>>) => emptyFleetWarnings(read(raw).desired, raw);
  expect(warningsOf({ virtualMachineIds: [] })).toEqual(["virtualMachineIds is an empty list: nothing is run"]);
  expect(warningsOf({ scaleSetId: SCALE_SET, members: [] })).toEqual([
    "the scale set has no VMs: nothing is run until it has some, and is deployed again",
  ]);
  expect(warningsOf({ virtualMachineIds: [vm("a")] })).toEqual([]);
  expect(warningsOf({ virtualMachineIds: UNKNOWN })).toEqual([]);
});
