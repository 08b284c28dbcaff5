/** What a template gives to the roles of our Lambda functions. */
import type { Synthesised } from "./synth";

export interface Permissions {
  readonly role: string;
  readonly managedPolicies: unknown;
  readonly statements: readonly unknown[];
}

interface PolicyProperties {
  readonly Roles: readonly { readonly Ref?: string }[];
  readonly PolicyDocument: { readonly Statement: readonly unknown[] };
}

export function permissionsOf({ resources }: Synthesised): readonly Permissions[] {
  const roles = Object.entries(resources).filter(([id]) =>
    /^AzureRunCommandProvider(?:Government)?Role[0-9A-F]{8}$/.test(id),
  );
  const policies = Object.values(resources)
    .filter(({ Type }) => Type === "AWS::IAM::Policy")
    .map(({ Properties }) => Properties as unknown as PolicyProperties);
  return roles.map(([role, { Properties }]) => ({
    role,
    managedPolicies: Properties.ManagedPolicyArns ?? [],
    statements: policies
      .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === role))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
  }));
}

/** The policies that belong to keys, buckets and secrets, by logical id, as far as they speak of what the constructs make. */
export function resourcePoliciesOf({ resources }: Synthesised): Readonly<Record<string, unknown>> {
  const policies = Object.entries(resources).map(
    ([id, { Properties = {} }]) =>
      [id, Properties.KeyPolicy ?? Properties.ResourcePolicy ?? bucketPolicy(Properties)] as const,
  );
  return Object.fromEntries(
    policies.filter(([, policy]) => JSON.stringify(policy ?? "").includes("AzureRunCommandProvider")),
  );
}

function bucketPolicy({ Bucket, PolicyDocument }: Synthesised["resources"][string]["Properties"]): unknown {
  return Bucket === undefined ? undefined : PolicyDocument;
}
