/** Which VM a command is about: the options that name it, and what they say. */
import type { Command } from "commander";
import type { VmTarget } from "../core/arm/invocation";
import { GUID, parseVmId, resourceGroupNameProblem, vmNameProblem } from "../core/arm/vm-id";
import { readSeconds } from "./numbers";
import { UsageError } from "./usage";

/** As commander gives them. */
export interface TargetOptions {
  readonly resourceGroup?: string;
  readonly name?: string;
  readonly vmId?: string;
  readonly subscription?: string;
  readonly readyTimeout?: string;
}

/**
 * How long a command waits for a VM that starts and for its agent, in seconds. Source: our own choice: less than a
 * deployment, since somebody sits there and waits.
 */
const READY_TIMEOUT_SECONDS = 120;

/** For a command that waits until the VM can take one. */
export function addTargetOptions(command: Command): Command {
  return addVmOptions(command).option(
    "--ready-timeout <time>",
    `how long to wait for a VM that starts and for its agent, such as 90s or 10m (default: ${READY_TIMEOUT_SECONDS}s)`,
  );
}

export function addVmOptions(command: Command): Command {
  return addSubscriptionOption(
    command
      .option("-g, --resource-group <name>", "the resource group of the VM")
      .option("-n, --name <vm>", "the name of the VM")
      .option("--vm-id <id>", "the id of the VM, or of an instance of a Uniform scale set, in place of -g and -n"),
  );
}

export function addSubscriptionOption(command: Command): Command {
  return command.option(
    "--subscription <guid>",
    "the subscription (default: ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID)",
  );
}

/** Its subscription is empty where it is named by group and name alone. @throws UsageError */
export function targetOf({ resourceGroup, name, vmId, subscription }: TargetOptions): VmTarget {
  requireSubscriptionId("--subscription", subscription);
  if (vmId !== undefined) {
    const other = resourceGroup !== undefined ? "-g" : name !== undefined ? "-n" : undefined;
    if (other !== undefined) {
      throw new UsageError(`--vm-id and ${other} are both given; give --vm-id alone, or -g and -n`);
    }
    if (subscription !== undefined) {
      throw new UsageError(
        "--vm-id and --subscription are both given; the id names its subscription, leave out --subscription",
      );
    }
    return targetOfId(vmId);
  }
  if (resourceGroup === undefined && name === undefined) {
    throw new UsageError("no VM is named; give -g <resource group> and -n <VM>, or --vm-id <id>");
  }
  if (resourceGroup === undefined) {
    throw new UsageError(`-n is given without -g; give -g <resource group> -n ${name}, or --vm-id <id>`);
  }
  if (name === undefined) {
    throw new UsageError(`-g is given without -n; give -g ${resourceGroup} -n <VM>, or --vm-id <id>`);
  }
  requireName("-g", resourceGroup, resourceGroupNameProblem(resourceGroup));
  requireName("-n", name, vmNameProblem(name));
  return { subscriptionId: subscription ?? "", resourceGroupName: resourceGroup, vmName: name };
}

/** @throws UsageError */
export function readyTimeoutOf({ readyTimeout }: TargetOptions): number {
  return readyTimeout === undefined
    ? READY_TIMEOUT_SECONDS
    : readSeconds("--ready-timeout", readyTimeout, { least: 0 });
}

/** The options that name this VM, for a command that somebody can copy. */
export function optionsFor({ subscription, vmId }: TargetOptions, target: VmTarget): string {
  if (vmId !== undefined) {
    return `--vm-id ${quoteForShell(vmId)}`;
  }
  const named = subscription === undefined ? "" : ` --subscription ${subscription}`;
  return `-g ${quoteForShell(target.resourceGroupName)} -n ${target.vmName}${named}`;
}

function quoteForShell(text: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text}'`;
}

/** @param source what it was taken from. @throws UsageError */
export function requireSubscriptionId(source: string, subscription: string | undefined): void {
  if (subscription !== undefined && !new RegExp(`^${GUID}$`, "i").test(subscription)) {
    throw new UsageError(
      `${source} is '${subscription}', expected a GUID such as 00000000-0000-0000-0000-000000000001 ('az account list' shows yours)`,
    );
  }
}

function targetOfId(id: string): VmTarget {
  const parsed = parseVmId(id);
  switch (parsed.kind) {
    case "vm":
      return parsed.target;
    case "problem":
      throw new UsageError(`--vm-id ${parsed.problem}`);
  }
}

function requireName(option: string, value: string, problem: string | undefined): void {
  if (value.startsWith("/subscriptions/")) {
    throw new UsageError(`${option} is an id, expected a name; give the VM's id to --vm-id`);
  }
  if (problem !== undefined) {
    throw new UsageError(`${option} ${problem}`);
  }
}
