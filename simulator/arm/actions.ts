/** The actions by which Azure names what a caller may do. Data only. */

/**
 * Source: azure-wire.md section 8; Learn "Azure permissions for Compute", "… for Management and governance" and "… for General"
 * (subscriptions and resource groups).
 */
export const ACTIONS = [
  "Microsoft.Compute/virtualMachines/read",
  "Microsoft.Compute/virtualMachines/instanceView/read",
  "Microsoft.Compute/virtualMachines/extensions/read",
  "Microsoft.Compute/virtualMachines/runCommands/read",
  "Microsoft.Compute/virtualMachines/delete",
  "Microsoft.Compute/virtualMachines/powerOff/action",
  "Microsoft.Compute/virtualMachines/deallocate/action",
  "Microsoft.Compute/virtualMachines/start/action",
  "Microsoft.Compute/virtualMachines/restart/action",
  "Microsoft.Compute/virtualMachines/runCommand/action",
  "Microsoft.Compute/virtualMachineScaleSets/read",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/extensions/read",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommands/read",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/delete",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/powerOff/action",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/deallocate/action",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/start/action",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/restart/action",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/reimage/action",
  "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action",
  "Microsoft.Compute/locations/operations/read",
  "Microsoft.Compute/locations/runCommands/read",
  "Microsoft.Authorization/locks/read",
  "Microsoft.Authorization/permissions/read",
  "Microsoft.Resources/subscriptions/read",
  "Microsoft.Resources/subscriptions/resourceGroups/read",
] as const;

export type Action = (typeof ACTIONS)[number];
