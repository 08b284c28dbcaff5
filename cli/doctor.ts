/** `azure-run-command doctor`: what is wrong between here and a script on a VM, and how to mend it. */
import { Command } from "commander";
import { vmResourceId } from "../core/arm/invocation";
import type { Checkup } from "../core/doctor/checkup";
import { examine } from "../core/doctor/examine";
import { act } from "./act";
import { openAzureSession } from "./azure-session";
import { checkupText } from "./doctor-text";
import type { Progress } from "./progress";
import { addVmOptions, type TargetOptions, targetOf } from "./target";
import { writeOut } from "./write-out";

/** The exit code where something is wrong. */
const PROBLEM_EXIT_CODE = 1;

interface DoctorOptions extends TargetOptions {
  readonly run: boolean;
  readonly json?: boolean;
}

const HELP = `
What it looks at, in this order: the connection to Entra and Azure, sign-in, the subscription, the VM, its operating
system, rights, power, agent, locks, the extension RunCommandLinux, other commands, throttling; and in the end a probe:
our own runner tells from the VM that it is there, which proves network, agent and handler. The first problem is the
cause of those behind it. Below a problem stand the commands that mend it, or show more of it.

The probe takes as long as any run command, 13 s and more. It changes nothing and leaves no trace of its own; a VM that
never had a run command gets Azure's extension for it, as from any run command.

Exit code: 0 when nothing is wrong, 1 when something is, 2 for a command line that makes no sense.

Examples:
  $ azure-run-command doctor -g shop -n web1
  $ azure-run-command doctor -g shop -n web1 --no-run          # nothing is run on the VM
  $ azure-run-command doctor -g shop -n web1 --json | jq -r .cause`;

export function doctorCommand(): Command {
  return addVmOptions(new Command("doctor").description("find out why no script runs on a VM, and how to mend it"))
    .option("--no-run", "look from outside only, and run nothing on the VM")
    .option("--json", "print what was found as JSON")
    .addHelpText("after", HELP)
    .action((options: DoctorOptions) =>
      act({ command: "doctor", subject: "question" }, (progress) => doctor(options, progress)),
    );
}

async function doctor(options: DoctorOptions, progress: Progress): Promise<number> {
  const target = targetOf(options);
  const session = openAzureSession(options.subscription);
  const checkup = await examine(target, session, {
    probes: options.run,
    watcher: {
      looking: (at) => progress.progress(at),
      inProgress: (ms) => progress.progress(`the probe on '${target.vmName}' runs since ${Math.round(ms / 1_000)} s`),
      delayed: (why) => progress.progress(why),
    },
  });
  progress.stop();
  await writeOut(process.stdout, options.json === true ? jsonText(checkup) : checkupText(checkup));
  return checkup.cause === undefined ? 0 : PROBLEM_EXIT_CODE;
}

/** The VM's id is null where its subscription is not known. */
function jsonText({ target, cause, checks }: Checkup): string {
  const vm = target.subscriptionId === "" ? null : vmResourceId(target);
  return `${JSON.stringify({ vm, cause: cause ?? null, checks }, undefined, 2)}\n`;
}
