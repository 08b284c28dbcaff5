import {
  listFlexibleMembersPath,
  listInstancesPath,
  parseScaleSetId,
  scaleSetPath,
  scaleSetResourceId,
} from "../../../core/arm/scale-set-id";

const SUBSCRIPTION = "00000000-0000-4000-8000-000000000001";
const COMPUTE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/my(rg)/providers/Microsoft.Compute`;
const ID = { subscriptionId: SUBSCRIPTION, resourceGroupName: "my(rg)", scaleSetName: "web" };
const EXPECTED =
  "'/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachineScaleSets/{name}'";

test.each([
  `${COMPUTE}/virtualMachineScaleSets/web`,
  `${COMPUTE}/virtualmachinescalesets/web`.replace("resourceGroups", "RESOURCEGROUPS"),
])("%s is taken apart", (text) => {
  expect(parseScaleSetId(text)).toEqual({ kind: "scaleSet", id: ID });
});

test.each<{ what: string; text: string; problem: string }>([
  {
    what: "the id of a VM",
    text: `${COMPUTE}/virtualMachines/web1`,
    problem: `is the id of the VM 'web1', not of a scale set; expected ${EXPECTED}`,
  },
  {
    what: "the id of an instance",
    text: `${COMPUTE}/virtualMachineScaleSets/web/virtualMachines/3`,
    problem: `is the id of one VM of the scale set 'web', not of the scale set; expected ${EXPECTED}`,
  },
  {
    what: "another id",
    text: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`,
    problem: `is "/subscriptions/${SUBSCRIPTION}/resourceGroups/rg", which is no id of a scale set; expected ${EXPECTED}`,
  },
  {
    what: "a name, which may be a secret that went astray",
    text: "web",
    problem: `is a text of 3 characters, which is no id of a scale set; expected ${EXPECTED}`,
  },
  {
    what: "a name that Azure does not allow",
    text: `${COMPUTE}/virtualMachineScaleSets/_web`,
    problem:
      "has the scale set name \"_web\", which Azure does not allow (letters, digits, '.', '-' and '_'; not '_' first, nor '.' or '-' last)",
  },
  {
    what: "a group that Azure does not allow",
    text: `${COMPUTE}/virtualMachineScaleSets/web`.replace("my(rg)", "rg."),
    problem:
      "has the resource group name \"rg.\", which Azure does not allow (letters, digits, '_', '.', '(', ')' and '-'; not '.' last)",
  },
])("$what is none", ({ text, problem }) => {
  expect(parseScaleSetId(text)).toEqual({ kind: "problem", problem });
});

test("the paths of a scale set and of its members", () => {
  const id = `${COMPUTE}/virtualMachineScaleSets/web`;
  expect(scaleSetResourceId(ID)).toBe(id);
  expect(scaleSetPath(ID)).toBe(`${id}?api-version=2024-11-01`);
  expect(listInstancesPath(ID)).toBe(`${id}/virtualMachines?api-version=2024-11-01`);
  const url = new URL(`https://arm${listFlexibleMembersPath(ID)}`);
  expect(url.pathname).toBe(`${COMPUTE}/virtualMachines`);
  expect([...url.searchParams]).toEqual([
    ["api-version", "2024-11-01"],
    ["$filter", `'virtualMachineScaleSet/id' eq '${id}'`],
  ]);
});
