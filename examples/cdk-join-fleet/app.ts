#!/usr/bin/env node
import { App } from "aws-cdk-lib";
import { JoinFleetStack } from "./join-fleet-stack";

/** What only you know: `cdk deploy -c virtualMachineId=…`, or below `context` in cdk.json. */
const REQUIRED = {
  virtualMachineId: "the VM's id in Azure: /subscriptions/…/virtualMachines/…",
  tenantId: "the Entra tenant of its subscription",
  clientId: "the application (client) id of the app registration or managed identity that may run commands on it",
};

const app = new App();
const context = (name: string): string | undefined => app.node.tryGetContext(name);

const missing = Object.entries(REQUIRED).filter(([name]) => context(name) === undefined);
if (missing.length > 0) {
  for (const [name, what] of missing) console.error(`cdk-join-fleet: -c ${name}=… is missing; give ${what}`);
  process.exit(2);
}

new JoinFleetStack(app, "JoinFleet", {
  description: "An Azure VM as a managed node of AWS Systems Manager",
  virtualMachineId: context("virtualMachineId") ?? "",
  tenantId: context("tenantId") ?? "",
  clientId: context("clientId") ?? "",
  agentTrigger: context("agentTrigger"),
  installers: context("installers"),
});
