import { locksOf } from "../../../core/arm/locks";
import { type Answer, virtualOutside } from "../../support/virtual-outside";
import { sessionOn, TARGET } from "../failures/ask-azure";

async function locks(...answers: readonly Answer[]) {
  const outside = virtualOutside(() => answers[outside.exchanges.length - 1] ?? { status: 404 });
  const found = await locksOf(TARGET, await sessionOn(outside).client());
  return { found, urls: outside.exchanges.map(({ url }) => url) };
}

test("locks are asked for at the VM and above it, with the api-version that they have had since 2016", async () => {
  const { urls } = await locks({ status: 200, body: { value: [] } });
  expect(urls).toEqual([
    "https://management.azure.com/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web1/providers/Microsoft.Authorization/locks?api-version=2016-09-01&$filter=atScope()",
  ]);
});

test("what is no lock, or holds for something else, is left out; a level that is not given is not known", async () => {
  const scope = "/subscriptions/S/resourceGroups/RG";
  const id = `${scope}/providers/microsoft.authorization/locks/freeze`;
  const below = `${scope}/providers/Microsoft.Compute/virtualMachines/web1/extensions/x`;
  const value = [
    { id, name: "freeze" },
    { id },
    "lock",
    { id: `${below}/providers/Microsoft.Authorization/locks/deep`, name: "deep", properties: { level: "ReadOnly" } },
  ];
  const { found } = await locks({ status: 200, body: { value } });
  expect(found).toEqual({ kind: "known", locks: [{ name: "freeze", level: undefined, scope }] });
});

test("locks that Azure does not show are not taken for none", async () => {
  expect((await locks({ status: 403, body: "" })).found).toEqual({ kind: "hidden", status: 403 });
});

test("locks on a later page hold as well, and without that page nothing is known of any", async () => {
  const named = (name: string) => ({ id: `/subscriptions/s/providers/Microsoft.Authorization/locks/${name}`, name });
  const first = { status: 200, body: { value: [named("a")], nextLink: "https://management.azure.com/second" } };
  const both = await locks(first, { status: 200, body: { value: [named("b")] } });
  expect(both.found).toMatchObject({ kind: "known", locks: [{ name: "a" }, { name: "b" }] });
  expect((await locks(first, { status: 200, body: {} })).found).toEqual({ kind: "hidden", status: 200 });
});
