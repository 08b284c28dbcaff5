// The quick start with the AWS CDK: deploy, update, a failed update and its rollback, destroy.
import { fileURLToPath } from "node:url";
import { say, step } from "../progress.mjs";
import { run } from "../run.mjs";
import { REGION, SPEED, startAws } from "./aws.mjs";
import { cdkOf } from "./cdk.mjs";
import { marked } from "./processes.mjs";
import { quote, showOperations } from "./show.mjs";
import { startSimulatedAzure, VM_NAME } from "./simulator.mjs";
import { reasonOf, stackOf } from "./stack.mjs";
import { eventsShown } from "./stack-events.mjs";

const STACK = "JoinFleet";
/** Folders in the VM: where its installer is, and where none is. */
const INSTALLERS = "/opt/stand-in";
const NO_INSTALLERS = "/opt/nowhere";

export async function tellCdk(opened, interruption) {
  const { workspace } = opened;
  opened.simulator = await startSimulatedAzure(workspace.folder, interruption.promise);
  const azure = opened.simulator.environment;
  await putStandIn(workspace, azure, interruption);
  const events = eventsShown();
  await startTrustedAws(opened, azure, events);
  const stack = stackOf({ name: STACK, cdk: cdkOf(workspace), cloud: opened.cloud, events, interruption });
  await changeStack(stack, idsOf(azure));
  showFleet(opened.cloud);
  await showOperations(opened.simulator);
  say(
    "\nDone. The app is examples/cdk-join-fleet; its README.md says how to deploy it to AWS, for a real VM in Azure.",
  );
}

async function changeStack(stack, hidden) {
  const created = await stack.deploy(
    { hidden, shown: { installers: INSTALLERS } },
    {
      title: "Deploy: makes the activation, runs the installer in the VM, tags the node",
      usually: "5 s",
      expected: "CREATE_COMPLETE",
    },
  );
  stack.showOutputs(created);

  const updated = await stack.deploy(
    { hidden, shown: { installers: INSTALLERS, agentTrigger: "2" } },
    {
      title: "Deploy: the trigger has changed, so the update script runs",
      usually: "5 s",
      expected: "UPDATE_COMPLETE",
    },
  );
  stack.showOutputs(updated);

  const failed = await stack.deploy(
    { hidden, shown: { installers: NO_INSTALLERS, agentTrigger: "3" } },
    {
      title: "Deploy: no installer is there, so the script fails, and CloudFormation rolls back",
      usually: "10 s: a rollback first waits until nothing else can start",
      expected: "UPDATE_ROLLBACK_COMPLETE",
    },
  );
  say("\nThe reason, as CloudFormation shows it:\n");
  quote(reasonOf(failed));
  say("  The rollback ran the script once more, with what it was given before:");
  stack.showOutputs(failed);

  await stack.destroy({
    title: "Destroy: deregisters the node, runs the delete script in the VM, removes the extension",
    usually: "5 s",
    expected: "DELETE_COMPLETE",
  });
}

/** What the app must be given, and what is new at each start. */
function idsOf(azure) {
  return {
    virtualMachineId: `/subscriptions/${azure.ARM_SUBSCRIPTION_ID}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/${VM_NAME}`,
    tenantId: azure.ARM_TENANT_ID,
    clientId: azure.ARM_CLIENT_ID,
  };
}

function putStandIn({ folder }, azure, interruption) {
  const program = fileURLToPath(new URL("stand-in.mjs", import.meta.url));
  const own = Object.entries(process.env).filter(([name]) => !/^(ARM|AZURE)_/.test(name));
  const env = marked(folder, { ...Object.fromEntries(own), ...azure });
  const title = "Put a stand-in for AWS's installer into the VM by a run command, since there is no internet";
  return step({ title, usually: "3 s" }, () =>
    interruption.race(run(process.execPath, [program, "rg", VM_NAME, INSTALLERS], { env, detached: true })),
  );
}

/** Trust is what `az ad app federated-credential create` makes in the real one. */
function startTrustedAws(opened, azure, { onEvent }) {
  const title = "Start an AWS on this machine, and let that Entra trust a role of it";
  return step({ title, usually: "3 s" }, async (sayLine) => {
    opened.cloud = await startAws({ folder: opened.workspace.folder, azure, onEvent });
    const role = `${STACK}-azure-${REGION}`;
    await opened.cloud.trustRoles([role]);
    sayLine(`${opened.cloud.roleArn(role)} needs no secret to sign in to Azure: AWS signs a token for it.`);
    sayLine(`There, ${SPEED} seconds pass in one of this machine's.`);
  });
}

function showFleet(cloud) {
  const actions = cloud.calls.map(({ action }) => action).filter((action) => action.startsWith("ssm:"));
  say("\nWhat the simulated AWS Systems Manager was asked to do:\n");
  for (const action of actions) say(`    ${action}`);
}
