/** Prints how a run ended: the rest of what it printed, or all that is known of it as JSON. */
import type { Subject } from "../core/failures/errors";
import type { RunName } from "../core/guest/protocol";
import type { RunOutcome } from "../core/run/outcome";
import { fullName } from "../core/run/run-name";
import { describeEnd } from "./end-of-run";
import { printJson } from "./json";
import type { StreamPrinter } from "./stream-printer";
import { say } from "./usage";

export interface RunToPrint {
  /** The subcommand's name. */
  readonly command: string;
  /** What its failures are about. */
  readonly subject: Subject;
  readonly name: RunName;
  readonly vmName: string;
  readonly outcome: RunOutcome;
  /** Has printed what came until now; `undefined` for JSON. */
  readonly printer: StreamPrinter | undefined;
}

/**
 * Streams first, whole; what is to be said of them last, on stderr, also where stdout cannot be written.
 *
 * @throws UnwrittenError
 */
export async function printRun(run: RunToPrint): Promise<void> {
  const { command, outcome, printer } = run;
  const end = describeEnd(outcome, run.subject);
  try {
    await (printer === undefined ? printKnown(run, end) : printer.end(outcome.result));
  } finally {
    if (end !== undefined && printer !== undefined) {
      printer.say(end);
    } else if (end !== undefined) {
      say(command, end);
    }
  }
}

function printKnown({ name, vmName, outcome }: RunToPrint, end: string | undefined): Promise<void> {
  return printJson({ run: fullName(name), ...name, vmName, ...outcome.result, failure: end });
}
