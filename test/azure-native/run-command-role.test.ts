/** The role that runs commands: exactly these actions, at this scope, for this principal. */
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { runCommandRole } from "../../azure-native";
import { requireScope } from "../../azure-native/role-scope";
import type { RunCommandRoleArgs } from "../../azure-native/run-command-role";
import { ACTIONS } from "../../simulator/arm/actions";
import { registeredBy, runRoleProgram, SUBSCRIPTION } from "./support";

const GROUP = `${SUBSCRIPTION}/resourceGroups/vms`;
const PRINCIPAL = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

const RUN = [
  "Microsoft.Compute/virtualMachines/read",
  "Microsoft.Compute/virtualMachines/instanceView/read",
  "Microsoft.Compute/virtualMachines/runCommand/action",
  "Microsoft.Compute/locations/operations/read",
];

async function actionsWith(options: Partial<RunCommandRoleArgs>): Promise<unknown> {
  const [, definition] = await registeredBy(() =>
    runCommandRole("deployer", { principalId: PRINCIPAL, scope: SUBSCRIPTION, ...options }),
  );
  const [permission] = (definition?.inputs.permissions ?? []) as [{ actions: unknown }];
  return permission.actions;
}

test("a role and its assignment are made at the scope, and hold no more than what a run needs", async () => {
  const [component, definition, assignment, ...others] = await registeredBy(() =>
    runCommandRole("deployer", { principalId: PRINCIPAL, scope: GROUP }),
  );
  expect(others).toEqual([]);
  const urn = "urn:pulumi:dev::app::azure-run-command:azure-native:RunCommandRole::deployer";
  expect(component).toMatchObject({
    type: "azure-run-command:azure-native:RunCommandRole",
    name: "deployer",
    inputs: {},
  });
  expect(definition).toMatchObject({
    type: "azure-native:authorization:RoleDefinition",
    name: "deployer-definition",
    parent: urn,
    deleteBeforeReplace: true,
  });
  expect(definition?.inputs).toEqual({
    scope: GROUP,
    assignableScopes: [GROUP],
    roleName: "Run Command: app/dev/deployer",
    roleType: "CustomRole",
    description: "Run commands on virtual machines and follow their result. Whoever has this role is root on them.",
    permissions: [{ actions: RUN, notActions: [], dataActions: [], notDataActions: [] }],
  });
  expect(assignment).toMatchObject({
    type: "azure-native:authorization:RoleAssignment",
    name: "deployer-assignment",
    parent: urn,
  });
  expect(assignment?.inputs).toEqual({
    scope: GROUP,
    principalId: PRINCIPAL,
    principalType: "ServicePrincipal",
    roleDefinitionId: `${SUBSCRIPTION}/made/deployer-definition`,
  });
});

test("what only some features need is left out, until it is asked for", async () => {
  const scaleSets = [
    "Microsoft.Compute/virtualMachineScaleSets/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action",
  ];
  const catalogue = ["Microsoft.Compute/locations/runCommands/read"];
  const locks = ["Microsoft.Authorization/locks/read"];
  expect(await actionsWith({})).toEqual(RUN);
  expect(await actionsWith({ scaleSets: true })).toEqual([...RUN, ...scaleSets]);
  expect(await actionsWith({ catalogue: true })).toEqual([...RUN, ...catalogue]);
  expect(await actionsWith({ locks: true })).toEqual([...RUN, ...locks]);
  const all = [...RUN, ...scaleSets, ...catalogue, ...locks];
  expect(await actionsWith({ scaleSets: true, catalogue: true, locks: true })).toEqual(all);
});

test("it holds no wildcard, and nothing that writes, deletes or starts but the command itself", async () => {
  const actions = (await actionsWith({ scaleSets: true, catalogue: true, locks: true })) as string[];
  expect(actions.filter((action) => !action.endsWith("/read"))).toEqual([
    "Microsoft.Compute/virtualMachines/runCommand/action",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action",
  ]);
  expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  // The simulator has them from the same documents, and by another hand.
  expect(actions.filter((action) => !(ACTIONS as readonly string[]).includes(action))).toEqual([]);
});

