/** `azure-run-command`: what a Pulumi program imports. */
export { RunCommand, type RunCommandArgs } from "./run-command";
