/** The network rule that Run Command needs: out of the VM to Azure, on port 443. */
import { SecurityRule } from "@pulumi/azure-native/network";
import type * as pulumi from "@pulumi/pulumi";

/** Of which network security group, and in which place. */
export interface RunCommandEgressRuleArgs {
  /** The resource group of the network security group. Another one replaces the rule. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** The name of the network security group of the VMs' subnet or network interfaces. Another one replaces the rule. */
  readonly networkSecurityGroupName: pulumi.Input<string>;
  /**
   * The rule's place among the outbound rules: from 100 (first) to 4096; no two rules of a direction have the same. It must come
   * before the rule that forbids what is allowed here. A change moves the rule.
   *
   * @default 1000
   */
  readonly priority?: pulumi.Input<number>;
  /**
   * Which addresses of the network may reach Azure: a CIDR block, or a service tag. A change changes the rule.
   *
   * @default "VirtualNetwork"
   */
  readonly sourceAddressPrefix?: pulumi.Input<string>;
}

/**
 * Allows the VMs of a network security group to reach Azure's public addresses (service tag `AzureCloud`) on port 443. By that way the
 * guest agent reports what came of a command; without it a script may run, and nobody learns of it. Where outbound traffic is not
 * restricted, Azure's default rules allow it already. No inbound rule is needed.
 *
 * Source: Learn, "Run scripts in your Linux VM by using action Run Commands", Restrictions; the numbers: Learn, "Network security
 * groups", Security rules.
 *
 * @param name unique among the `SecurityRule`s of the stack; azure-native makes the rule's name of it.
 * @param opts the usual options of a resource.
 */
export function runCommandEgressRule(
  name: string,
  args: RunCommandEgressRuleArgs,
  opts?: pulumi.CustomResourceOptions,
): SecurityRule {
  return new SecurityRule(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      networkSecurityGroupName: args.networkSecurityGroupName,
      priority: args.priority ?? 1_000,
      description: "Run Command: the guest agent fetches commands and reports their results",
      direction: "Outbound",
      access: "Allow",
      protocol: "Tcp",
      sourceAddressPrefix: args.sourceAddressPrefix ?? "VirtualNetwork",
      sourcePortRange: "*",
      destinationAddressPrefix: "AzureCloud",
      destinationPortRange: "443",
    },
    opts,
  );
}
