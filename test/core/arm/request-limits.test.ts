import { chargesOf, remainingIn } from "../../../core/arm/request-limits";

const GROUP = "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Compute";
const OPERATION = "/subscriptions/S/providers/Microsoft.Compute/locations/westeurope/operations/o";

function charged(method: "GET" | "POST", path: string): readonly string[] {
  return chargesOf(method, path).map(({ key, size: { capacity, refill, everyMs, reserve = 0 } }) => {
    const perMinute = (refill * 60_000) / everyMs;
    return `${key}: ${capacity + reserve}, ${perMinute} a minute`;
  });
}

const READS = ["s subscription-reads: 250, 1500 a minute", "s subscription-global-reads: 3750, 22500 a minute"];
const WRITES = ["s subscription-writes: 200, 600 a minute", "s subscription-global-writes: 3000, 9000 a minute"];

test.each<{ what: string; method: "GET" | "POST"; path: string; expected: readonly string[] }>([
  {
    what: "a command for a VM",
    method: "POST",
    path: `${GROUP}/virtualMachines/Web1/runCommand?api-version=2024-11-01`,
    expected: [
      ...WRITES,
      "updateVm /subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web1: 12, 4 a minute",
      "updateVm s: 1500, 500 a minute",
    ],
  },
  {
    what: "a command for an instance of a scale set",
    method: "POST",
    path: `${GROUP}/virtualMachineScaleSets/web/virtualmachines/3/runCommand`,
    expected: [
      ...WRITES,
      "updateInstance /subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachinescalesets/web/virtualmachines/3: 12, 4 a minute",
      "updateInstance s: 1500, 500 a minute",
    ],
  },
  {
    what: "a look at a VM",
    method: "GET",
    path: `${GROUP}/virtualMachines/web1?api-version=2024-11-01&$expand=instanceView`,
    expected: [
      ...READS,
      "getVm /subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web1: 36, 12 a minute",
      "getVm s: 24000, 8000 a minute",
    ],
  },
  {
    what: "a look at an instance of a scale set",
    method: "GET",
    path: `${GROUP}/virtualMachineScaleSets/web/virtualMachines/3`,
    expected: [
      ...READS,
      "getInstance /subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachinescalesets/web/virtualmachines/3: 36, 12 a minute",
      "getInstance s: 6000, 2000 a minute",
    ],
  },
  {
    what: "a poll",
    method: "GET",
    path: `${OPERATION}?p=1&c=2`,
    expected: [
      ...READS,
      "getOperation /subscriptions/s/providers/microsoft.compute/locations/westeurope/operations/o: 45, 15 a minute",
      "getOperation s: 15000, 5000 a minute",
    ],
  },
  { what: "anything else", method: "GET", path: "/subscriptions/S/providers/Microsoft.Compute/x", expected: READS },
])("$what is counted where Azure counts it", ({ method, path, expected }) => {
  expect(charged(method, path)).toEqual(expected);
});

test("what is left is read from the headers of 2026, each for its bucket", () => {
  const headers: Readonly<Record<string, string>> = {
    "x-ms-ratelimit-remaining-resource":
      "Microsoft.Compute/GetOperationResource;42,Microsoft.Compute/GetOperationSubscriptionMaximum;14998",
    "x-ms-ratelimit-remaining-subscription-global-reads": "3749",
  };
  const remaining = remainingIn((name) => headers[name]);
  const found = chargesOf("GET", OPERATION).map(({ key, isCalled }) => {
    const [entry] = [...remaining].filter(([name]) => isCalled(name));
    return [key.split(" ").slice(-1)[0], entry?.[1]];
  });
  expect(found).toEqual([
    ["subscription-reads", undefined],
    ["subscription-global-reads", 3_749],
    [OPERATION.toLowerCase(), 42],
    ["s", 14_998],
  ]);
});

test("counters of before 2024, and what is no number, are passed over", () => {
  const headers: Readonly<Record<string, string>> = {
    "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/UpdateVM3Min;238,Microsoft.Compute/UpdateVMResource;many",
    "x-ms-ratelimit-remaining-subscription-writes": "1197",
  };
  const remaining = remainingIn((name) => headers[name]);
  const charges = chargesOf("POST", `${GROUP}/virtualMachines/web1/runCommand`);
  const told = charges.filter(({ isCalled }) => [...remaining.keys()].some(isCalled)).map(({ key }) => key);
  expect(told).toEqual(["s subscription-writes"]);
});
