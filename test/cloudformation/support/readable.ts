/** What happened in a simulated cloud, in lines that a test can compare. */
import type { StackEvent } from "../simulator/engine/stack";

export type Lines = readonly string[];

/** `Run CREATE_FAILED: why`: of run commands, of siblings that fail, and of the stack itself. */
export function linesOf(events: readonly StackEvent[]): Lines {
  return events
    .filter(({ type }) => /^(Custom::AzureRunCommand|Simulator::|AWS::CloudFormation::Stack$)/.test(type))
    .map(({ logicalId, type, status, reason }) => {
      const name = type.startsWith("Custom::") ? logicalId.replace(/^(vm[0-9]+)?(.*)[0-9A-F]{8}$/, "$2") : logicalId;
      return `${name} ${status}${reason === undefined ? "" : `: ${plain(reason)}`}`;
    });
}

/** Random parts replaced. */
export function plain(text: string): string {
  return (
    text
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>")
      .replace(/\b([0-9]+-(?:create|update|delete))-[0-9a-f]{12}/g, "$1-<h>")
      .replace(/\b[0-9a-f]{20}\b/g, "<key>")
      .replace(/azrc-[0-9a-f]{10}-/g, "azrc-<vm>-")
      .replace(/\b20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/g, "<time>")
      .replace(/AzureRunCommandProvider(OnEvent|IsComplete)[0-9A-F]*/g, "Provider<hash>$1")
      .replace(/AzureRunCommandProviderRole[0-9A-F]*/g, "Provider<hash>Role")
      .replace(/-[A-Z0-9]{12}\b/g, "-<suffix>")
      .replace(/(?<=[[ ])(vm[0-9]+)?([A-Z][A-Za-z]*)[0-9A-F]{8}(?=[\],])/g, "$2")
      // The framework's own, of a function that died.
      .replace(/(\n {4}at .*)+/, "<stack>")
  );
}
