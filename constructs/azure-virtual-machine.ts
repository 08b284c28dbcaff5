/** A VM in Azure as a construct. */
import { Token } from "aws-cdk-lib";
import { Construct } from "constructs";
import { vmResourceId } from "../core/arm/invocation";
import { resourceGroupNameProblem, vmNameProblem } from "../core/arm/vm-id";
import { refuse, textProblem } from "./required";
import { AzureRunCommand } from "./run-command";
import type { AzureRunCommandOptions } from "./run-command-props";
import type { IAzureVirtualMachine } from "./virtual-machine";
import { EXPECTED_ID, vmIdProblem } from "./vm-id";

/** What names a VM in Azure. */
export interface AzureVirtualMachineAttributes {
  /** The subscription's GUID. */
  readonly subscriptionId: string;
  /** The name of the VM's resource group. */
  readonly resourceGroupName: string;
  /** The VM's name. */
  readonly vmName: string;
}

/** A Linux VM in Azure. It is no resource of the stack: the construct only says which one is meant. */
export class AzureVirtualMachine extends Construct implements IAzureVirtualMachine {
  /**
   * A VM by its ARM id.
   *
   * @param resourceId
   * `/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}`, or that of an
   * instance of a Uniform scale set (`…/virtualMachineScaleSets/{name}/virtualMachines/{number}`), or a token.
   * @throws when it is no id of a VM.
   */
  public static fromResourceId(scope: Construct, id: string, resourceId: string): AzureVirtualMachine {
    const problem = textProblem(resourceId, EXPECTED_ID);
    const ofForm = () => (Token.isUnresolved(resourceId) ? undefined : vmIdProblem(resourceId));
    refuse("AzureVirtualMachine.fromResourceId", "resourceId", problem ?? ofForm());
    return new AzureVirtualMachine(scope, id, resourceId);
  }

  /**
   * A VM by its subscription, group and name; each of them can be a token.
   *
   * @throws when one of them is of the wrong form.
   */
  public static fromAttributes(
    scope: Construct,
    id: string,
    attrs: AzureVirtualMachineAttributes,
  ): AzureVirtualMachine {
    checkAttributes(attrs);
    return new AzureVirtualMachine(scope, id, vmResourceId(attrs));
  }

  /**
   * The VM's ARM id.
   *
   * @attribute
   */
  public readonly virtualMachineId: string;

  private constructor(scope: Construct, id: string, virtualMachineId: string) {
    super(scope, id);
    this.virtualMachineId = virtualMachineId;
  }

  /**
   * Runs a script on this VM, after the run commands that the stack already has for it.
   *
   * @param id unique among the run commands that are made in this way for this VM.
   */
  public runCommand(id: string, props: AzureRunCommandOptions): AzureRunCommand {
    return new AzureRunCommand(this, id, { ...props, vm: this });
  }
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What each attribute is, and what is wrong with a text that is there. */
const RULES = {
  subscriptionId: {
    what: "the GUID of a subscription",
    problemOf: (id: string) =>
      GUID.test(id) ? undefined : `is a text of ${id.length} characters, expected the GUID of a subscription`,
  },
  resourceGroupName: { what: "the name of the VM's resource group", problemOf: resourceGroupNameProblem },
  vmName: { what: "the VM's name", problemOf: vmNameProblem },
} as const;

function checkAttributes(attrs: Partial<AzureVirtualMachineAttributes> = {}): void {
  for (const [name, { what, problemOf }] of Object.entries(RULES)) {
    const value = attrs[name as keyof typeof RULES];
    const problem = textProblem(value, what);
    refuse(
      "AzureVirtualMachine.fromAttributes",
      name,
      problem ?? (Token.isUnresolved(value) ? undefined : problemOf(String(value))),
    );
  }
}
