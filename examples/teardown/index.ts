import * as pulumi from "@pulumi/pulumi";
import { RunCommand, RunCommandExtension } from "azure-run-command";

const config = new pulumi.Config();
const vm = { resourceGroupName: config.require("resourceGroupName"), vmName: config.require("vmName") };

/** Each stack is an app of its own on the same VM. */
const parameters = { APP: pulumi.getStack() };

/** Before the first script it says whether Run Command works there; after the last one, of any stack, the extension goes. */
const runCommand = new RunCommandExtension("run-command", { ...vm, removeExtension: "whenLast" });

const data = new RunCommand(
  "data",
  {
    ...vm,
    script: new pulumi.asset.FileAsset("scripts/data.sh"),
    delete: new pulumi.asset.FileAsset("scripts/undo-data.sh"),
    parameters,
  },
  { dependsOn: runCommand },
);

/** Deleted in the other order: the job goes before the data that it works on. */
const job = new RunCommand(
  "job",
  {
    ...vm,
    script: new pulumi.asset.FileAsset("scripts/job.sh"),
    delete: new pulumi.asset.FileAsset("scripts/undo-job.sh"),
    parameters,
  },
  { dependsOn: data },
);

export const folder = data.outputs.folder;
export const schedule = job.outputs.schedule;
