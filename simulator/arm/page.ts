/** Gives a long list out in pages, each with the address of the next. Pure. */
import type { Document } from "./document";
import type { Refusal } from "./errors";
import type { ArmCall } from "./route";

/** How many VMs are on one page. Source: assumed; that there are pages: azure-rest-api-specs, `x-ms-pageable` of the lists. */
export const PAGE_SIZE = 50;

export type Page =
  | { readonly kind: "page"; readonly document: Document }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** @param endpoint `https://localhost:43210` */
export function pageOf<Entry>(
  entries: readonly Entry[],
  { path, query }: ArmCall,
  endpoint: string,
  print: (entry: Entry) => Document,
): Page {
  const token = query.$skiptoken;
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isSafeInteger(start) || start < 0) {
    return { kind: "refused", refusal: { kind: "ParameterInvalid", name: "$skiptoken", detail: "It is not known." } };
  }
  const end = start + PAGE_SIZE;
  const next = Object.entries({ ...query, $skiptoken: String(end) }).map(
    ([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`,
  );
  return {
    kind: "page",
    document: {
      value: entries.slice(start, end).map(print),
      nextLink: end < entries.length ? `${endpoint}${path}?${next.join("&")}` : undefined,
    },
  };
}
