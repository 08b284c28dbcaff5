/** The tenants whose tokens go along with each request, for resources that refer to those of another tenant. Pure. */
import { parseJson } from "../json";
import type { Read } from "./setting";

export type AuxiliaryTenants =
  | { readonly kind: "tenants"; readonly tenantIds: readonly string[] }
  /** The end of a sentence about the setting. */
  | { readonly kind: "problem"; readonly source: string; readonly problem: string };

/** Source: Learn, "Authenticate requests across tenants": the auxiliary header can hold up to three tokens. */
const AUXILIARY_TENANTS_MAX = 3;

/** A list in JSON, as azure-native takes it, or separated by `;` (Terraform) or `,`. */
export function readAuxiliaryTenants(read: Read): AuxiliaryTenants {
  const setting = read("auxiliaryTenantIds", "ARM_AUXILIARY_TENANT_IDS");
  if (setting === undefined) {
    return { kind: "tenants", tenantIds: [] };
  }
  const { value, source } = setting;
  const listed = value.trimStart().startsWith("[") ? parseJson(value) : value.split(/[;,]/);
  if (!Array.isArray(listed) || !listed.every((entry): entry is string => typeof entry === "string")) {
    return {
      kind: "problem",
      source,
      problem: `${source} is no list of tenant ids; expected for example ["tenant-1","tenant-2"] or tenant-1,tenant-2`,
    };
  }
  const tenantIds = [...new Set(listed.map((entry) => entry.trim()).filter((entry) => entry !== ""))];
  return tenantIds.length > AUXILIARY_TENANTS_MAX
    ? {
        kind: "problem",
        source,
        problem: `${source} names ${tenantIds.length} tenants, and Azure takes at most ${AUXILIARY_TENANTS_MAX}`,
      }
    : { kind: "tenants", tenantIds };
}
