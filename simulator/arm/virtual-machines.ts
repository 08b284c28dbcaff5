/** A virtual machine as Compute describes it. Pure: machine in, document out. */
import type { PowerState, VirtualMachine } from "../world";
import { type Document, OneLine } from "./document";
import { formatInstant } from "./instant";

/** What is shown as extension. Source: azure-wire.md 4.1; newest version in source: 1.0.12. */
const RUN_COMMAND_HANDLER = { type: "Microsoft.CPlat.Core.RunCommandLinux", typeHandlerVersion: "1.0.12" };

/**
 * Fields and order as recorded. Source: Azure/azure-cli test_enable_trusted_launch_on_v1.yaml, GET of a VM with api-version
 * 2026-04-01 (fixture vm-get; a Windows VM: the Linux part of osProfile is from the swagger, ComputeRP virtualMachine.json).
 */
export function machineDocument(machine: VirtualMachine, subscriptionId: string, withInstanceView: boolean): Document {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${machine.resourceGroup}`;
  const nic = `${group}/providers/Microsoft.Network/networkInterfaces/${machine.name}VMNic`;
  const { member } = machine;
  return {
    name: machine.name,
    id: `${group}/providers/Microsoft.Compute/virtualMachines/${machine.name}`,
    type: "Microsoft.Compute/virtualMachines",
    location: machine.location,
    tags: {},
    properties: {
      ...machineProperties(machine, subscriptionId, nic),
      // Source: azure-rest-api-specs, ComputeRP virtualMachine.json, VirtualMachineProperties.
      virtualMachineScaleSet:
        member === undefined
          ? undefined
          : { id: `${group}/providers/Microsoft.Compute/virtualMachineScaleSets/${member.scaleSet}` },
      instanceView: withInstanceView ? instanceViewDocument(machine) : undefined,
    },
    etag: `"${machine.generation}"`,
  };
}

/** What VMs and instances of scale sets have in common. @param nic the id of the network interface */
export function machineProperties(
  machine: VirtualMachine,
  subscriptionId: string,
  nic: string,
): { readonly [name: string]: Document } {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${machine.resourceGroup}`;
  const disk = `${machine.name}_OsDisk_1_${machine.vmId.replace(/-/g, "")}`;
  return {
    hardwareProfile: { vmSize: "Standard_D2s_v3" },
    provisioningState: provisioningState(machine),
    vmId: machine.vmId,
    storageProfile: {
      imageReference: {
        publisher: "Canonical",
        offer: "ubuntu-24_04-lts",
        sku: "server",
        version: "latest",
        exactVersion: "24.04.202604200",
      },
      osDisk: {
        osType: "Linux",
        name: disk,
        createOption: "FromImage",
        caching: "ReadWrite",
        managedDisk: { storageAccountType: "Premium_LRS", id: `${group}/providers/Microsoft.Compute/disks/${disk}` },
        deleteOption: "Detach",
        diskSizeGB: 30,
      },
      dataDisks: [],
    },
    osProfile: {
      computerName: machine.name,
      adminUsername: "azureuser",
      linuxConfiguration: {
        disablePasswordAuthentication: true,
        provisionVMAgent: true,
        patchSettings: { patchMode: "ImageDefault", assessmentMode: "ImageDefault" },
      },
      secrets: [],
      allowExtensionOperations: machine.allowExtensionOperations,
      requireGuestProvisionSignal: true,
    },
    networkProfile: new OneLine({ networkInterfaces: [{ id: nic }] }),
    timeCreated: formatInstant(machine.createdAt),
  };
}

export function provisioningState(machine: VirtualMachine): string {
  switch (machine.changing) {
    case undefined:
      return "Succeeded";
    case "create":
      return "Creating";
    case "delete":
      return "Deleting";
    case "start":
    case "restart":
    case "reimage":
    case "powerOff":
    case "deallocate":
      return "Updating";
  }
}

/**
 * Source of fields and texts: recorded instance views in public tests (Rabo AgentStatusFunction.Tests, 2019, Ubuntu: `Ready`,
 * `Guest Agent is running`; `VM running`), swagger. A VM that is off has no agent, name or OS in it: assumed for powered off,
 * known for deallocated. Until its agent has reported, Azure knows neither name nor OS: assumed.
 */
export function instanceViewDocument(machine: VirtualMachine): Document {
  const on = machine.power === "running";
  const known = on && machine.agent.status !== "Absent";
  return {
    computerName: known ? machine.name : undefined,
    osName: known ? machine.operatingSystem.name : undefined,
    osVersion: known ? machine.operatingSystem.version : undefined,
    vmAgent: on || machine.changing === "create" ? agentDocument(machine) : undefined,
    hyperVGeneration: "V2",
    statuses: [
      {
        code: `ProvisioningState/${provisioningState(machine).toLowerCase()}`,
        level: "Info",
        displayStatus: machine.changing === undefined ? "Provisioning succeeded" : provisioningState(machine),
        time: formatInstant(machine.powerSince),
      },
      { code: `PowerState/${machine.power}`, level: "Info", displayStatus: POWER_TEXT[machine.power] },
    ],
  };
}

const POWER_TEXT: Readonly<Record<PowerState, string>> = {
  starting: "VM starting",
  running: "VM running",
  stopping: "VM stopping",
  stopped: "VM stopped",
  deallocating: "VM deallocating",
  deallocated: "VM deallocated",
};

/**
 * Source of an agent that has not reported yet: azure-rest-api-specs, examples of Compute 2025-04-01 (`VM status blob is found but
 * not yet populated.`, Warning, version Unknown); of one that reports no more: an exported instance view of 2016 and Microsoft's
 * support blog on a network rule that forbids outbound traffic (`VM Agent is unresponsive.`). Extensions in such a view: assumed none.
 */
function agentDocument(machine: VirtualMachine): Document {
  const { status, version } = machine.agent;
  switch (status) {
    case "Absent":
      return unavailable(machine, "VM status blob is found but not yet populated.");
    case "NotReady":
      return unavailable(machine, "VM Agent is unresponsive.");
    case "Ready":
    case "Silent": {
      const ready = { code: "ProvisioningState/succeeded", level: "Info", displayStatus: "Ready" };
      return {
        vmAgentVersion: version,
        statuses: [{ ...ready, message: "Guest Agent is running", time: formatInstant(machine.powerSince) }],
        extensionHandlers: machine.guest.extensionInstalled
          ? [{ ...RUN_COMMAND_HANDLER, status: { ...ready, message: "Plugin enabled" } }]
          : [],
      };
    }
  }
}

function unavailable(machine: VirtualMachine, message: string): Document {
  const status = { code: "ProvisioningState/Unavailable", level: "Warning", displayStatus: "Not Ready", message };
  return { vmAgentVersion: "Unknown", statuses: [{ ...status, time: formatInstant(machine.powerSince) }] };
}
