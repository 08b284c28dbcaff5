/** Asks a VM which runs it knows of at all: of resources, and of the command line. */
import type { Reporter } from "../outside";
import type { Deadline } from "./deadline";
import { type ListedReceipt, type ListIntent, listReceipts } from "./list-receipts";
import type { Session } from "./session";

/**
 * The receipts of all keys that were made on this very VM, by key: one for each run, which tells of its last boot. One operation
 * of Azure's for each 150 of them or so, where the VM has gzip; for each 40 where it has not.
 *
 * @throws RunFailedError about the intent's subject; nothing was run.
 */
export async function listAllReceipts(
  intent: Omit<ListIntent, "key">,
  session: Session,
  reporter: Reporter,
  deadline?: Deadline,
): Promise<readonly ListedReceipt[]> {
  return listReceipts({ ...intent, key: undefined }, session, reporter, deadline);
}
