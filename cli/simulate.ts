/** `azure-run-command simulate`: starts the simulator and ends it when asked to. The simulator is loaded only then. */
import { Command, Option } from "commander";
import { DEFAULT_SEED, FAULT_NAMES, FAULT_TRAITS } from "../simulator/faults/names";
import type { RawOptions } from "../simulator/options";
import type { Problem } from "../simulator/problem";
import type { Simulator } from "../simulator/start";
import { endWithNpm } from "./npm-parent";
import { didYouMean, USAGE_EXIT_CODE } from "./usage";

/** How long the second signal waits for guests to end. */
const HURRY_MS = 3_000;

const help = (): string => `
What it is:
  Entra, Azure Resource Manager and virtual machines on this machine, over HTTPS, for every client of Azure:
  this package, az, Terraform, Pulumi's azure-native, the SDKs. A VM is a real Linux apart from this one; Run
  Command runs scripts in it as root, as Azure's agent does. Nothing goes to Azure and nothing costs anything.

How to use it:
  $ npx azure-run-command simulate --vm web --vm db -e /tmp/azure.env
  simulator ready at https://localhost:43210 …
  In another terminal:
  $ . /tmp/azure.env
  $ pulumi up
  A browser shows the VMs, what runs in them and their files at the address behind "page:".
  End it with ^C. The VMs go with it, unless --state names a folder to keep them in.

Faults, to see what a client makes of them; each strikes the next POST of a run, and poll-… the next poll of one:
${FAULT_NAMES.map((name) => `  ${name.padEnd(22)} ${FAULT_TRAITS[name].does}`).join("\n")}
  After the name, as in --fault throttled:count=3 --fault reply-lost-after:share=0.1,on=poll :
    on=post|poll|vm|token|any   what it strikes: runs, operation URLs, GET of a VM, Entra's token endpoint, all of these
    count=N, share=0.1          the next N of these requests (default 1); or that share of all, N of them at most
    skip=N                      so many of them pass first
    ms=N                        ${msMeanings()}
    vm=NAME, commandId=ID       only for that VM or command
  Where several are set for one request, the one that was set first strikes.
  While it runs: POST, GET and DELETE /_simulator/faults, with {"fault": "throttled", "count": 3}.

The VMs are /subscriptions/$ARM_SUBSCRIPTION_ID/resourceGroups/<group>/providers/Microsoft.Compute/virtualMachines/<name>,
scale sets …/virtualMachineScaleSets/<name>, instances of uniform ones …/virtualMachineScaleSets/<name>/virtualMachines/<number>.
The env-file has secrets that are new at each start; only you can read it.`;

/** Faults with one meaning of `ms` stand together. */
function msMeanings(): string {
  const named = FAULT_NAMES.flatMap((name) => {
    const { ms } = FAULT_TRAITS[name];
    return ms === undefined ? [] : [{ name, ms }];
  });
  const meanings = [...new Set(named.map(({ ms }) => ms))];
  return meanings
    .map((meaning) => `${named.flatMap(({ name, ms }) => (ms === meaning ? [name] : [])).join(", ")}: ${meaning}`)
    .join("\n                                ");
}

export function simulateCommand(): Command {
  return new Command("simulate")
    .description("start an Azure with Linux VMs on this machine, to try and to test without Azure")
    .option(
      "--vm <name>",
      "a virtual machine, may be repeated (default: vm1, where there is no scale set)",
      (name: string, before: string[] | undefined) => [...(before ?? []), name],
    )
    .option(
      "--scale-set <name[:key=value,...]>",
      "a scale set with VMs, may be repeated; mode=uniform or mode=flexible (default), count=N (default 2)",
      (scaleSet: string, before: string[] | undefined) => [...(before ?? []), scaleSet],
    )
    .option("--resource-group <name>", "the group of the VMs (default: rg)")
    .option("--location <region>", "their region (default: westeurope)")
    .option("--subscription <guid>", "the subscription (default: the one that --state keeps, else a new one)")
    .option("--port <number>", "where to listen, on loopback only (default: 0, a free one)")
    .addOption(
      new Option(
        "--timing <kind>",
        "fast: answers at once; realistic: 13 s and more per run, as recorded from Azure (default: fast)",
      ),
    )
    .addOption(
      new Option(
        "--throttling <kind>",
        "azure: counts requests in Azure's buckets and answers 429 when one is empty; none (default: azure with --timing realistic, else none)",
      ),
    )
    .option("--state <folder>", "keep VMs and subscription there, to go on with them at the next start")
    .option(
      "-e, --env-file <file>",
      "write the variables for clients there, as `export` lines (say -e to npx: on Node 20 it keeps --env-file)",
    )
    .option(
      "--fault <name[:key=value,...]>",
      "something that goes wrong, may be repeated; the names are below",
      (fault: string, before: string[] | undefined) => [...(before ?? []), fault],
    )
    .option("--seed <number>", `which requests a share of faults strikes (default: ${DEFAULT_SEED})`)
    .addOption(new Option("--guest <kind>", "how VMs are kept apart: auto, namespace, docker, process (default: auto)"))
    .option("--rootfs <folder>", "the Linux that VMs show (default: this machine's own)")
    .addHelpText("after", help())
    .exitOverride()
    .action((options: RawOptions) => simulate(options));
}

