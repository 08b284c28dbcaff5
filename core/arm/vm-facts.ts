/** Reads what a VM's document says of its state. Pure. */
import { at, parseJson, textAt } from "../json";

/** What a VM's document says that matters to a run. `undefined` where Azure did not say. */
export interface VmFacts {
  /** The GUID that Azure gave this VM; another VM under the same name has another one. */
  readonly vmId: string | undefined;
  readonly osType: string | undefined;
  /** `running`, `stopped`, `deallocated`, `starting`, … */
  readonly powerState: string | undefined;
  /** `Creating`, `Updating`, `Succeeded`, … */
  readonly provisioningState: string | undefined;
  /** What the platform knows of the guest's agent: `Ready`, `Not Ready`. */
  readonly agentStatus: string | undefined;
  readonly agentVersion: string | undefined;
  /** Whether the Run Command extension is among the agent's handlers. */
  readonly extensionInstalled: boolean;
  /** What the agent says of that extension; undefined when it is not there. */
  readonly extension: HandlerFacts | undefined;
  /** What the agent says of itself: `Guest Agent is running`. */
  readonly agentMessage: string | undefined;
  /** Whether the VM was made with an agent, and takes extensions. */
  readonly hasAgent: boolean | undefined;
  readonly allowsExtensions: boolean | undefined;
  /** `westeurope`, … */
  readonly location: string | undefined;
}

/** Whether a VM is another one than that which was there before. What is not known tells nothing. */
export function isAnother(knownVmId: string | undefined, vmId: string | undefined): boolean {
  return knownVmId !== undefined && vmId !== undefined && knownVmId.toLowerCase() !== vmId.toLowerCase();
}

export interface HandlerFacts {
  readonly version: string | undefined;
  /** `Ready`, `Not Ready`, `Installing`, … */
  readonly status: string | undefined;
  readonly message: string | undefined;
}

const EXTENSION_HANDLER_TYPE = "microsoft.cplat.core.runcommandlinux";

/** Reads the answer to `vmWithInstanceViewPath`. */
export function readVmFacts(body: string): VmFacts {
  const document = parseJson(body);
  const properties = at(document, "properties");
  const codes = listAt(properties, "instanceView", "statuses").map((status) => textAt(status, "code") ?? "");
  const handler = listAt(properties, "instanceView", "vmAgent", "extensionHandlers").find(
    (entry) => textAt(entry, "type")?.toLowerCase() === EXTENSION_HANDLER_TYPE,
  );
  return {
    vmId: textAt(properties, "vmId"),
    osType: textAt(properties, "storageProfile", "osDisk", "osType"),
    powerState: codes.find((code) => code.startsWith("PowerState/"))?.slice("PowerState/".length),
    provisioningState: textAt(properties, "provisioningState"),
    agentStatus: textAt(properties, "instanceView", "vmAgent", "statuses", 0, "displayStatus"),
    agentVersion: textAt(properties, "instanceView", "vmAgent", "vmAgentVersion"),
    extensionInstalled: handler !== undefined,
    extension:
      handler === undefined
        ? undefined
        : {
            version: textAt(handler, "typeHandlerVersion"),
            status: textAt(handler, "status", "displayStatus"),
            message: textAt(handler, "status", "message"),
          },
    agentMessage: textAt(properties, "instanceView", "vmAgent", "statuses", 0, "message"),
    hasAgent: flagAt(properties, "osProfile", "linuxConfiguration", "provisionVMAgent"),
    allowsExtensions: flagAt(properties, "osProfile", "allowExtensionOperations"),
    location: textAt(document, "location"),
  };
}

function flagAt(value: unknown, ...path: readonly string[]): boolean | undefined {
  const found = at(value, ...path);
  return typeof found === "boolean" ? found : undefined;
}

function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}
