/** The commands that Azure offers, and those that a test adds, as documents. */

import { SAMPLE_SCRIPT } from "../script-text";
import type { Document } from "./document";
import type { Refusal } from "./errors";

/** One command of the catalogue. */
export interface CatalogueEntry {
  readonly id: string;
  readonly osType: "Windows" | "Linux";
  readonly label: string;
  readonly description: string;
  /** What the document of this command has beyond those fields; undefined when that is not known. */
  readonly definition?: CommandDefinition;
}

export interface CommandDefinition {
  readonly script: readonly string[];
  readonly parameters: readonly CommandParameter[];
}

export interface CommandParameter {
  readonly name: string;
  readonly required: boolean;
}

const SCHEMA = "http://schema.management.azure.com/schemas/2016-11-17/runcommands.json";

/** Order and texts as recorded. Source: recording vm-runcommand-e2e.api-2020-06-01 (5,725 bytes). */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    id: "EnableRemotePS",
    osType: "Windows",
    label: "Enable remote PowerShell",
    description: "Configure the machine to enable remote PowerShell.",
  },
  {
    id: "IPConfig",
    osType: "Windows",
    label: "List IP configuration",
    description:
      "Shows detailed information for the IP address, subnet mask and default gateway for each adapter bound to TCP/IP.",
  },
  {
    id: "RunPowerShellScript",
    osType: "Windows",
    label: "Executes a PowerShell script",
    description:
      "Custom multiline PowerShell script should be defined in script property. Optional parameters can be set in parameters property.",
  },
  {
    id: "RunShellScript",
    osType: "Linux",
    label: "Executes a Linux shell script",
    description:
      "Custom multiline shell script should be defined in script property. Optional parameters can be set in parameters property.",
    definition: {
      script: SAMPLE_SCRIPT,
      parameters: [
        { name: "arg1", required: false },
        { name: "arg2", required: false },
      ],
    },
  },
  {
    id: "ifconfig",
    osType: "Linux",
    label: "List network configuration",
    description: "Get the configuration of all network interfaces.",
  },
  {
    id: "EnableAdminAccount",
    osType: "Windows",
    label: "Enable administrator account",
    description: "Checks if the local Administrator account is disabled, and if so enables it.",
  },
  {
    id: "RDPSettings",
    osType: "Windows",
    label: "Verify RDP Listener Settings",
    description:
      "Checks registry settings and domain policy settings. Suggests policy actions if machine is part of a domain or modifies the settings to default values.",
  },
  {
    id: "SetRDPPort",
    osType: "Windows",
    label: "Set Remote Desktop port",
    description:
      "Sets the default or user specified port number for Remote Desktop connections. Enables firewall rule for inbound access to the port.",
  },
  {
    id: "ResetRDPCert",
    osType: "Windows",
    label: "Restore RDP Authentication mode to defaults",
    description:
      "Removes the SSL certificate tied to the RDP listener and restores the RDP listener security to default. Use this script if you see any issues with the certificate.",
  },
  {
    id: "DisableNLA",
    osType: "Windows",
    label: "Disable Network Level Authentication",
    description:
      "Disables Network Level Authentication (NLA). You must restart the VM after the script completes for the change to take effect. The script itself does not restart the VM. You can use this script to disable NLA if RDP connections are failing with error 'The remote computer that you are trying to connect to requires Network Level Authentication (NLA), but your Windows domain controller cannot be contacted to perform NLA.' or error 'An authentication error has occurred. The Local Security Authority cannot be contacted.' NLA is a security feature that should only be disabled temporarily to allow RDP connections to succeed until the domain controller connectivity issue has been resolved.",
  },
  {
    id: "RemoveRunCommandWindowsExtension",
    osType: "Windows",
    label: "Removes the internal RunCommandWindows extension",
    description: "Removes RunCommandWindows extension deployed to execute previous RunCommand operations.",
  },
  {
    id: "RemoveRunCommandLinuxExtension",
    osType: "Linux",
    label: "Removes the internal RunCommandLinux extension",
    description: "Removes RunCommandLinux extension deployed to execute previous RunCommand operations.",
  },
  {
    id: "EnableEMS",
    osType: "Windows",
    label: "Enable EMS",
    description:
      "Enable Emergency Management Services (EMS) to allow for serial console connection in troubleshooting scenarios.",
  },
  {
    id: "DisableWindowsUpdate",
    osType: "Windows",
    label: "Disable Windows Update Automatic Updates",
    description: "Disable Automatic Updates through Windows Update.",
  },
  {
    id: "EnableWindowsUpdate",
    osType: "Windows",
    label: "Enable Windows Update Automatic Updates",
    description: "Enable Automatic Updates through Windows Update.",
  },
];

/** What can be run: Azure's own commands, and those of a test. */
export class Catalogue {
  private added: CatalogueEntry[] = [];

  /** Takes the place of one that was added before under the same id. @returns undefined when Azure itself has such a command. */
  add(id: string, definition: CommandDefinition): CatalogueEntry | undefined {
    if (sameId(CATALOGUE, id) !== undefined) {
      return undefined;
    }
    const description = "A command that was added to the simulator.";
    const entry: CatalogueEntry = { id, osType: "Linux", label: id, description, definition };
    const before = sameId(this.added, id);
    this.added = [...this.added.filter((other) => other !== before), entry];
    return entry;
  }

  list(): readonly CatalogueEntry[] {
    return [...CATALOGUE, ...this.added];
  }

  /** @returns the entry, or the refusal for an id that is not there. Source: ps#7331, net#34076. Case does not matter: assumed. */
  find(id: string): CatalogueEntry | Extract<Refusal, { kind: "EntityNotFound" }> {
    return sameId(this.list(), id) ?? { kind: "EntityNotFound" };
  }
}

function sameId(entries: readonly CatalogueEntry[], id: string): CatalogueEntry | undefined {
  return entries.find((entry) => entry.id.toLowerCase() === id.toLowerCase());
}

/** The document of `GET …/runCommands`: entries of exactly five fields. */
export function catalogueDocument(entries: readonly CatalogueEntry[]): Document {
  return { value: entries.map(entryFields) };
}

/**
 * The document of `GET …/runCommands/{id}`.
 * RunShellScript as recorded (626 bytes). Azure's others have no script or parameters here: assumed; Azure does give a script for
 * RunPowerShellScript (15,581 bytes, signed), and nothing is known of `ifconfig` and RemoveRunCommandLinuxExtension.
 */
export function commandDocument(entry: CatalogueEntry): Document {
  const { definition } = entry;
  return definition === undefined
    ? entryFields(entry)
    : {
        script: [...definition.script],
        parameters: definition.parameters.map(({ name, required }) => ({ name, type: "string", required })),
        ...entryFields(entry),
      };
}

function entryFields(entry: CatalogueEntry): { readonly [name: string]: Document } {
  return { $schema: SCHEMA, id: entry.id, osType: entry.osType, label: entry.label, description: entry.description };
}