async function simulate(raw: RawOptions): Promise<void> {
  const { checkOptions } = require("../simulator/options") as typeof import("../simulator/options");
  const { CannotStart, describeProblem } = require("../simulator/problem") as typeof import("../simulator/problem");
  const checked = checkOptions(raw);
  if (checked.kind === "problem") {
    refuse(`${describeProblem(checked.problem)}${nearestForm(checked.problem)}`);
  }
  const { startSimulator } = require("../simulator/start") as typeof import("../simulator/start");
  const ending = awaitSignals();
  try {
    const simulator = await startSimulator(checked.options, { warn: say });
    announce(simulator, raw);
    await ending.asked;
    await endSimulator(simulator, ending.askedAgain);
  } catch (error) {
    if (error instanceof CannotStart) {
      refuse(error.message);
    }
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}

/** What was probably meant in place of a word that is not known; nothing for another problem. Pure. */
export function nearestForm(problem: Problem): string {
  switch (problem.kind) {
    case "UnknownGuest":
      return didYouMean(problem.given, problem.known);
    case "UnknownTiming":
      return didYouMean(problem.given, ["fast", "realistic"]);
    case "UnknownThrottling":
      return didYouMean(problem.given, ["azure", "none"]);
    case "BadScaleSet":
      return problem.scaleSet.kind === "BadMode" ? didYouMean(problem.scaleSet.given, ["uniform", "flexible"]) : "";
    case "BadFault":
      return problem.fault.kind === "UnknownFault" ? didYouMean(String(problem.fault.given), FAULT_NAMES) : "";
    default:
      return "";
  }
}

interface Ending {
  readonly asked: Promise<void>;
  readonly askedAgain: Promise<void>;
}

/** From before the start, so that a signal during it ends in order too. */
function awaitSignals(): Ending {
  const resolvers: (() => void)[] = [];
  const asked = new Promise<void>((resolve) => resolvers.push(resolve));
  const askedAgain = new Promise<void>((resolve) => resolvers.push(resolve));
  const onSignal = (): void => resolvers.shift()?.();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, onSignal);
  }
  endWithNpm(onSignal);
  return { asked, askedAgain };
}

/** The first signal ends in order; the second drops connections and waits only a moment more for the guests. */
async function endSimulator(simulator: Simulator, askedAgain: Promise<void>): Promise<void> {
  const stopped = simulator.stop();
  const hurried = askedAgain.then(async () => {
    void simulator.stop({ hurry: true });
    await new Promise((resolve) => setTimeout(resolve, HURRY_MS).unref());
  });
  await Promise.race([stopped, hurried]);
  process.exit(0);
}

function announce(simulator: Simulator, raw: RawOptions): void {
  const names = simulator.world.list().map((machine) => machine.name);
  const what = `${names.length === 0 ? "no VMs" : names.join(", ")} in subscription ${simulator.environment.ARM_SUBSCRIPTION_ID}`;
  process.stdout.write(`simulator ready at ${simulator.endpoint} with ${what}\n`);
  say(
    raw.envFile === undefined
      ? "clients need variables with secrets: start with --env-file FILE to have them written, then `. FILE` in a shell"
      : `clients find their variables in '${raw.envFile}'`,
  );
  say(pageLine(simulator, process.stderr.isTTY));
}

/** With the key only for the eyes of whoever sits there: what is no terminal may be a log. */
export function pageLine({ page }: Pick<Simulator, "page">, isTerminal: boolean): string {
  const [address] = page.split("#");
  return isTerminal
    ? `page: ${page}`
    : `page: ${address} asks for a key, which is AZURE_RUN_COMMAND_SIMULATOR_KEY of the env-file`;
}

function say(line: string): void {
  process.stderr.write(`azure-run-command simulate: ${line}\n`);
}

/** Ends at once: whatever was probed before may still hold timers. */
function refuse(sentence: string): never {
  say(sentence);
  process.exit(USAGE_EXIT_CODE);
}
