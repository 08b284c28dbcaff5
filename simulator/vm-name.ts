/** Which names Azure takes for a Linux VM. Pure. */

/** Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules (virtualMachines, Linux). */
const VM_NAME = /^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/i;

/** Goes on after "expected". */
export const VM_NAME_RULE =
  "a name that Azure takes for a Linux VM: 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit and not ending with '.', '_' or '-'";

/** Also for scale sets, whose rule is the same. */
export function isVmName(name: string): boolean {
  return VM_NAME.test(name);
}
