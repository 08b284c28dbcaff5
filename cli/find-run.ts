/** Finds the run that somebody names, by its full name or by its id alone. */
import type { RunName } from "../core/guest/protocol";
import type { Reporter } from "../core/outside";
import { listAllReceipts } from "../core/run/list-all-receipts";
import type { ListedReceipt } from "../core/run/list-receipts";
import { fullName, parseRunName } from "../core/run/run-name";
import type { AskedVm } from "./azure-session";
import { nearest, UsageError } from "./usage";

export interface AskedRun extends AskedVm {
  readonly text: string;
  readonly readyTimeoutInSeconds: number;
  /** The command that shows the runs that are there. */
  readonly runsCommand: string;
}

/**
 * With the full name, nothing is asked of the VM; with an id alone, or a key, one operation more than else.
 *
 * @throws UsageError
 */
export async function findRun(asked: AskedRun, reporter: Reporter): Promise<RunName> {
  const { text, target, session, readyTimeoutInSeconds, runsCommand } = asked;
  const parsed = parseRunName(text);
  if (parsed === undefined) {
    throw new UsageError(`'${text}' is no name of a run; '${runsCommand}' shows those that are there`);
  }
  const { key, runId } = parsed;
  if (key !== undefined) {
    return { key, runId };
  }
  const intent = { target, label: "azure-run-command", readyTimeoutInSeconds, subject: "question" as const };
  const receipts = await listAllReceipts(intent, session, reporter);
  const found = receipts.filter((receipt) => [receipt.runId, receipt.endedAs, receipt.key].includes(runId));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new UsageError(only === undefined ? describeMissing(asked, receipts) : describeSeveral(asked, found));
  }
  return nameOf(only);
}

/** What is said of a run that is not on the VM. */
export function describeMissing(
  { text, target, runsCommand }: Pick<AskedRun, "text" | "target" | "runsCommand">,
  receipts: readonly ListedReceipt[] | undefined,
): string {
  const missing = `there is no run '${text}' on '${target.vmName}'`;
  const meant = nearest(text, receipts?.map(({ endedAs }) => endedAs) ?? []);
  return meant === undefined
    ? `${missing}; '${runsCommand}' shows those that are there`
    : `${missing}; did you mean '${meant}'?`;
}

function describeSeveral({ text, target }: AskedRun, found: readonly ListedReceipt[]): string {
  const names = found.map((receipt) => fullName(nameOf(receipt)));
  return `'${text}' is the name of ${found.length} runs on '${target.vmName}'; give one of ${names.join(", ")}`;
}

/** That of the receipt which has the output. */
function nameOf({ key, endedAs }: ListedReceipt): RunName {
  return { key, runId: endedAs };
}
