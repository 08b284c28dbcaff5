/** Reads the body of `POST …/runCommand`: schema first, then the catalogue. */
import type { RunRequest } from "../runs";
import type { ScriptParameter } from "../script-text";
import { findCommand } from "./catalogue";
import type { Refusal } from "./errors";

/**
 * JSON schema of `RunCommandInput`. Source: azure-rest-api-specs ComputeRP 2024-03-01 runCommand.json (commandId required,
 * script an array of strings, parameters of `{name, value}`, both required). Null counts as absent: assumed.
 */
export const RUN_COMMAND_SCHEMA = {
  type: "object",
  required: ["commandId"],
  properties: {
    commandId: { type: "string", minLength: 1 },
    script: { type: ["array", "null"], items: { type: "string" } },
    parameters: {
      type: ["array", "null"],
      items: {
        type: "object",
        required: ["name", "value"],
        properties: { name: { type: "string" }, value: { type: "string" } },
      },
    },
  },
} as const;

/** What the schema lets through. */
export interface RunCommandBody {
  readonly commandId: string;
  readonly script?: readonly string[] | null;
  readonly parameters?: readonly ScriptParameter[] | null;
}

export type BodyReading =
  | { readonly kind: "request"; readonly request: RunRequest }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export function readRunCommandBody(body: RunCommandBody): BodyReading {
  const entry = findCommand(body.commandId);
  if ("kind" in entry) {
    return { kind: "refused", refusal: entry };
  }
  if (!isLinuxCommand(entry.id)) {
    return { kind: "refused", refusal: { kind: "WindowsCommandOnLinux", commandId: entry.id } };
  }
  return {
    kind: "request",
    request: { commandId: entry.id, script: body.script ?? undefined, parameters: body.parameters ?? [] },
  };
}

function isLinuxCommand(id: string): id is RunRequest["commandId"] {
  return id === "RunShellScript" || id === "ifconfig" || id === "RemoveRunCommandLinuxExtension";
}
