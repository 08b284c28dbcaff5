/** The Pulumi resource `RunCommandFleet`: one script in many Azure Linux VMs. */
import * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../core/inputs/input";
import type { AzureResource } from "./azure-resource";
import { membersOf } from "./fleet-members";
import { withFleetIds } from "./fleet-resources";
import type { FleetMemberResult } from "./fleet-state";
import { registeredScripts } from "./resource";
import type { RunCommandArgs } from "./run-command";
import { sendable } from "./sendable";

export type { FleetMemberResult } from "./fleet-state";

/** What a fleet runs on each of its VMs: as a `RunCommand` has it, each by itself. */
export type FleetScriptArgs = Omit<
  RunCommandArgs,
  "virtualMachine" | "virtualMachineId" | "resourceGroupName" | "vmName" | "commandId" | "rawParameters"
>;

/**
 * Inputs of a `RunCommandFleet`: which VMs, in one of four ways (`virtualMachines`, `virtualMachineIds`, `scaleSet`,
 * `scaleSetId`), and the scripts and settings of a `RunCommand`, which hold for each VM by itself. A change that runs something,
 * runs it on every VM.
 */
export interface RunCommandFleetArgs extends FleetScriptArgs {
  /**
   * The VMs: resources of `@pulumi/azure-native`, `@pulumi/azure`, or anything else with the `id` of a VM. The same as their ids
   * in `virtualMachineIds`, and as little a change from one to the other: nothing else of them is looked at or stored.
   *
   * @default the VMs are given in one of the three other ways
   */
  readonly virtualMachines?: pulumi.Input<readonly pulumi.Input<AzureResource>[]>;
  /**
   * The ARM ids of the VMs, in the order in which they are run on; each once. VMs of any resource groups and subscriptions, and
   * instances of Uniform scale sets. An empty list is allowed, and runs nothing.
   *
   * On VMs that come to the list, `script` is run at the next `pulumi up`; from those that are in it no more, `delete` is run
   * and what the fleet left is removed. Nothing is replaced, and the other VMs are left alone.
   *
   * @default the VMs are given in one of the three other ways
   */
  readonly virtualMachineIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The scale set: a resource of `@pulumi/azure-native`, `@pulumi/azure`, or anything else with the `id` of one. The same as its id
   * in `scaleSetId`, and as little a change from one to the other.
   *
   * @default the VMs are given in one of the three other ways
   */
  readonly scaleSet?: pulumi.Input<AzureResource>;
  /**
   * The ARM id of a scale set: `/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachineScaleSets/{name}`,
   * Flexible or Uniform.
   *
   * Which VMs it has, each `pulumi up` and `pulumi preview` asks Azure; what changed there is treated as a change of
   * `virtualMachineIds`. Nothing is run on VMs that come when nobody deploys. Needs the rights to read the scale set and its
   * VMs.
   *
   * @default the VMs are given in one of the three other ways
   */
  readonly scaleSetId?: pulumi.Input<string>;
  /**
   * On how many VMs at once: a number from 1, or a percentage of all VMs from `"1%"` to `"100%"`, rounded down, but one at
   * least. A change runs nothing, and counts from the next run on.
   *
   * @default 50
   */
  readonly maxConcurrency?: pulumi.Input<number | string>;
  /**
   * How many VMs may fail before no further VM is begun with: a number from 0, or a percentage of all VMs from `"0%"` to
   * `"100%"`, rounded down. What has begun is waited for. The deployment fails all the same, as soon as one VM has failed, unless
   * `treatFailureAsDeploymentFailure` is false. A change runs nothing, and counts from the next run on.
   *
   * @default 0: the first failure stops it
   */
  readonly maxErrors?: pulumi.Input<number | string>;
}

/**
 * A script that has run in many Azure Linux VMs: a list of them, or all of a scale set.
 *
 * What it does on each VM, how it is told why, and what is left there, is as with a `RunCommand`: once for each intent, also
 * when a deployment is killed. Where one VM failed, the deployment fails, and the next `pulumi up` runs only on those VMs on
 * which it is not done yet; all others keep what they have.
 *
 * A refresh takes VMs that are gone out of it, and runs `check` on each of the others; the next `pulumi up` repairs only those
 * that drifted.
 */
export class RunCommandFleet extends pulumi.dynamic.Resource {
  /**
   * How the last run on each VM ended, by the VM's name; where two VMs have the same name, with the resource group before it:
   * `group/name`. VMs on which nothing was tried yet are missing.
   */
  declare readonly results: pulumi.Output<Record<string, FleetMemberResult>>;
  /** The names of the VMs on which the last try was no success and is to be made again, in the fleet's order. */
  declare readonly failed: pulumi.Output<string[]>;
  /** The names of the VMs on which it was not tried, since too many had failed, or the deployment ended. */
  declare readonly notTried: pulumi.Output<string[]>;
  /** The names of the VMs of which `check` said at the last refresh that they are not as they should be. */
  declare readonly drifted: pulumi.Output<string[]>;
  /** What that `check` printed, by the names of the first ten of them: stdout, then stderr, the last 4,096 bytes of each. */
  declare readonly checkOutput: pulumi.Output<Record<string, string>>;
  /**
   * What the script printed to stdout, by the names of the VMs: of the first VM, and of the first ten that failed; the last
   * `outputMaxBytes` of each. That of the others is on the VMs: `getRunCommandOutput`.
   */
  declare readonly stdout: pulumi.Output<Record<string, string>>;
  /** What the script printed to stderr; of the same VMs. */
  declare readonly stderr: pulumi.Output<Record<string, string>>;
  /** What the script handed on in `$AZURE_RUN_COMMAND_OUTPUT`; of the same VMs. */
  declare readonly outputs: pulumi.Output<Record<string, Record<string, string>>>;

  /**
   * @param name unique among the resources of this type in the stack.
   * @param opts the usual options; `deleteBeforeReplace` is true unless they say otherwise. `customTimeouts` end the waiting
   * of a deployment for all VMs together; scripts that run go on, and the next deployment takes them up.
   */
  constructor(name: string, args: RunCommandFleetArgs, opts?: pulumi.CustomResourceOptions) {
    const inputs = withFleetIds(sendable(args));
    const { scaleSetId } = inputs;
    const more = isGiven(scaleSetId) ? { members: membersOf(scaleSetId) } : {};
    super(...registeredScripts({ kind: "RunCommandFleet", name, inputs, opts }, { outputs: OUTPUTS, more }));
  }
}

const OUTPUTS = {
  results: undefined,
  failed: undefined,
  notTried: undefined,
  drifted: undefined,
  checkOutput: undefined,
  stdout: undefined,
  stderr: undefined,
  outputs: undefined,
  // For `getRunCommandOutput`.
  memberRuns: undefined,
  earlierSecrets: undefined,
};
