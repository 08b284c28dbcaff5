/** Changes what Azure sees of a VM's guest agent, and says how long Azure waits for one that does not do its work. */
import type { VmAgent } from "./agent-status";
import type { VirtualMachine, World } from "./world";

/** What waits for the agent looks again. */
export function changeAgent(world: World, machine: VirtualMachine, change: Partial<VmAgent>): void {
  machine.agent = { ...machine.agent, ...change };
  world.options.onChange();
  for (const waiting of machine.afterAgentChange.splice(0)) {
    waiting();
  }
}

/** How an operation ends that Azure gives up on. */
export interface GivenUp {
  readonly code: string;
  readonly message: string;
}

/**
 * Source: answers that users quote word for word (`az vm user reset-ssh`, 2023; scale sets of AKS, 2020); azure-wire.md section 6
 * has it without "that".
 */
export function agentMissed(vmName: string): GivenUp {
  return {
    code: "VMAgentStatusCommunicationError",
    message: `VM '${vmName}' has not reported status for VM agent or extensions. Verify that the OS is up and healthy, the VM has a running VM agent, and that it can establish outbound connections to Azure storage. Please refer to https://aka.ms/vmextensionlinuxtroubleshoot for additional VM agent troubleshooting information.`,
  };
}

/** Source: azure-wire.md section 6 (py#4369); Learn "Azure VM error messages". */
const EXTENSION_TIMED_OUT: GivenUp = {
  code: "VMExtensionProvisioningTimeout",
  message:
    "Provisioning of VM extension 'RunCommandLinux' has timed out. Extension installation may be taking too long, or extension status could not be obtained.",
};

/** What Azure says of a command that the agent does not take up, and after which time. Undefined: the agent takes it, or is awaited. */
export function givingUp(world: World, machine: VirtualMachine): (GivenUp & { readonly afterMs: number }) | undefined {
  const { timing } = world.options;
  const { status, timeoutMs } = machine.agent;
  switch (status) {
    case "Ready":
    case "Absent":
      return undefined;
    case "NotReady":
      return { ...agentMissed(machine.name), afterMs: timeoutMs ?? timing.agentTimeoutMs };
    case "Silent":
      return { ...EXTENSION_TIMED_OUT, afterMs: timeoutMs ?? timing.extensionTimeoutMs };
  }
}
