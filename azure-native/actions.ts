/**
 * What a principal must be allowed to do, feature by feature. Data only.
 *
 * Source of all names: Learn, "Azure permissions for Compute" and "Azure permissions for Management and governance"; what is
 * checked when: as said with each.
 */

/** What every run needs: to see the VM and how it does, to run, and to follow the operation. */
export const RUN_ACTIONS = [
  // GET of the VM before the run: whether it is there, runs, and its agent answers; and the members of a Flexible scale set.
  "Microsoft.Compute/virtualMachines/read",
  // The same GET with $expand=instanceView.
  "Microsoft.Compute/virtualMachines/instanceView/read",
  // POST …/runCommand. Not runCommands/write, which Learn names and which is the managed form's.
  // Source: MicrosoftDocs/azure-docs#123239, the refusal of the service itself.
  "Microsoft.Compute/virtualMachines/runCommand/action",
  // GET of Azure-AsyncOperation and Location. Source: Learn, "Track asynchronous Azure operations", permissions.
  "Microsoft.Compute/locations/operations/read",
] as const;

/** Scale sets: what they are, and the instances of Uniform ones. Those of Flexible ones are VMs like all others. */
export const SCALE_SET_ACTIONS = [
  "Microsoft.Compute/virtualMachineScaleSets/read",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action",
] as const;

/** `getRunCommandDocuments` and `getRunCommandDocument`. Source: Learn, "Run scripts in your Linux VM", Restrictions. */
export const CATALOGUE_ACTIONS = ["Microsoft.Compute/locations/runCommands/read"] as const;

/** Says which lock it is that refuses a run. Source: Learn, "Lock your resources to protect your infrastructure". */
export const LOCK_ACTIONS = ["Microsoft.Authorization/locks/read"] as const;
