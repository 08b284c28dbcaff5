#!/usr/bin/env -S node --
/** The command `azure-run-command`: only puts the subcommands together. `node --`, or Node 20 takes `--env-file` for its own (nodejs/node#54232). */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, CommanderError } from "commander";
import { cancelCommand } from "./cancel";
import { doctorCommand } from "./doctor";
import { invokeCommand } from "./invoke";
import { listCommand } from "./list";
import { outputCommand } from "./output";
import { removeExtensionCommand } from "./remove-extension";
import { runsCommand } from "./runs";
import { simulateCommand } from "./simulate";
import { exitCodeOfMistake, requireCommand, tellMistakesOurWay } from "./usage";

/** From the package that this file is in: one folder up in the sources, two in `dist`. */
function readVersion(folder = dirname(__dirname)): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null && "version" in manifest
      ? String(manifest.version)
      : "unknown";
  } catch {
    return dirname(folder) === folder ? "unknown" : readVersion(dirname(folder));
  }
}

export function buildProgram(): Command {
  const program = new Command("azure-run-command")
    .description(
      "Scripts in Azure Linux VMs as declared resources of Pulumi and CDK programs. This command is for the day when something is wrong: run a script by hand, see what runs and what it printed, find out what is wrong.",
    )
    .version(readVersion())
    .addCommand(invokeCommand())
    .addCommand(runsCommand())
    .addCommand(outputCommand())
    .addCommand(cancelCommand())
    .addCommand(doctorCommand())
    .addCommand(listCommand())
    .addCommand(removeExtensionCommand())
    .addCommand(simulateCommand())
    .addHelpText(
      "after",
      `
Examples:
  $ azure-run-command doctor -g rg -n web1                   # why does no script run there?
  $ azure-run-command invoke -g rg -n web1 fix.sh            # run one, and exit as it exits
  $ azure-run-command runs -g rg -n web1                     # what runs there, and ran
  $ azure-run-command simulate -e /tmp/azure.env             # an Azure on this machine, to try it

Each command explains itself: azure-run-command invoke --help
Sign-in and subscription are those of a deployment: ARM_*, AZURE_*, or 'az login'. stdout has what was asked for, or JSON
with --json; all else is on stderr. Exit code 2 is for a command line that makes no sense, 1 for what failed otherwise.`,
    );
  tellMistakesOurWay(program);
  return program;
}

/** Sets the exit code of this process. @param args without node and the file's name. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = buildProgram();
  try {
    requireCommand(program, args);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error;
    }
    process.exitCode = exitCodeOfMistake(error);
  }
}

if (require.main === module) {
  // The reader of our output may go away (`… | head -1`); that ends nothing here.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => undefined);
  }
  void runCommandLine(process.argv.slice(2));
}
