/** Lists of Azure Resource Manager, which come in pages. */
import { at, parseJson, textAt } from "../json";
import type { ArmClient, ArmReply } from "./arm-client";

/** Most pages that are read. Source: our own choice: what is listed with it has far fewer. */
const PAGES_MAX = 20;

export type Listed =
  | { readonly kind: "listed"; readonly entries: readonly unknown[] }
  /** The first answer that was no page. */
  | { readonly kind: "refused"; readonly reply: ArmReply };

/** What all pages have in `value`. @throws RunFailedError when Azure does not answer. */
export async function readPages(path: string, client: ArmClient, signal?: AbortSignal): Promise<Listed> {
  const entries: unknown[] = [];
  let next: string | undefined = path;
  for (let pages = 0; next !== undefined && pages < PAGES_MAX; pages++) {
    const reply: ArmReply = await client.get(next, signal);
    if (reply.status !== 200) {
      return { kind: "refused", reply };
    }
    const page = parseJson(reply.body);
    const value = at(page, "value");
    entries.push(...(Array.isArray(value) ? value : []));
    next = textAt(page, "nextLink") || undefined;
  }
  return { kind: "listed", entries };
}
