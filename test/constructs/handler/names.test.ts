/** The names by which one request is one run, whoever delivers it and how often. */

import { readRequest } from "../../../constructs/handler/event";
import {
  deleteRunNameOf,
  isOurPhysicalId,
  keyOf,
  parseRunId,
  physicalIdOf,
  runNameOf,
  waitPhysicalIdOf,
} from "../../../constructs/handler/names";
import { eventOf, KEY, PHYSICAL_ID, requestOf } from "./support/events";

const TARGET = { subscriptionId: "11111111-2222-3333-4444-555555555555", resourceGroupName: "rg", vmName: "web1" };

const keyWith = (properties: object, parts = {}) => {
  const request = requestOf({ properties: { ...properties }, ...parts });
  return keyOf(request, request.properties);
};

test("a resource's key depends on its stack, its logical id and its replace triggers alone", () => {
  expect(keyWith({})).toBe(KEY);
  expect(keyWith({ Script: { Text: "other" }, VirtualMachineId: "other" }, { requestId: "other" })).toBe(KEY);
  expect(keyWith({}, { type: "Delete", physicalId: "invented" })).toBe(KEY);
  const otherNames = { LogicalResourceId: "Other", StackId: "arn:other" };
  for (const [name, value] of Object.entries(otherNames)) {
    const request = readRequest({ ...eventOf(), [name]: value });
    expect(keyOf(request, request.properties)).not.toBe(KEY);
  }
  expect(keyWith({ ReplaceTriggers: ["1"] })).not.toBe(KEY);
});

test("replace triggers are the same whether CloudFormation has made strings of them or not, in any order of their names", () => {
  const one = keyWith({ ReplaceTriggers: [{ a: 1, b: [true, "x"] }] });
  expect(keyWith({ ReplaceTriggers: [{ b: ["true", "x"], a: "1" }] })).toBe(one);
  expect(keyWith({ ReplaceTriggers: [{ b: ["true", "y"], a: "1" }] })).not.toBe(one);
});

test("a physical id depends on the VM and the key, not on how the VM's name is spelt", () => {
  expect(physicalIdOf(TARGET, KEY)).toBe(PHYSICAL_ID);
  expect(physicalIdOf({ ...TARGET, vmName: "WEB1", resourceGroupName: "RG" }, KEY)).toBe(PHYSICAL_ID);
  expect(physicalIdOf({ ...TARGET, vmName: "web2" }, KEY)).not.toBe(PHYSICAL_ID);
  expect(waitPhysicalIdOf(KEY)).toBe(`azrc-wait-${KEY}`);
});

test.each([
  [PHYSICAL_ID, true],
  ["Fleet-Install-1ABCDEFGHIJKL", false],
  ["AWSCDK::CustomResourceProviderFramework::MISSING_PHYSICAL_ID", false],
  [`azrc-wait-${KEY}`, false],
  [undefined, false],
])("the physical id %s is one of this handler's: %s", (id, expected) => {
  expect(isOurPhysicalId(id)).toBe(expected);
});

test("a run has the same digits in every generation of one request, and others in another request", () => {
  const { runId } = runNameOf(KEY, 1, "create", "request-1");
  expect(runId).toBe("1-create-121d4e4ce833");
  expect(runNameOf(KEY, 7, "update", "request-1").runId).toBe("7-update-121d4e4ce833");
  expect(runNameOf(KEY, 1, "create", "request-2").runId).not.toBe(runId);
});

test("all deletions of a resource have one name", () => {
  expect(deleteRunNameOf(KEY)).toEqual({ key: KEY, runId: expect.stringMatching(/^1-delete-[0-9a-f]{12}$/) });
  expect(deleteRunNameOf(KEY)).toEqual(deleteRunNameOf(KEY));
});

test.each([
  ["12-update-0123456789ab", { generation: 12, kind: "update", digits: "0123456789ab" }],
  ["1-delete-0123456789ab", { generation: 1, kind: "delete", digits: "0123456789ab" }],
  ["3-repair-0123456789ab", undefined],
  ["0-create-0123456789ab", undefined],
  ["1-create-0123456789abff", undefined],
  ["1-create-0123456789ab-b2", undefined],
  ["", undefined],
])("the run id '%s' is taken apart", (id, expected) => {
  expect(parseRunId(id)).toEqual(expected);
});
