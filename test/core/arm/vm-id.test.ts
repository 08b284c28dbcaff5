import { vmResourceId } from "../../../core/arm/invocation";
import { parseVmId } from "../../../core/arm/vm-id";

const GROUP = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg";

test.each([
  `${GROUP}/providers/Microsoft.Compute/virtualMachines/web1`,
  `${GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/web/virtualMachines/12`,
])("%s is taken apart, and put together again", (id) => {
  const parsed = parseVmId(id);
  expect(parsed.kind === "vm" && vmResourceId(parsed.target)).toBe(id);
});

test.each([
  ["with a slash at its end", (id: string) => `${id}/`],
  ["in an address of ARM", (id: string) => `https://management.azure.com${id}?api-version=2024-07-01`],
  ["in an address of the portal", (id: string) => `https://portal.azure.com/#@example.com/resource${id}/overview`],
])("an id %s is found, and said", (_how, within) => {
  const id = `${GROUP}/providers/Microsoft.Compute/virtualMachines/web1`;
  expect(parseVmId(within(id))).toEqual({
    kind: "problem",
    problem: `is more than the id of a VM; give '${id}' alone`,
  });
});

test("an instance of a Uniform scale set has the name that Azure gives it, in whatever case its id is written", () => {
  const id = `${GROUP}/providers/microsoft.compute/virtualmachinescalesets/web/virtualmachines/12`;
  expect(parseVmId(id)).toEqual({
    kind: "vm",
    target: {
      subscriptionId: "00000000-0000-4000-8000-000000000001",
      resourceGroupName: "rg",
      vmName: "web_12",
      instance: { scaleSetName: "web", instanceId: "12" },
    },
  });
});
