// The quick start with Pulumi: up, a changed script, up again, destroy.
import { readFileSync, writeFileSync } from "node:fs";
import { say, step } from "../progress.mjs";
import { pulumiOf } from "./pulumi.mjs";
import { quote, shown, showOperations } from "./show.mjs";
import { startSimulatedAzure, VM_NAME } from "./simulator.mjs";

const GREETING = 'greeting="Hello from"';
const OTHER_GREETING = 'greeting="Hello again from"';
/** What the provider reports; the only evidence that there is of a real VM. */
const REMOVED = "the extension RunCommandLinux was removed from";

export async function tellPulumi({ target, engine, opened, interruption }) {
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
  opened.simulator = await startSimulatedAzure(opened.workspace.folder, interruption.promise);
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
