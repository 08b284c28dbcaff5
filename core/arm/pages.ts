/** Lists of Azure Resource Manager, which come in pages: all of a list or none, since what half of it leaves out nobody would miss. */
import { at, parseJson, textAt } from "../json";
import type { ArmClient, ArmReply } from "./arm-client";
import { type ArmError, readArmError } from "./lro";

/**
 * Most pages that are read. Source: our own choice. The longest list is that of a scale set's VMs, of which there are 1,000 at most
 * (Learn, "Considerations for large scale sets"); the size of a page is not known.
 */
const PAGES_MAX = 100;

export type Listed =
  | { readonly kind: "listed"; readonly entries: readonly unknown[] }
  /** The first answer that is no page, or the one that names a page too many; and what is wrong, in Azure's words where it has some. */
  | { readonly kind: "refused"; readonly reply: ArmReply; readonly error: ArmError };

/** What all pages have in `value`. @throws RunFailedError when Azure does not answer. */
export async function readPages(path: string, client: ArmClient, signal?: AbortSignal): Promise<Listed> {
  const entries: unknown[] = [];
  let next = path;
  for (let pages = 1; ; pages++) {
    const reply = await client.get(next, signal);
    const page = reply.status === 200 ? parseJson(reply.body) : undefined;
    const value = at(page, "value");
    if (!Array.isArray(value)) {
      return { kind: "refused", reply, error: readArmError(reply.body) };
    }
    entries.push(...value);
    const more = textAt(page, "nextLink") ?? "";
    if (more === "") {
      return { kind: "listed", entries };
    }
    if (pages === PAGES_MAX) {
      return { kind: "refused", reply, error: { code: "", message: `the list has more than ${PAGES_MAX} pages` } };
    }
    next = more;
  }
}
