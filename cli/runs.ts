/** `azure-run-command runs`: which runs a VM knows of, of deployments and of the command line. */
import { Command } from "commander";
import { listAllReceipts } from "../core/run/list-all-receipts";
import type { ListedReceipt } from "../core/run/list-receipts";
import { fullName } from "../core/run/run-name";
import { act } from "./act";
import { openVm } from "./azure-session";
import { printJson } from "./json";
import type { Progress } from "./progress";
import { NOTHING, table } from "./table";
import { addTargetOptions, readyTimeoutOf, type TargetOptions } from "./target";
import { say } from "./usage";
import { writeOut } from "./write-out";

const NAME = "runs";

interface RunsOptions extends TargetOptions {
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ azure-run-command runs -g rg -n web1
  RUN                                                STATE    EXIT  STARTED
  4b1c63f0a2d94e7f8a11/3-update-9f86d0818846         Exited   0     2026-11-26T10:14:09Z
  invoke-6fd1a2b83c4d5e6f/1-create-2c26b46b68ff      Running  -     2026-11-26T10:20:41Z
  $ azure-run-command runs -g rg -n web1 --json | jq -r '.[] | select(.exitCode != 0) | .run'

What it shows, the oldest first: <key>/<run id>, which 'output' and 'cancel' take; keys that begin with 'invoke-' are of
'invoke', others of a resource of some deployment. Times are of the VM's clock, in UTC; '-' is what is not known.
States: Waiting (for its turn), Running, Exited, Killed (by a signal), TimedOut, Canceled, Lost (vanished without an exit
code), Interrupted (by a restart of the VM), Skipped (a guard said that it is not needed).

The VM itself is asked, by a run command: that takes 13 s or more, waits for the one that is out, and brings Azure's
extension to a VM that has none.

Exit codes: 0; 2 for a command line that makes no sense; 1 for anything else.`;

export function runsCommand(): Command {
  return addTargetOptions(new Command(NAME).description("show the runs that a VM knows of, with their state"))
    .option("--json", "print them as JSON")
    .addHelpText("after", HELP)
    .action((options: RunsOptions) =>
      act({ command: NAME, subject: "question" }, (progress) => runs(options, progress)),
    );
}

async function runs(options: RunsOptions, progress: Progress): Promise<number> {
  const { target, session } = openVm(options);
  const intent = { target, label: "azure-run-command runs", readyTimeoutInSeconds: readyTimeoutOf(options) };
  const receipts = [...(await listAllReceipts(intent, session, progress))].sort(byStart);
  progress.stop();
  if (options.json === true) {
    await printJson(receipts.map(asJson));
    return 0;
  }
  if (receipts.length === 0) {
    say(NAME, `'${target.vmName}' knows of no runs`);
    return 0;
  }
  await writeOut(process.stdout, table(["RUN", "STATE", "EXIT", "STARTED"], receipts.map(asRow)));
  return 0;
}

/** What has not started comes last. */
function byStart(a: ListedReceipt, b: ListedReceipt): number {
  const [first, second] = [a, b].map(({ startedAtSeconds }) => startedAtSeconds ?? Number.MAX_SAFE_INTEGER);
  return (first ?? 0) - (second ?? 0) || (nameOf(a) < nameOf(b) ? -1 : 1);
}

/** That of the receipt which has the output. */
function nameOf({ key, endedAs }: ListedReceipt): string {
  return fullName({ key, runId: endedAs });
}

function startTime({ startedAtSeconds }: ListedReceipt): string | undefined {
  return startedAtSeconds === undefined
    ? undefined
    : new Date(startedAtSeconds * 1_000).toISOString().replace(".000Z", "Z");
}

function asRow(receipt: ListedReceipt): readonly string[] {
  const { state, exitCode } = receipt;
  return [nameOf(receipt), state, exitCode?.toString() ?? NOTHING, startTime(receipt) ?? NOTHING];
}

function asJson(receipt: ListedReceipt): object {
  const { key, endedAs, state, exitCode } = receipt;
  const run = nameOf(receipt);
  return { run, key, runId: endedAs, state, exitCode, startTime: startTime(receipt) };
}
