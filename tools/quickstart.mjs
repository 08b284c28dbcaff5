// `npm run quickstart`: everything from a fresh clone to a script that ran in a VM, was changed, and was cleaned up.
import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { say, step } from "./progress.mjs";
import { engineFolder } from "./pulumi/engine-folder.mjs";
import { repositoryRoot } from "./pulumi/versions.mjs";
import { HELP, readArguments } from "./quickstart/arguments.mjs";
import { pulumiOf } from "./quickstart/pulumi.mjs";
import { startSimulator } from "./quickstart/simulator.mjs";
import { closeWorkspace, openWorkspace } from "./quickstart/workspace.mjs";
import { buildUnlessUpToDate } from "./set-up/dist.mjs";
import { installPackages } from "./set-up/packages.mjs";

const VM_NAME = "vm1";
const GREETING = 'greeting="Hello from"';
const OTHER_GREETING = 'greeting="Hello again from"';
const REMOVAL = "RemoveRunCommandLinuxExtension";
/** What the provider reports; the only evidence that there is of a real VM. */
const REMOVED = "the extension RunCommandLinux was removed from";

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
    process.exitCode = await quickstart(target);
}

async function quickstart(target) {
  const interruption = listenForSignals();
  const opened = { workspace: undefined, simulator: undefined };
  let clean = false;
  try {
    await installPackages();
    await buildUnlessUpToDate();
    const engine = await engineFolder();
    opened.workspace = openWorkspace(target);
    await tell(target, engine, opened, interruption);
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
    await opened.simulator?.stop();
    if (opened.workspace !== undefined) closeWorkspace(opened.workspace, { keep: target.kind === "azure" && !clean });
  }
}

async function tell(target, engine, opened, interruption) {
  const { folder, script, resumed } = opened.workspace;
  const environment = await findAzure(target, opened, interruption);
  const pulumi = pulumiOf({ folder, engine, environment, waitForScripts: target.kind === "azure" });
  interruption.on(pulumi.interrupt);

  await step({ title: "Make a Pulumi stack in a private folder", usually: "2 s; no account is needed" }, async () => {
    if (resumed) await pulumi.cancel().catch(() => undefined); // no stack yet, or no lock
    await pulumi.select();
    if (target.kind === "azure") await pulumi.configure("virtualMachineId", target.virtualMachineId);
    else {
      await pulumi.configure("vmName", VM_NAME);
      await pulumi.configure("resourceGroupName", "rg");
    }
  });

  const usually = target.kind === "azure" ? "30 s to 2 minutes" : "10 s";
  say(`\nThe script, a copy of examples/quick-start/prepare.sh in ${shown(script)}:\n`);
  quote(readFileSync(script, "utf8"));
  await step({ title: "pulumi up: creates the resource, so the script runs in the VM", usually }, pulumi.up);
  await showOutputs(pulumi);

  edit(script);
  await step({ title: "pulumi up: the script has changed, so it runs again", usually }, pulumi.up);
  await showOutputs(pulumi);

  const output = await step(
    { title: "pulumi destroy: removes what the resource left in the VM, and the extension", usually },
    pulumi.destroy,
  );
  if (opened.simulator !== undefined) await showOperations(opened.simulator);
  else if (!output.includes(REMOVED))
    say("The provider did not report that it removed the extension; its reason is above.");
  say(
    "\nDone. The program is examples/quick-start/index.ts; examples/quick-start/README.md says how to go on by hand.",
  );
}

/** @returns The environment in which clients find Azure: the simulator's, or the user's own. */
async function findAzure(target, opened, interruption) {
  if (target.kind === "azure") {
    say(`Runs examples/quick-start/prepare.sh as root in ${target.virtualMachineId}, with your credentials:`);
    say(
      "it writes /usr/local/bin/vm-facts there. In the end the extension RunCommandLinux is removed; that file stays.",
    );
    return process.env;
  }
  opened.simulator = await step(
    { title: `Start an Azure on this machine, with the VM '${VM_NAME}'`, usually: "3 s" },
    () => startSimulator(opened.workspace.folder, VM_NAME, interruption.promise),
  );
  say(
    `  ${opened.simulator.endpoint} plays Entra, Azure Resource Manager and the VM's agent; nothing leaves this machine.`,
  );
  const own = Object.entries(process.env).filter(([name]) => !/^(ARM|AZURE|PULUMI)_/.test(name));
  return { ...Object.fromEntries(own), ...opened.simulator.environment };
}

function edit(script) {
  const text = readFileSync(script, "utf8");
  if (!text.includes(GREETING)) throw new Error(`${shown(script)} has no line ${GREETING} to change`);
  writeFileSync(script, text.replace(GREETING, OTHER_GREETING));
  say(`\nThe script is edited: ${GREETING} becomes ${OTHER_GREETING}`);
}

async function showOutputs(pulumi) {
  const { stdout, exitCode } = await pulumi.outputs();
  say(`\nStack outputs: exitCode is ${exitCode}, and stdout is what the script printed in the VM:\n`);
  quote(stdout);
}

async function showOperations(simulator) {
  const operations = await simulator.operations();
  say("\nWhat the simulated Azure was asked to do, by its own list of operations:\n");
  quote(
    operations.map(({ postedAt, commandId, vm, status }) => `${postedAt}  ${vm}  ${commandId}  ${status}`).join("\n"),
  );
  const removal = operations.at(-1);
  if (removal?.commandId !== REMOVAL || removal.status !== "Succeeded")
    throw new Error(`the last operation should be a ${REMOVAL} that succeeded: the extension is still in the VM`);
  say(`  ${REMOVAL} succeeded: the extension is gone from the VM.`);
}

function quote(text) {
  for (const line of text.trimEnd().split("\n")) say(`    ${line}`);
  say("");
}

function shown(path) {
  return relative(repositoryRoot, path);
}

/** ^C, or an end from outside, stops what runs and cleans up; the second one hurries Pulumi. */
function listenForSignals() {
  const listeners = [];
  let happened = false;
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => {
      if (!happened) say(`\n${signal}: stopping (at most 10 s)`);
      happened = true;
      resolve();
      for (const listener of listeners) listener();
    });
  return { promise, happened: () => happened, on: (listener) => listeners.push(listener) };
}
