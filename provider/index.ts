/**
 * `azure-run-command`: what a Pulumi program imports.
 *
 * @packageDocumentation
 */
export type { AzureResource } from "./azure-resource";
export {
  type GetRunCommandDocumentArgs,
  type GetRunCommandDocumentOutputArgs,
  type GetRunCommandDocumentsArgs,
  type GetRunCommandDocumentsOutputArgs,
  getRunCommandDocument,
  getRunCommandDocumentOutput,
  getRunCommandDocuments,
  getRunCommandDocumentsOutput,
  type RunCommandDocument,
  type RunCommandDocumentParameter,
  type RunCommandDocumentSummary,
} from "./catalogue";
export { type RawParameter, RunCommand, type RunCommandArgs } from "./run-command";
export { RunCommandExtension, type RunCommandExtensionArgs } from "./run-command-extension";
export {
  type FleetMemberResult,
  type FleetScriptArgs,
  RunCommandFleet,
  type RunCommandFleetArgs,
} from "./run-command-fleet";
export { type GetRunCommandOutputArgs, getRunCommandOutput, type RunCommandOutput } from "./run-command-output";
