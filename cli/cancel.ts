/** `azure-run-command cancel`: ends a run on a VM with all its children. */
import { Command } from "commander";
import { type CanceledRun, cancelRun } from "../core/run/cancel-run";
import { fullName } from "../core/run/run-name";
import { act } from "./act";
import { openVm } from "./azure-session";
import { describeMissing, findRun } from "./find-run";
import { printJson } from "./json";
import type { Progress } from "./progress";
import { addTargetOptions, optionsFor, readyTimeoutOf, type TargetOptions } from "./target";
import { say, UsageError } from "./usage";

const NAME = "cancel";

interface CancelOptions extends TargetOptions {
  readonly keep?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ azure-run-command cancel -g rg -n web1 invoke-6fd1a2b83c4d5e6f/1-create-2c26b46b68ff
  $ azure-run-command cancel -g rg -n web1 3-update-9f86d0818846          # one operation more: its key is looked for

What it does:
  A run that waits for its turn does not start any more. One that has started gets SIGTERM, with all its children, and
  SIGKILL 10 s later. What a run of 'invoke' left on the VM is taken off with it, also when it had ended before; with
  --keep it stays, so that 'output' can show what it printed. A run of a deployment stays, and fails that deployment.
  Nothing happens twice when it is asked for again. The command itself is a run command: it waits for the one that is out,
  and while a process of this package waits for a script, for up to three minutes (longer where it has many, one after the
  other). Who waits for a run that is taken off sees no more of what it printed: give --keep where that matters.

Exit codes: 0 when the run has ended, now or before; 2 where there is no such run or the command line makes no sense;
1 for anything else, also where some of its processes could not be ended.`;

export function cancelCommand(): Command {
  return addTargetOptions(new Command(NAME).description("end a run on a VM, or keep it from starting"))
    .argument("<run>", "as 'runs' shows it: <key>/<run id>; or the run id, or the key of 'invoke', alone")
    .option("--keep", "leave what a run of 'invoke' left on the VM")
    .option("--json", "print what came of it as JSON")
    .addHelpText("after", HELP)
    .action((run: string, options: CancelOptions) =>
      act({ command: NAME, subject: "question" }, (progress) => cancel(run, options, progress)),
    );
}

async function cancel(text: string, options: CancelOptions, progress: Progress): Promise<number> {
  const { target, session } = openVm(options);
  const readyTimeoutInSeconds = readyTimeoutOf(options);
  const runsCommand = `azure-run-command runs ${optionsFor(options, target)}`;
  const asked = { text, target, session, readyTimeoutInSeconds, runsCommand };
  const name = await findRun(asked, progress);
  const intent = { target, name, label: `azure-run-command ${NAME}`, readyTimeoutInSeconds };
  const canceled = await cancelRun({ ...intent, keeps: options.keep === true }, session, progress);
  progress.stop();
  if (canceled.kind === "absent") {
    throw new UsageError(describeMissing(asked, undefined));
  }
  say(NAME, `${fullName(name)} on '${target.vmName}' ${describeCanceled(canceled)}`);
  if (options.json === true) {
    const known = { state: undefined, tookOff: false, ...canceled };
    await printJson({ run: fullName(name), ...name, vmName: target.vmName, ...known });
  }
  return canceled.kind === "stuck" ? 1 : 0;
}

/** Goes on after the run's name. */
function describeCanceled(canceled: Exclude<CanceledRun, { kind: "absent" }>): string {
  switch (canceled.kind) {
    case "ended":
      return `was ended${canceled.tookOff ? ", and what it left there is taken off" : ""}`;
    case "hadEnded": {
      const state = canceled.state === undefined ? "" : ` (${canceled.state})`;
      return `had ended already${state}${canceled.tookOff ? "; what it left there is taken off" : ""}`;
    }
    case "stuck":
      return "could not be ended: look there for what holds its processes (a dead disk or network share), then cancel it again";
  }
}
