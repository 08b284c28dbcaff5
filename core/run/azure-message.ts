/** Reads the message of an operation that no runner of ours has a part in. Pure. */
import { RunFailedError } from "../failures/errors";

/** The last 4,096 bytes of each stream. Source: Azure/run-command-extension-linux@6e9a66d, main/logtail.go. */
export interface AzureStreams {
  readonly stdout: string;
  readonly stderr: string;
}

const STDOUT_MARK = "\n[stdout]\n";
const STDERR_MARK = "\n[stderr]\n";

/**
 * Where a stream holds the mark itself, the last one counts: a guess, since nothing says which is Azure's own.
 * Source: Azure/run-command-extension-linux@6e9a66d, main/cmds.go (enable).
 *
 * @throws RunFailedError `ReportUnreadable` when the agent says that the command did not finish.
 */
export function readAzureMessage(message: string, vmName: string): AzureStreams {
  const start = message.indexOf(STDOUT_MARK);
  const end = message.lastIndexOf(STDERR_MARK);
  if (start >= 0 && end >= start + STDOUT_MARK.length - 1) {
    const from = Math.min(start + STDOUT_MARK.length, end);
    return { stdout: message.slice(from, end), stderr: message.slice(end + STDERR_MARK.length) };
  }
  if (message.includes("Last script execution didn't finish.")) {
    const why = "the guest agent or the VM restarted before the command had ended";
    throw new RunFailedError({ kind: "ReportUnreadable", vmName, why, evidence: message }, true);
  }
  return { stdout: message, stderr: "" };
}
