/** What the constructs need to know of a VM in Azure. */
import type { IConstruct } from "constructs";

/** A Linux VM in Azure, which is no resource of the stack. */
export interface IAzureVirtualMachine extends IConstruct {
  /**
   * The VM's ARM id: `/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}`.
   *
   * @attribute
   */
  readonly virtualMachineId: string;
}
