/**
 * `azure-run-command/azure-native`: what a program needs beside its VMs, made by azure-native.
 *
 * @packageDocumentation
 */
export { type RunCommandEgressRuleArgs, runCommandEgressRule } from "./run-command-egress-rule";
export { type RunCommandRole, type RunCommandRoleArgs, runCommandRole } from "./run-command-role";
