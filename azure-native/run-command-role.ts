/** A role that may run commands on VMs and nothing else, given to one principal. */
import { RoleAssignment, RoleDefinition } from "@pulumi/azure-native/authorization";
import * as pulumi from "@pulumi/pulumi";
import { CATALOGUE_ACTIONS, LOCK_ACTIONS, RUN_ACTIONS, SCALE_SET_ACTIONS } from "./actions";
import { requireScope } from "./role-scope";

/** Who may run commands where, and what else for. */
export interface RunCommandRoleArgs {
  /**
   * The object id of whom the role is given to: of a service principal, a managed identity (`principalId`), a user or a group. For
   * an application it is the object id of its enterprise application, not its client id. Another one replaces the assignment.
   */
  readonly principalId: pulumi.Input<string>;
  /**
   * What the principal is: `ServicePrincipal` (managed identities too), `User`, `Group`, `ForeignGroup` or `Device`. Azure then does
   * not look it up, which fails for one that was made a moment ago. Another one replaces the assignment.
   *
   * @default "ServicePrincipal"
   */
  readonly principalType?: pulumi.Input<string>;
  /**
   * Where the role holds: the id of the VMs' resource group, or of a subscription or management group for all VMs there. A single VM is
   * no such scope: Azure then lets a command be started, and not followed. Another one replaces the role.
   */
  readonly scope: pulumi.Input<string>;
  /**
   * Whether the role is for scale sets too: `scaleSet` and `scaleSetId` of a fleet, and instances of Uniform ones. A
   * change gives the role other actions.
   *
   * @default false
   */
  readonly scaleSets?: boolean;
  /**
   * Whether the role may read Azure's catalogue of commands (`getRunCommandDocuments`), for which `scope` must be a subscription or a
   * management group. A change gives the role other
   * actions.
   *
   * @default false
   */
  readonly catalogue?: boolean;
  /**
   * Whether the role may read locks: where one refuses a run, the message then tells which; nothing else depends on it. A
   * change gives the role other actions.
   *
   * @default false
   */
  readonly locks?: boolean;
  /**
   * The role's name, which no other role of the tenant may have; at most 512 characters. A change renames it.
   *
   * @default "Run Command: project/stack/name"
   */
  readonly roleName?: pulumi.Input<string>;
}

/** What `runCommandRole` made: two resources of azure-native's, as its children. */
export class RunCommandRole extends pulumi.ComponentResource {
  /** The role, with its actions. */
  readonly roleDefinition: RoleDefinition;
  /** Gives it to the principal; what is to use the rights can name it in `dependsOn`. */
  readonly roleAssignment: RoleAssignment;

  /** The same as `runCommandRole`. */
  constructor(name: string, args: RunCommandRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("azure-run-command:azure-native:RunCommandRole", name, {}, opts);
    const { catalogue = false } = args;
    // The engine hands down what a component waits for at its making only: a child's own order is kept at its deletion, too.
    const common = { parent: this, ...(opts?.dependsOn === undefined ? {} : { dependsOn: opts.dependsOn }) };
    const scope = pulumi.output(args.scope).apply((given) => requireScope(given, { name, catalogue }));
    // The names of both are GUIDs that azure-native makes. Source: pulumi/pulumi-azure-native#582 and #625.
    this.roleDefinition = new RoleDefinition(
      `${name}-definition`,
      {
        scope,
        assignableScopes: [scope],
        roleName: args.roleName ?? `Run Command: ${pulumi.getProject()}/${pulumi.getStack()}/${name}`,
        roleType: "CustomRole",
        description: "Run commands on virtual machines and follow their result. Whoever has this role is root on them.",
        permissions: [{ actions: [...actionsOf(args)], notActions: [], dataActions: [], notDataActions: [] }],
      },
      // Its name is unique in the tenant, so that two of them cannot be there at once.
      { ...common, deleteBeforeReplace: true },
    );
    this.roleAssignment = new RoleAssignment(
      `${name}-assignment`,
      {
        scope,
        principalId: args.principalId,
        principalType: args.principalType ?? "ServicePrincipal",
        roleDefinitionId: this.roleDefinition.id,
      },
      common,
    );
    this.registerOutputs({ roleDefinition: this.roleDefinition, roleAssignment: this.roleAssignment });
  }
}

/**
 * Makes a custom role with the actions that this package needs, and no others, and gives it to a principal.
 *
 * A right to run commands on a VM is a right to be root there. Whoever deploys this needs `Microsoft.Authorization/roleDefinitions/write`
 * and `…/roleAssignments/write` (and `…/delete`), as an Owner or a User Access Administrator has; it takes some minutes until Azure
 * heeds a new role everywhere.
 *
 * @param name unique among the `RunCommandRole`s of the stack.
 * @param opts the usual options of a component: what is said there (`parent`, `provider`, `protect`, `dependsOn`, `aliases`) holds for its children.
 * @throws pulumi.RunError when `scope` is none at which the role works; while it is not known yet, nothing is said.
 */
export function runCommandRole(
  name: string,
  args: RunCommandRoleArgs,
  opts?: pulumi.ComponentResourceOptions,
): RunCommandRole {
  return new RunCommandRole(name, args, opts);
}

function actionsOf({ scaleSets, catalogue, locks }: RunCommandRoleArgs): readonly string[] {
  return [
    ...RUN_ACTIONS,
    ...(scaleSets === true ? SCALE_SET_ACTIONS : []),
    ...(catalogue === true ? CATALOGUE_ACTIONS : []),
    ...(locks === true ? LOCK_ACTIONS : []),
  ];
}
