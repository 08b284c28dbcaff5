/** The Pulumi resource `RunCommandExtension`: that Run Command works on an Azure Linux VM, and its extension. */
import * as pulumi from "@pulumi/pulumi";
import type { RemoveExtension } from "../core/inputs/desired-state";
import { type AzureResource, withVirtualMachineId } from "./azure-resource";
import { registered } from "./resource";
import { sendable } from "./sendable";

/**
 * Inputs of a `RunCommandExtension`. The VM is named by `virtualMachine`, by `virtualMachineId`, or by `resourceGroupName` and
 * `vmName`.
 */
export interface RunCommandExtensionArgs {
  /**
   * The VM: a resource of `@pulumi/azure-native`, `@pulumi/azure`, or anything else with the `id` of a VM. The same as its id in
   * `virtualMachineId`, and as little a change from one to the other: nothing else of it is looked at or stored.
   *
   * Another VM replaces the resource. One that is made anew under its name is tried too.
   *
   * @default the VM is named in another way
   */
  readonly virtualMachine?: pulumi.Input<AzureResource>;
  /**
   * The VM's ARM id: `/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}`.
   *
   * Another VM replaces the resource.
   *
   * @default the VM is named in another way
   */
  readonly virtualMachineId?: pulumi.Input<string>;
  /**
   * The VM's resource group, together with `vmName`, in the subscription of `azure-native:subscriptionId`,
   * `ARM_SUBSCRIPTION_ID` or `AZURE_SUBSCRIPTION_ID`. Another group replaces the resource.
   *
   * @default the VM is named in another way
   */
  readonly resourceGroupName?: pulumi.Input<string>;
  /**
   * The VM's name, together with `resourceGroupName`. Another name replaces the resource.
   *
   * @default the VM is named in another way
   */
  readonly vmName?: pulumi.Input<string>;
  /**
   * Any values: when one of them changes, it is tried again whether Run Command works. At most 65,536 bytes as JSON.
   *
   * @default none
   */
  readonly triggers?: pulumi.Input<pulumi.Input<unknown>[]>;
  /**
   * How many seconds to wait for a VM that starts, and for its agent; then the deployment fails. A whole number from 0 to
   * 100,000,000; 0 looks once. A change runs nothing, and counts from the next try on.
   *
   * @default 900
   */
  readonly readyTimeoutInSeconds?: pulumi.Input<number>;
  /**
   * When deleting this resource takes the extension `RunCommandLinux` off the VM:
   *
   * - `whenLast`: when no resource of this package, of any stack, has runs there any more.
   * - `always`: whatever else is there, and whatever another client is running.
   * - `never`.
   *
   * A change runs nothing.
   *
   * @default "whenLast"
   */
  readonly removeExtension?: pulumi.Input<RemoveExtension>;
}

/**
 * Run Command works on an Azure Linux VM: its agent answers, the extension `RunCommandLinux` runs scripts, and the VM
 * reaches Azure on port 443 to report what came of them.
 *
 * Creating it waits for the VM and its agent, runs the command `true` there, and takes nothing but its reported end for a
 * proof; where it fails, it says why. Deleting it removes what that left, and the extension. With each `RunCommand` that
 * names it in `dependsOn`, it is there before the first script and is deleted after the last.
 *
 * A refresh that finds the VM gone takes the resource along; one that finds another VM under its name has it tried there.
 */
export class RunCommandExtension extends pulumi.dynamic.Resource {
  /** The ARM id of the VM. */
  declare readonly virtualMachineId: pulumi.Output<string>;
  /** `Succeeded`, when Run Command worked. The other words are those of a `RunCommand`. */
  declare readonly executionState: pulumi.Output<string>;

  /**
   * @param name unique among the resources of this type in the stack.
   * @param opts the usual options; `deleteBeforeReplace` is true unless they say otherwise. `customTimeouts` end the waiting.
   */
  constructor(name: string, args: RunCommandExtensionArgs, opts?: pulumi.CustomResourceOptions) {
    const inputs = withVirtualMachineId(sendable(args));
    const outputs = { executionState: undefined, virtualMachineId: undefined };
    super(...registered({ kind: "RunCommandExtension", name, inputs, opts }, { outputs, secretOutputs: [] }));
  }
}
