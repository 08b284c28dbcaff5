import * as pulumi from "@pulumi/pulumi";
import { RunCommandFleet } from "azure-run-command";

const config = new pulumi.Config();

/** With the scale set in the same program: `scaleSet: web`, in place of its id. */
const app = new RunCommandFleet("app", {
  scaleSetId: config.require("scaleSetId"),
  script: new pulumi.asset.FileAsset("scripts/install.sh"),
  check: new pulumi.asset.FileAsset("scripts/check.sh"),
  delete: new pulumi.asset.FileAsset("scripts/remove.sh"),
  parameters: { APP_VERSION: config.require("version") },
  maxConcurrency: config.get("maxConcurrency") ?? "25%",
  maxErrors: config.get("maxErrors") ?? "0%",
  timeoutInSeconds: 600,
});

/** How it ended on each VM: state and exit code. Of a deployment that fails, the message says it. */
export const results = app.results;
/** What the first VM printed. */
export const said = app.stdout;
