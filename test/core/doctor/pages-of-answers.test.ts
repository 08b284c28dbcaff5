/** Azure tells long lists in pages: what is on a later one counts as well. */
import type { ArmClient } from "../../../core/arm/arm-client";
import { permissionsAt } from "../../../core/doctor/permissions";
import { listSubscriptions } from "../../../core/doctor/subscriptions";

const TARGET = { subscriptionId: "s", resourceGroupName: "rg", vmName: "web1" };
const SECOND = "https://management.azure.com/second?$skiptoken=a%2Fb";

/** Whoever asks for the second page, letter by letter, gets it. */
function answering(first: unknown, second: unknown): Pick<ArmClient, "get"> {
  return {
    get: async (address) => {
      const page = address === SECOND ? second : { value: [first], nextLink: SECOND };
      return { kind: "reply", status: 200, header: () => undefined, body: JSON.stringify(page) };
    },
  };
}

const client = (first: unknown, second: unknown) => answering(first, { value: [second] }) as ArmClient;
const half = (first: unknown) => answering(first, {}) as ArmClient;

test("a right that only a role of the second page gives is there", async () => {
  const reader = { actions: ["*/read"], notActions: [] };
  const runner = { actions: ["Microsoft.Compute/virtualMachines/runCommand/action"], notActions: [] };
  expect(await permissionsAt("/subscriptions/s", client(reader, runner))).toEqual({
    kind: "known",
    permissions: [reader, runner],
  });
});

test("without the second page nothing is known of the rights, and none is said to be missing", async () => {
  const reader = { actions: ["*/read"], notActions: [] };
  expect(await permissionsAt("/subscriptions/s", half(reader))).toEqual({ kind: "hidden", status: 200 });
});

test("a subscription that stands on the second page is there", async () => {
  const named = (id: string) => ({ subscriptionId: id, displayName: `named ${id}`, state: "Enabled" });
  const found = await listSubscriptions(TARGET, client(named("a"), named("b")), { nowMs: () => 0 });
  expect(found).toEqual([
    { subscriptionId: "a", name: "named a", state: "Enabled" },
    { subscriptionId: "b", name: "named b", state: "Enabled" },
  ]);
});
