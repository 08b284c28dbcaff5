/** `azure-run-command list`: the commands that Azure offers in a location, and what is in one of them. */
import { Command } from "commander";
import { type CommandDocument, type CommandSummary, getCommand, listCommands } from "../core/arm/catalogue";
import { RunFailedError } from "../core/failures/errors";
import { act } from "./act";
import { openAzureSession, requireSubscription } from "./azure-session";
import { printJson } from "./json";
import type { Progress } from "./progress";
import { NOTHING, table } from "./table";
import { addSubscriptionOption, requireSubscriptionId } from "./target";
import { didYouMean, UsageError } from "./usage";
import { writeOut } from "./write-out";

const NAME = "list";

interface ListOptions {
  readonly location?: string;
  readonly subscription?: string;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ azure-run-command list -l westeurope                # all of them
  $ azure-run-command list -l westeurope ifconfig       # one, with the script that it runs
  $ azure-run-command list -l westeurope --json | jq -r '.[] | select(.osType == "Linux") | .id'

What it shows: Azure's own commands, as 'commandId' of a RunCommand takes them. 'invoke' uses RunShellScript alone, and
runs your script in it. The VM is not asked; it takes the right Microsoft.Compute/locations/runCommands/read.

Exit codes: 0; 2 for a command line that makes no sense; 1 for anything else.`;

export function listCommand(): Command {
  return addSubscriptionOption(
    new Command(NAME)
      .description("show the commands that Azure offers in a location")
      .argument("[command-id]", "one of them, with its script and parameters")
      .option("-l, --location <name>", "the location, such as westeurope"),
  )
    .option("--json", "print them as JSON")
    .addHelpText("after", HELP)
    .action((commandId: string | undefined, options: ListOptions) =>
      act({ command: NAME, subject: "question" }, (progress) => list(commandId, options, progress)),
    );
}

async function list(commandId: string | undefined, options: ListOptions, progress: Progress): Promise<number> {
  const { location, subscription } = options;
  requireSubscriptionId("--subscription", subscription);
  if (location === undefined || location.trim() === "") {
    throw new UsageError("no location is given; give -l <location>, such as -l westeurope");
  }
  const session = openAzureSession(subscription);
  const place = { subscriptionId: requireSubscription(session, ""), location };
  progress.progress(`asking Azure for its commands in '${location}'`);
  const client = await session.client();
  const found =
    commandId === undefined
      ? await listCommands(place, client)
      : await getCommand(place, commandId, client).catch(nameNearest);
  progress.stop();
  await (options.json === true ? printJson(found) : writeOut(process.stdout, textOf(found)));
  return 0;
}

/** @throws UsageError where the id is misspelt. */
function nameNearest(error: unknown): never {
  if (error instanceof RunFailedError && error.failure.kind === "DocumentUnknown") {
    const { location, commandId, knownIds } = error.failure;
    const hint =
      didYouMean(commandId, knownIds ?? []) || `; 'azure-run-command list -l ${location}' shows those that are there`;
    throw new UsageError(`Azure knows no command '${commandId}' in '${location}'${hint}`);
  }
  throw error;
}

function textOf(found: readonly CommandSummary[] | CommandDocument): string {
  return "id" in found ? documentText(found) : listText(found);
}

function listText(commands: readonly CommandSummary[]): string {
  const rows = commands.map(({ id, osType, label }) => [id, osType ?? NOTHING, label ?? NOTHING]);
  return table(["COMMAND", "SYSTEM", "LABEL"], rows);
}

function documentText({ id, osType, label, description, script, parameters = [] }: CommandDocument): string {
  const facts = [
    ["id", id],
    ["system", osType],
    ["label", label],
    ["description", description],
  ] as const;
  const lines = facts.map(([name, value]) => `${`${name}:`.padEnd(13)}${value ?? NOTHING}\n`);
  const named = parameters.map(({ name, type, required, defaultValue }) => {
    const preset = defaultValue === undefined ? "" : `, ${JSON.stringify(defaultValue)} unless given`;
    return `  ${name} (${type ?? NOTHING}${required === true ? ", required" : ""}${preset})\n`;
  });
  const body = (script ?? []).map((line) => `  ${line}\n`);
  const section = (heading: string, of: readonly string[]) => (of.length > 0 ? [`${heading}:\n`, ...of] : []);
  return [...lines, ...section("parameters", named), ...section("script", body)].join("");
}
