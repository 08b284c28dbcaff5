/** A network that lets nothing in, and nothing out but to Azure itself. */
import * as network from "@pulumi/azure-native/network";
import type { ResourceGroup } from "@pulumi/azure-native/resources";
import type * as pulumi from "@pulumi/pulumi";
import { runCommandEgressRule } from "azure-run-command/azure-native";

export interface Network {
  readonly networkSecurityGroup: SecurityGroup;
  readonly networkInterface: network.NetworkInterface;
  readonly publicIpAddress: network.PublicIPAddress;
  /** What Run Command needs of the network. */
  readonly wayOut: network.SecurityRule;
}

/** A rule needs both names. */
export interface SecurityGroup {
  readonly resourceGroupName: pulumi.Output<string>;
  readonly networkSecurityGroupName: pulumi.Output<string>;
}

export function closedNetwork(name: string, group: ResourceGroup): Network {
  const { name: resourceGroupName } = group;
  const nsg = new network.NetworkSecurityGroup(name, { resourceGroupName });
  const networkSecurityGroup = { resourceGroupName, networkSecurityGroupName: nsg.name };
  const wayOut = runCommandEgressRule("to-azure", networkSecurityGroup);
  new network.SecurityRule("nowhere-else", {
    ...networkSecurityGroup,
    priority: 4_000,
    direction: "Outbound",
    access: "Deny",
    protocol: "*",
    sourceAddressPrefix: "*",
    sourcePortRange: "*",
    destinationAddressPrefix: "Internet",
    destinationPortRange: "*",
  });
  const virtualNetwork = new network.VirtualNetwork(name, {
    resourceGroupName,
    addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
  });
  const subnet = new network.Subnet(name, {
    resourceGroupName,
    virtualNetworkName: virtualNetwork.name,
    addressPrefix: "10.0.1.0/24",
    networkSecurityGroup: { id: nsg.id },
  });
  // Without it the VM would have no way to Azure at all. Azure lets nothing in by it that no rule allows.
  const publicIpAddress = new network.PublicIPAddress(name, {
    resourceGroupName,
    publicIPAllocationMethod: "Static",
    sku: { name: "Standard" },
  });
  const networkInterface = new network.NetworkInterface(name, {
    resourceGroupName,
    ipConfigurations: [{ name: "main", subnet: { id: subnet.id }, publicIPAddress: { id: publicIpAddress.id } }],
  });
  return { networkSecurityGroup, networkInterface, publicIpAddress, wayOut };
}

export interface OpenPort {
  readonly networkSecurityGroup: SecurityGroup;
  readonly port: pulumi.Input<string>;
}

export function openPort(name: string, { networkSecurityGroup, port }: OpenPort): network.SecurityRule {
  return new network.SecurityRule(`${name}-port`, {
    ...networkSecurityGroup,
    priority: 100,
    direction: "Inbound",
    access: "Allow",
    protocol: "Tcp",
    sourceAddressPrefix: "Internet",
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: port,
  });
}
