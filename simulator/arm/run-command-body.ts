/** Reads the body of `POST …/runCommand`: schema first, then the catalogue. */
import type { RunRequest } from "../runs";
import { IFCONFIG_SCRIPT, type ScriptParameter } from "../script-text";
import type { Catalogue, CatalogueEntry } from "./catalogue";
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

export function readRunCommandBody(catalogue: Catalogue, body: RunCommandBody): BodyReading {
  const entry = catalogue.find(body.commandId);
  if ("kind" in entry) {
    return { kind: "refused", refusal: entry };
  }
  if (entry.osType !== "Linux") {
    return { kind: "refused", refusal: { kind: "WindowsCommandOnLinux", commandId: entry.id } };
  }
  return {
    kind: "request",
    request: {
      commandId: entry.id,
      removesExtension: entry.id === "RemoveRunCommandLinuxExtension",
      script: scriptOf(entry, body.script ?? []),
      parameters: body.parameters ?? [],
    },
  };
}

/** A given script takes the place of the command's own. Source: azure-wire.md section 1 (swagger); not with `ifconfig`: assumed. */
function scriptOf(entry: CatalogueEntry, given: readonly string[]): readonly string[] {
  if (entry.definition === undefined) {
    return IFCONFIG_SCRIPT;
  }
  return given.length === 0 ? entry.definition.script : given;
}
