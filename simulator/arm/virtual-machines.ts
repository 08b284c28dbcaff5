/** A virtual machine as Compute describes it. Pure: machine in, document out. */
import type { PowerState, VirtualMachine } from "../world";
import { type Document, OneLine } from "./document";
import { formatInstant } from "./instant";

/** What is shown as extension. Source: azure-wire.md 4.1; newest version in source: 1.0.12. */
const RUN_COMMAND_HANDLER = { type: "Microsoft.CPlat.Core.RunCommandLinux", typeHandlerVersion: "1.0.12" };

/** Newest release of the agent whose source was read. Source: Azure/WALinuxAgent a976115 (2025-11-19). */
const AGENT_VERSION = "2.15.0.1";

/**
 * Fields and order as recorded. Source: Azure/azure-cli test_enable_trusted_launch_on_v1.yaml, GET of a VM with api-version
 * 2026-04-01 (fixture vm-get; a Windows VM: the Linux part of osProfile is from the swagger, ComputeRP virtualMachine.json).
 */
export function machineDocument(machine: VirtualMachine, subscriptionId: string, withInstanceView: boolean): Document {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${machine.resourceGroup}`;
  const disk = `${machine.name}_OsDisk_1_${machine.vmId.replace(/-/g, "")}`;
  const nic = `${group}/providers/Microsoft.Network/networkInterfaces/${machine.name}VMNic`;
  return {
    name: machine.name,
    id: `${group}/providers/Microsoft.Compute/virtualMachines/${machine.name}`,
    type: "Microsoft.Compute/virtualMachines",
    location: machine.location,
    tags: {},
    properties: {
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
        allowExtensionOperations: true,
        requireGuestProvisionSignal: true,
      },
      networkProfile: new OneLine({ networkInterfaces: [{ id: nic }] }),
      timeCreated: formatInstant(machine.createdAt),
      instanceView: withInstanceView ? instanceViewDocument(machine) : undefined,
    },
    etag: `"${machine.generation}"`,
  };
}

function provisioningState(machine: VirtualMachine): string {
  switch (machine.changing) {
    case undefined:
      return "Succeeded";
    case "delete":
      return "Deleting";
    case "start":
    case "restart":
    case "powerOff":
    case "deallocate":
      return "Updating";
  }
}

/**
 * Source of fields and texts: recorded instance views in public tests (Rabo AgentStatusFunction.Tests, 2019, Ubuntu: `Ready`,
 * `Guest Agent is running`; `VM running`), swagger. A VM that is off has no agent, name or OS in it: assumed for powered off,
 * known for deallocated.
 */
export function instanceViewDocument(machine: VirtualMachine): Document {
  const on = machine.power === "running";
  return {
    computerName: on ? machine.name : undefined,
    osName: on ? machine.operatingSystem.name : undefined,
    osVersion: on ? machine.operatingSystem.version : undefined,
    vmAgent: on ? agentDocument(machine) : undefined,
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

function agentDocument(machine: VirtualMachine): Document {
  const ready = { code: "ProvisioningState/succeeded", level: "Info", displayStatus: "Ready" };
  return {
    vmAgentVersion: AGENT_VERSION,
    statuses: [{ ...ready, message: "Guest Agent is running", time: formatInstant(machine.powerSince) }],
    extensionHandlers: machine.guest.extensionInstalled
      ? [{ ...RUN_COMMAND_HANDLER, status: { ...ready, message: "Plugin enabled" } }]
      : [],
  };
}
