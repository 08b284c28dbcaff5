/** `azure-run-command output`: what a run on a VM printed, once it has ended. */
import { Command } from "commander";
import { describeFailure } from "../core/failures/errors";
import { DEFAULT_SETTINGS } from "../core/inputs/input-settings";
import { OUTPUT_DEFAULT_BYTES, OUTPUT_MAX_BYTES } from "../core/limits";
import { lookAtRun } from "../core/run/look-at-run";
import { fullName } from "../core/run/run-name";
import { act } from "./act";
import { openVm } from "./azure-session";
import { describeMissing, findRun } from "./find-run";
import { printJson } from "./json";
import { readBytes } from "./numbers";
import { printRun } from "./print-run";
import type { Progress } from "./progress";
import { StreamPrinter } from "./stream-printer";
import { addTargetOptions, optionsFor, readyTimeoutOf, type TargetOptions } from "./target";
import { say, UsageError } from "./usage";

const NAME = "output";
const ABOUT = { command: NAME, subject: "reading" } as const;

interface OutputOptions extends TargetOptions {
  readonly wait: boolean;
  readonly outputMaxBytes?: string;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ azure-run-command output -g rg -n web1 invoke-6fd1a2b83c4d5e6f/1-create-2c26b46b68ff
  $ azure-run-command output -g rg -n web1 3-update-9f86d0818846 > out.txt    # one operation more: its key is looked for
  $ azure-run-command output -g rg -n web1 --no-wait --json invoke-6fd1a2b83c4d5e6f/1-create-2c26b46b68ff

What it does:
  stdout has what the script printed on stdout, byte for byte, and stderr what it printed on stderr. A run that goes on is
  waited for and printed from its first line on, as 'invoke' does; ^C ends the waiting, not the run. With --no-wait it is
  only told of. Nothing is started.
  Of long streams that have ended the end comes. How much of it is decided when the result is first asked for, by whoever
  does that, and what was not kept then does not come later. Here nobody knows which of it is secret: nothing is replaced.

Exit codes: 0 whatever the script's own was (--json has it, and a failure is said on stderr); 2 where there is no such run
or the command line makes no sense; 1 for anything else, also with --no-wait for a run that has not ended.`;

export function outputCommand(): Command {
  return addTargetOptions(
    new Command(NAME).description("print what a run on a VM printed, and prints while it goes on"),
  )
    .argument("<run>", "as 'runs' shows it: <key>/<run id>; or the run id, or the key of 'invoke', alone")
    .option("--no-wait", "do not wait for a run that goes on")
    .option(
      "--output-max-bytes <number>",
      `of each stream the last so many bytes, up to ${OUTPUT_MAX_BYTES}, where nobody has asked before (default: ${OUTPUT_DEFAULT_BYTES})`,
    )
    .option("--json", "print all that is known of the run as JSON in place of what it printed")
    .addHelpText("after", HELP)
    .action((run: string, options: OutputOptions) => act(ABOUT, (progress) => output(run, options, progress)));
}

async function output(text: string, options: OutputOptions, progress: Progress): Promise<number> {
  const { target, session } = openVm(options);
  const { vmName } = target;
  const readyTimeoutInSeconds = readyTimeoutOf(options);
  const outputMaxBytes = requireInRange(readBytes("--output-max-bytes", options.outputMaxBytes));
  const runsCommand = `azure-run-command runs ${optionsFor(options, target)}`;
  const asked = { text, target, session, readyTimeoutInSeconds, runsCommand };
  const name = await findRun(asked, progress);
  const isJson = options.json === true;
  const printer = isJson ? undefined : new StreamPrinter({ command: NAME, secrets: undefined, progress });
  // What the script was, and which of what it printed is secret, nobody knows here.
  const unknown = { knownVmId: undefined, mask: (printedText: string) => printedText };
  const watching = { ...DEFAULT_SETTINGS, outputMaxBytes };
  const intent = { ...unknown, target, name, label: `azure-run-command ${NAME}`, watching, readyTimeoutInSeconds };
  const following = {
    ...(printer && { printed: printer.printed }),
    ...(printer && options.wait && { printing: printer.printing }),
  };
  const looked = await lookAtRun({ ...intent, ...following, waits: options.wait }, session, progress);
  progress.stop();
  if (looked.executed === undefined) {
    const { state, lastLine } = looked.running;
    if (isJson) {
      await printJson({ run: fullName(name), ...name, vmName, state, lastLine });
    }
    say(
      NAME,
      `the run has not ended, its state is ${state}${lastLine === undefined ? "" : `; last line: ${lastLine}`}`,
    );
    return 1;
  }
  const { outcome } = looked.executed;
  const { result, failure, evidence } = outcome;
  if (failure?.kind === "ReceiptGone" && printer?.sawRun !== true) {
    throw new UsageError(describeMissing(asked, undefined));
  }
  const isUnknown = failure !== undefined && result.executionState === "Unknown";
  if (isUnknown && isJson) {
    say(NAME, describeFailure(failure, true, ABOUT.subject, evidence));
    return 1;
  }
  await printRun({ ...ABOUT, name, vmName, outcome, printer });
  return isUnknown ? 1 : 0;
}

function requireInRange(bytes: number | undefined): number {
  if (bytes !== undefined && bytes > OUTPUT_MAX_BYTES) {
    throw new UsageError(
      `--output-max-bytes is ${bytes.toLocaleString("en-US")}, expected at most ${OUTPUT_MAX_BYTES.toLocaleString("en-US")}`,
    );
  }
  return bytes ?? OUTPUT_DEFAULT_BYTES;
}
