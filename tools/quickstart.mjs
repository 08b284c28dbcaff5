// `npm run quickstart`: everything from a fresh clone to a script that ran in a VM, was changed, and was cleaned up.
import { say } from "./progress.mjs";
import { engineFolder } from "./pulumi/engine-folder.mjs";
import { HELP, readArguments } from "./quickstart/arguments.mjs";
import { listenForSignals } from "./quickstart/interruption.mjs";
import { shown } from "./quickstart/show.mjs";
import { tellCdk } from "./quickstart/tell-cdk.mjs";
import { tellPulumi } from "./quickstart/tell-pulumi.mjs";
import { closeWorkspace, openWorkspace } from "./quickstart/workspace.mjs";
import { buildUnlessUpToDate } from "./set-up/dist.mjs";
import { installPackages } from "./set-up/packages.mjs";

const target = readArguments(process.argv.slice(2));
switch (target.kind) {
  case "help":
    process.stdout.write(HELP);
    break;
  case "problem":
    say(`quickstart: ${target.problem}`);
    process.exitCode = 2;
    break;
  case "azure":
  case "simulated":
  case "cdk":
    process.exitCode = await quickstart(target);
}

async function quickstart(target) {
  const interruption = listenForSignals();
  const opened = { workspace: undefined, simulator: undefined, cloud: undefined };
  let clean = false;
  try {
    await installPackages();
    await buildUnlessUpToDate();
    await tell(target, opened, interruption);
    clean = true;
    return 0;
  } catch (fault) {
    say(`\nquickstart: ${interruption.happened() ? "interrupted; nothing runs any more" : fault.message}`);
    if (target.kind === "azure" && opened.workspace !== undefined)
      say(
        `If anything was left in the VM, the state in ${shown(opened.workspace.folder)} knows it; the same command goes on from there.`,
      );
    return interruption.happened() ? 130 : 1;
  } finally {
    await opened.cloud?.stop();
    await opened.simulator?.stop();
    if (opened.workspace !== undefined) closeWorkspace(opened.workspace, { keep: target.kind === "azure" && !clean });
  }
}

async function tell(target, opened, interruption) {
  if (target.kind === "cdk") {
    opened.workspace = openWorkspace(target);
    await tellCdk(opened, interruption);
    return;
  }
  const engine = await engineFolder();
  opened.workspace = openWorkspace(target);
  await tellPulumi({ target, engine, opened, interruption });
}
