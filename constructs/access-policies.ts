/**
 * Permissions that come and go with what needs them. Each is a policy of its own beside the role, shared by all that need the
 * same: in the role's one policy, a secret that is made from a script's output would be in a circle with that script, and a
 * resource that leaves the stack would lose its permissions before its deletion.
 */
import { createHash } from "node:crypto";
import { Annotations, aws_iam as iam, Stack } from "aws-cdk-lib";
import { type Construct, DependencyGroup } from "constructs";
import { accessWarnings } from "./access-warnings";

export interface Allowed<Granted> {
  readonly granted: Granted;
  /** Has to be there before what needs the permissions, and until it is deleted. `undefined` when nothing was granted. */
  readonly policy: iam.Policy | undefined;
}

export class AccessPolicies {
  private readonly policies = new Map<string, iam.Policy>();
  private readonly actions = new Set<string>();

  constructor(
    private readonly scope: Construct,
    private readonly role: iam.IRole,
  ) {
    scope.node.addValidation({ validate: () => this.validate() });
  }

  /** @param grant is called once, with whom to give the permissions to. */
  allow<Granted>(grant: (grantee: iam.IGrantable) => Granted): Allowed<Granted> {
    const collector = new StatementCollector(this.role);
    const granted = grant(collector);
    const { statements } = collector;
    return { granted, policy: statements.length === 0 ? undefined : this.policyOf(statements) };
  }

  /** Named after what it allows: other permissions are another policy, and the old one stays until the end of the deployment. */
  private policyOf(statements: readonly iam.PolicyStatement[]): iam.Policy {
    const resolved = Stack.of(this.scope).resolve(statements.map((statement) => statement.toStatementJson()));
    const id = `Access${createHash("sha256").update(JSON.stringify(resolved)).digest("hex").slice(0, 12)}`;
    for (const action of statements.flatMap((statement) => statement.actions)) {
      this.actions.add(action);
    }
    const policy = this.policies.get(id) ?? attachPolicy(this.scope, id, this.role, statements);
    this.policies.set(id, policy);
    return policy;
  }

  /** What is known only when the whole app is there. */
  private validate(): string[] {
    const policies = [...this.policies.values()];
    const { path } = this.role.node;
    const seen = {
      path,
      policies: policies.length,
      actions: [...this.actions],
      isAttached: policies.every(isAttached),
    };
    for (const { id, message } of accessWarnings(seen)) {
      Annotations.of(this.scope).addWarningV2(id, message);
    }
    return [];
  }
}

/** In the scope's stack and not in the role's, where the stack's own id would be another one. */
function attachPolicy(scope: Construct, id: string, role: iam.IRole, statements: readonly iam.PolicyStatement[]) {
  const policy = new iam.Policy(scope, id, { statements: [...statements] });
  role.attachInlinePolicy(policy);
  return policy;
}

/** A role that is imported as immutable, or is of another account, takes a policy and does nothing with it. */
function isAttached(policy: iam.Policy): boolean {
  const { roles } = policy.node.defaultChild as iam.CfnPolicy;
  return Stack.of(policy).resolve(roles) !== undefined;
}

/** Stands for the role, and keeps the statements that it is given. */
class StatementCollector implements iam.IPrincipal {
  readonly statements: iam.PolicyStatement[] = [];
  readonly grantPrincipal: iam.IPrincipal = this;
  readonly assumeRoleAction: string;
  readonly policyFragment: iam.PrincipalPolicyFragment;
  readonly principalAccount?: string;

  constructor({ grantPrincipal }: iam.IRole) {
    this.assumeRoleAction = grantPrincipal.assumeRoleAction;
    this.policyFragment = grantPrincipal.policyFragment;
    if (grantPrincipal.principalAccount !== undefined) {
      this.principalAccount = grantPrincipal.principalAccount;
    }
  }

  addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    this.statements.push(statement);
    return { statementAdded: true, policyDependable: new DependencyGroup() };
  }
}
