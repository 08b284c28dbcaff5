import * as pulumi from "@pulumi/pulumi";
import * as azureRunCommand from "azure-run-command";

const config = new pulumi.Config();
const virtualMachineId = config.get("virtualMachineId");

/** Creating it runs the script in the VM, editing the script runs it again, destroying it cleans up. */
const prepare = new azureRunCommand.RunCommand("prepare", {
  ...(virtualMachineId === undefined
    ? { resourceGroupName: config.require("resourceGroupName"), vmName: config.require("vmName") }
    : { virtualMachineId }),
  script: new pulumi.asset.FileAsset("prepare.sh"),
  arguments: ["quick-start"],
});

export const stdout = prepare.stdout;
export const exitCode = prepare.exitCode;
