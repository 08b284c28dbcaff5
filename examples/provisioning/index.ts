import * as pulumi from "@pulumi/pulumi";
import { RunCommand } from "azure-run-command";
import { machine } from "./machine";
import { openPort } from "./network";

const config = new pulumi.Config();

/** Azure's own resources: in `machine.ts` and `network.ts`, as in any program with azure-native. */
const { vm, networkSecurityGroup, publicIpAddress, wayOut } = machine("hello", config.require("sshPublicKey"));

/** The VM is there and its agent answers before the first script runs; what it reports needs the way out. */
const page = new RunCommand(
  "page",
  {
    virtualMachine: vm,
    script: new pulumi.asset.FileAsset("scripts/page.sh"),
    parameters: { GREETING: config.require("greeting") },
  },
  // Where the VM goes, nothing in it has to be undone first.
  { dependsOn: wayOut, deletedWith: vm },
);

/** In order: not before `page` has succeeded. */
const service = new RunCommand(
  "service",
  { virtualMachine: vm, script: new pulumi.asset.FileAsset("scripts/service.sh") },
  { dependsOn: page, deletedWith: vm },
);

/** What a script hands on is an input of other resources: the port is opened that the service says it listens on. */
const port = service.outputs.apply(({ port = "" }) => port);
openPort("hello", { networkSecurityGroup, port });

export const url = pulumi.interpolate`http://${publicIpAddress.ipAddress}:${port}/`;
export const printed = pulumi.interpolate`${page.stdout}${service.stdout}`;
