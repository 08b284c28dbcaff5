/** Compiled with all tests, never run: what of the real `@pulumi/azure-native` can be given, and what cannot. */

import type { RoleAssignment, RoleDefinition } from "@pulumi/azure-native/authorization";
import {
  getVirtualMachine,
  getVirtualMachineOutput,
  VirtualMachine,
  VirtualMachineScaleSet,
} from "@pulumi/azure-native/compute";
import type { SecurityRule } from "@pulumi/azure-native/network";
import { NetworkSecurityGroup } from "@pulumi/azure-native/network";
import { ResourceGroup } from "@pulumi/azure-native/resources";
import * as pulumi from "@pulumi/pulumi";
import { runCommandEgressRule, runCommandRole } from "../../azure-native";
import { type AzureResource, RunCommand, RunCommandExtension } from "../../provider";

export function program(): readonly unknown[] {
  const group = new ResourceGroup("group");
  const { name: resourceGroupName } = group;
  const vm = new VirtualMachine("vm", { resourceGroupName });
  const network = new NetworkSecurityGroup("nsg", { resourceGroupName });
  const scaleSet: pulumi.Input<AzureResource> = new VirtualMachineScaleSet("set", { resourceGroupName });

  const script = "uptime";
  const prepared = [
    new RunCommand("by-resource", { virtualMachine: vm, script }),
    new RunCommand("by-output", { virtualMachine: pulumi.output(vm), script }),
    new RunCommand("by-look-up", {
      virtualMachine: getVirtualMachineOutput({ resourceGroupName, vmName: "vm" }),
      script,
    }),
    new RunCommand("by-promise", {
      virtualMachine: getVirtualMachine({ resourceGroupName: "rg", vmName: "vm" }).then(found),
      script,
    }),
    new RunCommandExtension("works", { virtualMachine: vm }),
  ];
  // @ts-expect-error an id is no resource
  new RunCommand("by-id", { virtualMachine: vm.id, script });
  // @ts-expect-error nor is a name
  new RunCommandExtension("by-name", { virtualMachine: "vm1" });

  const role = runCommandRole("role", { principalId: "guid", scope: group.id }, { parent: group });
  const { roleDefinition, roleAssignment }: { roleDefinition: RoleDefinition; roleAssignment: RoleAssignment } = role;
  // @ts-expect-error the role is given to somebody
  runCommandRole("nobody", { scope: group.id });
  const rule: SecurityRule = runCommandEgressRule("rule", {
    resourceGroupName,
    networkSecurityGroupName: network.name,
  });
  return [prepared, scaleSet, roleDefinition, roleAssignment, rule];
}

/** A result has its id only where Azure told one. */
function found({ id }: { readonly id: string }): AzureResource {
  return { id };
}
