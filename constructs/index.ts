/**
 * `azure-run-command/constructs`: what an AWS CDK app imports.
 *
 * @packageDocumentation
 */
export { AzureVirtualMachine, type AzureVirtualMachineAttributes } from "./azure-virtual-machine";
export {
  type AzureClientSecretProps,
  AzureCredentials,
  type AzureCredentialsConfig,
  type AzureWebIdentityProps,
} from "./credentials";
export { AzureRunCommandProvider } from "./provider";
export type { AzureRunCommandProviderProps } from "./provider-props";
export { AzureRunCommand } from "./run-command";
export type { AzureRunCommandOptions, AzureRunCommandProps } from "./run-command-props";
export {
  AzureCloud,
  DeleteFailure,
  RebootPolicy,
  RemoveExtension,
  RollbackBehavior,
  RunCommandLogging,
} from "./run-command-words";
export { RunCommandScript, type RunCommandScriptConfig } from "./script";
export { RunCommandSecret, type RunCommandSecretConfig } from "./secret";
export type { IAzureVirtualMachine } from "./virtual-machine";
