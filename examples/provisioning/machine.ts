/** A VM with Ubuntu, in a resource group and a network of its own. */
import * as compute from "@pulumi/azure-native/compute";
import * as resources from "@pulumi/azure-native/resources";
import { closedNetwork, type Network } from "./network";

const ADMIN = "azureuser";

export interface Machine extends Network {
  readonly vm: compute.VirtualMachine;
}

export function machine(name: string, sshPublicKey: string): Machine {
  const group = new resources.ResourceGroup(name);
  const net = closedNetwork(name, group);
  const vm = new compute.VirtualMachine(name, {
    resourceGroupName: group.name,
    hardwareProfile: { vmSize: "Standard_B1s" },
    networkProfile: { networkInterfaces: [{ id: net.networkInterface.id, primary: true }] },
    storageProfile: {
      imageReference: { publisher: "Canonical", offer: "ubuntu-24_04-lts", sku: "server", version: "latest" },
      osDisk: {
        createOption: "FromImage",
        deleteOption: "Delete",
        managedDisk: { storageAccountType: "Standard_LRS" },
      },
    },
    osProfile: {
      computerName: name,
      adminUsername: ADMIN,
      linuxConfiguration: {
        disablePasswordAuthentication: true,
        ssh: { publicKeys: [{ path: `/home/${ADMIN}/.ssh/authorized_keys`, keyData: sshPublicKey }] },
      },
    },
  });
  return { ...net, vm };
}