test("what the user says of name, principal and options is heeded, and passed to the children", async () => {
  const [component, definition, assignment] = await registeredBy(() =>
    runCommandRole(
      "deployer",
      { principalId: PRINCIPAL, principalType: "Group", scope: GROUP, roleName: "VM operators" },
      { protect: true, aliases: [{ name: "old" }] },
    ),
  );
  expect(definition?.inputs.roleName).toBe("VM operators");
  expect(assignment?.inputs.principalType).toBe("Group");
  expect([component?.protect, definition?.protect, assignment?.protect]).toEqual([true, true, true]);
  expect(component?.aliases).toEqual(["old"]);
});

class First extends pulumi.CustomResource {}

test("what it is to wait for holds for both children: an engine deletes by their order, not by the component's", async () => {
  const [, , definition, assignment] = await registeredBy(() => {
    const first = new First("test:index:First", "first");
    return runCommandRole("deployer", { principalId: PRINCIPAL, scope: GROUP }, { dependsOn: first });
  });
  expect(definition?.dependencies).toEqual(["first"]);
  expect([...(assignment?.dependencies ?? [])].sort()).toEqual(["deployer-definition", "first"]);
});

test("a scope that is not known yet is no problem", async () => {
  const [, definition] = await registeredBy(() =>
    runCommandRole("deployer", { principalId: PRINCIPAL, scope: pulumi.output(Promise.resolve(GROUP)) }),
  );
  expect(definition?.inputs.scope).toBe(GROUP);
});

test("the component registers what it made, so that the engine knows that it is whole", async () => {
  const register = jest.spyOn(MockMonitor.prototype, "registerResourceOutputs");
  try {
    await registeredBy(() => runCommandRole("deployer", { principalId: PRINCIPAL, scope: GROUP }));
    const outputs = register.mock.calls.map(([request]) => Object.keys(request.getOutputs().toJavaScript()));
    expect(outputs).toEqual([["roleAssignment", "roleDefinition"]]);
  } finally {
    register.mockRestore();
  }
});

test("a role that would not work ends the program, and says why", () => {
  expect(runRoleProgram({ principalId: PRINCIPAL, scope: GROUP }).status).toBe(0);
  const { status, stderr } = runRoleProgram({ principalId: PRINCIPAL, scope: GROUP, catalogue: true });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /runCommandRole 'deployer': scope is a resource group, and the catalogue is a subscription's; give the subscription's id, or leave 'catalogue' out$/m,
  );
});

const MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/mg-platform";

test.each([GROUP, GROUP.toLowerCase(), SUBSCRIPTION, MANAGEMENT_GROUP, MANAGEMENT_GROUP.toLowerCase()])(
  "%s is a scope at which a command can be started and followed",
  (scope) => {
    expect(requireScope(scope, { name: "deployer", catalogue: false })).toBe(scope);
  },
);

const EXPECTED =
  "expected the id of a resource group or of a subscription: '/subscriptions/{guid}/resourceGroups/{name}', '/subscriptions/{guid}'";

test.each<{ scope: string; problem: string; catalogue?: boolean }>([
  {
    scope: `${GROUP}/providers/Microsoft.Compute/virtualMachines/web1`,
    problem: `is within a resource group, where a command can be started but not followed; give that of the group, '${GROUP}'`,
  },
  {
    scope: `${GROUP}/providers/Microsoft.Compute/virtualMachines/web1`.toLowerCase(),
    problem: `is within a resource group, where a command can be started but not followed; give that of the group, '${GROUP.toLowerCase()}'`,
  },
  ...[
    "vms",
    `${GROUP}/`,
    `${SUBSCRIPTION}/providers/Microsoft.Compute`,
    "/providers/Microsoft.Management/managementGroups/mg/providers/Microsoft.Compute",
  ].map((scope) => ({ scope, problem: `is "${scope}", ${EXPECTED}` })),
  {
    scope: GROUP,
    catalogue: true,
    problem:
      "is a resource group, and the catalogue is a subscription's; give the subscription's id, or leave 'catalogue' out",
  },
])("scope $problem", ({ scope, problem, catalogue = false }) => {
  expect(() => requireScope(scope, { name: "deployer", catalogue })).toThrow(
    new pulumi.RunError(`runCommandRole 'deployer': scope ${problem}`),
  );
});
