import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { RunCommand } from "azure-run-command";

const config = new pulumi.Config();
const resourceGroupName = config.require("resourceGroupName");
const databasePassword = config.requireSecret("databasePassword");
const settings = readFileSync("app.conf", "utf8");

/** What each VM printed when it was last configured, by its name. */
export const printed = Object.fromEntries(
  config.requireObject<string[]>("vmNames").map((vmName) => [vmName, configure(vmName)]),
);

function configure(vmName: string): pulumi.Output<string> {
  const vm = { resourceGroupName, vmName };
  const configuration = new RunCommand(`${vmName}-configuration`, {
    ...vm,
    script: new pulumi.asset.FileAsset("scripts/configure.sh"),
    // Asked at each `pulumi refresh`; what it finds changed, the next `pulumi up` repairs.
    check: new pulumi.asset.FileAsset("scripts/check.sh"),
    parameters: { SETTINGS: settings },
    protectedParameters: { DATABASE_PASSWORD: databasePassword },
  });
  const service = new RunCommand(
    `${vmName}-service`,
    {
      ...vm,
      script: new pulumi.asset.FileAsset("scripts/restart.sh"),
      // The script does not know the file; it runs again when the file, or the password, is another one.
      triggers: [sha256(settings), databasePassword],
    },
    { dependsOn: configuration },
  );
  return pulumi.interpolate`${configuration.stdout}${service.stdout}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
