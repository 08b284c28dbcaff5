/** `azure-run-command remove-extension`: takes Azure's Run Command extension off a VM, unless a resource needs it. */
import { Command } from "commander";
import { type TakenOffExtension, takeOffExtension } from "../core/run/take-off-extension";
import { act } from "./act";
import { openVm } from "./azure-session";
import { printJson } from "./json";
import type { Progress } from "./progress";
import { addTargetOptions, optionsFor, readyTimeoutOf, type TargetOptions } from "./target";
import { say } from "./usage";

const NAME = "remove-extension";

interface RemoveExtensionOptions extends TargetOptions {
  readonly force?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ azure-run-command remove-extension -g rg -n web1
  $ azure-run-command remove-extension -g rg -n web1 --force

What it does:
  The first run command on a VM brings the extension RunCommandLinux there, and Azure leaves it. This removes it, by
  Azure's command RemoveRunCommandLinuxExtension. While resources of a deployment have runs on the VM it stays: destroy
  those first, the last one takes it along (removeExtension 'whenLast'). Runs of 'invoke' do not count.
  With --force it goes whoever needs it. Scripts that run are not ended by that; the next run command brings it back.

Exit codes: 0 when it is gone, also when it was never there; 1 when it stays, and for anything else; 2 for a command line
that makes no sense.`;

export function removeExtensionCommand(): Command {
  return addTargetOptions(new Command(NAME).description("remove Azure's Run Command extension from a VM"))
    .option("--force", "also while resources of a deployment have runs there")
    .option("--json", "print what came of it as JSON")
    .addHelpText("after", HELP)
    .action((options: RemoveExtensionOptions) =>
      act({ command: NAME, subject: "question" }, (progress) => remove(options, progress)),
    );
}

async function remove(options: RemoveExtensionOptions, progress: Progress): Promise<number> {
  const { target, session } = openVm(options);
  const intent = {
    target,
    label: `azure-run-command ${NAME}`,
    readyTimeoutInSeconds: readyTimeoutOf(options),
    isForced: options.force === true,
  };
  // How it ended is said once, below.
  const taken = await takeOffExtension(intent, session, { ...progress, info: () => undefined });
  progress.stop();
  say(NAME, describeTaken(taken, target.vmName, optionsFor(options, target)));
  if (options.json === true) {
    await printJson({ vmName: target.vmName, remainingKeys: undefined, ...taken });
  }
  return taken.kind === "needed" ? 1 : 0;
}

function describeTaken(taken: TakenOffExtension, vmName: string, named: string): string {
  switch (taken.kind) {
    case "removed":
      return `the extension RunCommandLinux was removed from '${vmName}'`;
    case "notThere":
      return `the extension RunCommandLinux is not on '${vmName}'`;
    case "needed": {
      const who = taken.remainingKeys === 1 ? "a resource has" : `${taken.remainingKeys} resources have`;
      return `the extension RunCommandLinux stays on '${vmName}': ${who} runs there ('azure-run-command runs ${named}' shows them); destroy what has them, or give --force`;
    }
  }
}
