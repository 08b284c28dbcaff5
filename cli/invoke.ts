/** `azure-run-command invoke`: runs a script on a VM once, and ends as the script ends. */
import { Command } from "commander";
import { INVOKE_RECEIPT_KEPT_SECONDS, invokeKey } from "../core/guest/invoke-keys";
import { OUTPUT_DEFAULT_BYTES, OUTPUT_MAX_BYTES } from "../core/limits";
import { executeRun } from "../core/run/execute";
import { scriptIntent } from "../core/run/intents";
import { type RunOutcome, UNKNOWN_RESULT } from "../core/run/outcome";
import { fullName } from "../core/run/run-name";
import { pieceMaskOf } from "../core/secrets/secret-texts";
import { act } from "./act";
import { openVm } from "./azure-session";
import { checkScript } from "./checked-script";
import { exitCodeOf } from "./end-of-run";
import { untilInterrupted } from "./interruption";
import { readBytes, readSeconds } from "./numbers";
import { collect, readParameters, readProtectedParameters } from "./parameters";
import { printRun } from "./print-run";
import type { Progress } from "./progress";
import { readScriptText } from "./script-text";
import { StreamPrinter } from "./stream-printer";
import { addTargetOptions, optionsFor, readyTimeoutOf, type TargetOptions } from "./target";
import { say } from "./usage";
import { UnwrittenError } from "./write-out";

const NAME = "invoke";
const ABOUT = { command: NAME, subject: "invocation" } as const;

