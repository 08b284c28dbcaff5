#!/usr/bin/env -S node --
/** The command `azure-run-command`: only puts the subcommands together. `node --`, or Node 20 takes `--env-file` for its own (nodejs/node#54232). */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, CommanderError } from "commander";
import { simulateCommand } from "./simulate";

/** The exit code for a command line that makes no sense. */
const USAGE_EXIT_CODE = 2;

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
  return new Command("azure-run-command")
    .description(
      "Runs scripts in Azure Linux VMs as declared resources. The resources are used from a Pulumi program;\nthis command has what goes with them.",
    )
    .version(readVersion())
    .exitOverride()
    .addCommand(simulateCommand())
    .addHelpText(
      "after",
      "\nExamples:\n  $ azure-run-command simulate --env-file /tmp/azure.env     # an Azure on this machine\n  $ . /tmp/azure.env && pulumi up                            # in another terminal\n\nEach command explains itself: azure-run-command simulate --help",
    );
}

async function main(): Promise<void> {
  // The reader of our output may go away (`… | head -1`); that ends nothing here.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => undefined);
  }
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error;
    }
    process.exitCode = error.exitCode === 0 || error.code === "commander.help" ? 0 : USAGE_EXIT_CODE;
  }
}

if (require.main === module) {
  void main();
}
