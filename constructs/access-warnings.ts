/** What is to be heeded of the role of a provider. Pure. */
import type { Warning } from "./warning";

export interface RoleAccess {
  /** Of the role's construct. */
  readonly path: string;
  readonly policies: number;
  /** What the policies allow: `service:Action`. */
  readonly actions: readonly string[];
  /** Whether the role has the policies. */
  readonly isAttached: boolean;
}

/**
 * Of these, as many as two times fit into a role: the old ones and the new ones of an update. A policy for a script has about
 * 220 characters, one for a secret 180 (410 with a key of its own), that for the functions themselves 750.
 *
 * Source: IAM quotas, 10,240 characters of inline policies for a role.
 */
const POLICIES_MAX = 20;

export function accessWarnings({ path, policies, actions, isAttached }: RoleAccess): readonly Warning[] {
  if (!isAttached) {
    return [
      {
        id: "azure-run-command:immutableRole",
        message: `the role '${path}' cannot be given permissions from here, since it is imported as immutable or is of another account; allow it yourself ${[...actions].sort().join(", ")}; on which resources, says 'What the role may do' in docs/cdk.md of azure-run-command`,
      },
    ];
  }
  return policies > POLICIES_MAX
    ? [
        {
          id: "azure-run-command:manyPolicies",
          message: `the role '${path}' has ${policies} policies, one for each script in a bucket, secret and bucket for output that run commands use; IAM allows a role 10,240 characters of them, and an update that changes most of them has the old ones beside the new ones, which can be too many from about ${POLICIES_MAX} on; give further run commands a second provider (AzureRunCommandProvider.getOrCreate with a providerId), or put them into another stack`,
        },
      ]
    : [];
}