interface InvokeOptions extends TargetOptions {
  readonly parameter?: readonly string[];
  readonly protectedParameter?: readonly string[];
  readonly timeout?: string;
  readonly runAs?: string;
  readonly workingDirectory?: string;
  readonly parallel?: boolean;
  readonly outputMaxBytes?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ azure-run-command invoke -g rg -n web1 fix.sh                          # a file
  $ echo 'systemctl status nginx' | azure-run-command invoke -g rg -n web1 # what comes on stdin
  $ azure-run-command invoke -g rg -n web1 -p PORT=8080 fix.sh -- --dry-run two
                                        # the script finds $PORT, and $1 and $2 behind --
  $ read -rs TOKEN && export TOKEN && azure-run-command invoke -g rg -n web1 --protected-parameter TOKEN fix.sh
                                        # a secret, by its name alone

What it does:
  The script runs once, as root unless --run-as says otherwise, with what its #! line asks for (/bin/sh without one),
  after the scripts that run on the VM already (--parallel does not wait for their end; but Azure takes one command at a
  time: while a process of ours waits for one of them, it can take up to three minutes until yours is taken). One Azure
  operation takes 13 s or more. stdout has what the script printed on stdout, byte for byte, and stderr what it printed
  on stderr, in whole lines as they come: each look at a script that goes on is an operation, so a line comes about 20 s
  after it was printed, and up to 12,000 bytes of each stream at a time; what is left comes with the end. On a terminal a
  line on stderr says meanwhile how long it has been running; elsewhere nothing is added. Values of --protected-parameter
  are replaced by [secret] in what is shown, and then bytes that are not UTF-8 by U+FFFD. With --json everything comes at
  the end.

^C leaves the script running on the VM, and says how to see how it ends ('output') and how to end it ('cancel'). If this
command is killed, 'runs' shows the run. The script is never run twice by a lost answer.

What stays on the VM: the script and its output below /var/lib/azure-run-command, for root alone. The first run command
that comes after ${INVOKE_RECEIPT_KEPT_SECONDS / 3_600} hours, by this package, deletes them, and 'cancel' at once; with --keep they stay until
'cancel'. They keep no extension on the VM.

Exit codes:
  that of the script; 128+n where signal n ended it
  2    the command line makes no sense, or no subscription or sign-in is known (a script can exit with 2, too: --json tells)
  1    anything else, said on stderr in one sentence: no such VM, no rights, ended by --timeout, …;
       also where the script succeeded, but stdout cannot be written
  130  ^C (128+n for another signal)

Sign-in: as for a deployment, by ARM_CLIENT_ID and the like, or 'az login'.`;

export function invokeCommand(): Command {
  return addTargetOptions(
    new Command(NAME).description("run a script on a VM once, print what it prints and exit with its exit code"),
  )
    .argument("[script]", "the script's file; - or nothing for stdin")
    .argument("[arguments...]", "what the script finds in $1 and following; best behind --")
    .option("-p, --parameter <name=value>", "an environment variable for the script, may be repeated", collect)
    .option(
      "--protected-parameter <name>",
      "the same with a secret value, which is taken from the environment variable of this name, may be repeated",
      collect,
    )
    .option(
      "--timeout <time>",
      "ends the script, with all its children, so long after its start: 90s, 10m (default: never)",
    )
    .option("--run-as <user>", "the user of the VM that the script runs as (default: root)")
    .option("--working-directory <folder>", "where the script starts (default: the user's home)")
    .option("--parallel", "neither wait for the end of other scripts of the VM nor let them wait for yours")
    .option(
      "--output-max-bytes <number>",
      `of each stream the last so many bytes are brought back, up to ${OUTPUT_MAX_BYTES}; more takes more operations (default: ${OUTPUT_DEFAULT_BYTES})`,
    )
    .option("--keep", "leave the script and its output on the VM until 'cancel'")
    .option("--json", "print all that is known of the run as JSON in place of what it printed")
    .addHelpText("after", HELP)
    .action((script: string | undefined, args: readonly string[], options: InvokeOptions) =>
      act(ABOUT, (progress) => invoke({ ...behindDashes(script, args), options }, progress)),
    );
}

interface Invocation {
  readonly script: string | undefined;
  readonly args: readonly string[];
  readonly options: InvokeOptions;
}

/** In `invoke … -- a b` without a script, commander takes the first argument for it. */
function behindDashes(script: string | undefined, args: readonly string[]): Pick<Invocation, "script" | "args"> {
  const all = [...(script === undefined ? [] : [script]), ...args];
  const dashes = process.argv.indexOf("--", 2);
  const behind = dashes < 0 ? 0 : process.argv.length - dashes - 1;
  return all.length === behind ? { script: undefined, args: all } : { script, args };
}

async function invoke({ script: file, args, options }: Invocation, progress: Progress): Promise<number> {
  const waiting = new AbortController();
  const { target, session } = openVm(options, waiting.signal);
  const protectedParameters = readProtectedParameters(options.protectedParameter ?? [], session.outside.environment);
  const given = {
    arguments: args,
    parameters: readParameters(options.parameter ?? []),
    protectedParameters,
    runAs: options.runAs,
    workingDirectory: options.workingDirectory,
    timeoutSeconds: options.timeout === undefined ? undefined : readSeconds("--timeout", options.timeout, { least: 1 }),
    readyTimeoutSeconds: readyTimeoutOf(options),
    outputMaxBytes: readBytes("--output-max-bytes", options.outputMaxBytes),
    isParallel: options.parallel === true,
  };
  // Last: stdin may stay open for long.
  const { work, warnings } = await checkScript({ ...given, script: await readScriptText(file) });
  for (const warning of warnings) {
    progress.warn(warning);
  }
  const secrets = Object.values(protectedParameters);
  const pieceMask = pieceMaskOf(secrets);
  const owner = {
    key: invokeKey(session.outside.randomHex(8), options.keep === true),
    label: "azure-run-command invoke",
    mask: pieceMask.mask,
    secrets,
  };
  const printer =
    options.json === true
      ? undefined
      : new StreamPrinter({ command: NAME, secrets: secrets.length === 0 ? undefined : pieceMask, progress });
  const intent = {
    ...scriptIntent(owner, { ...work, target }, undefined),
    ...(printer && { printing: printer.printing, printed: printer.printed }),
  };
  const { name } = intent;
  const goOn = `${optionsFor(options, target)} ${fullName(name)}`;
  const hints = [
    `left the script running on '${target.vmName}', as ${fullName(name)}`,
    `see how it ends: azure-run-command output ${goOn}`,
    `end it:          azure-run-command cancel ${goOn}`,
  ];
  const { vmName } = target;
  const stop = () => progress.stop();
  const printRest = async () => printer?.end(UNKNOWN_RESULT);
  const leaving = { command: NAME, vmName, session, waiting, hints, stop, printRest };
  const { outcome } = await untilInterrupted(leaving, () => executeRun(intent, session, progress));
  progress.stop();
  try {
    await printRun({ ...ABOUT, name, vmName, outcome, printer });
  } catch (error) {
    throw error instanceof UnwrittenError
      ? new UnwrittenError(`${error.message}; what was printed is still there: azure-run-command output ${goOn}`)
      : error;
  }
  if (outcome.result.executionState === "Unknown" && !isGone(outcome)) {
    say(NAME, `see how it ends: azure-run-command output ${goOn}`);
  }
  return exitCodeOf(outcome);
}

/** Whether nothing is left to look at: the receipt was taken off, or the VM is no more. */
function isGone({ failure }: RunOutcome): boolean {
  return ["ReceiptGone", "VmReplaced", "VmNotFound"].includes(failure?.kind ?? "");
}
