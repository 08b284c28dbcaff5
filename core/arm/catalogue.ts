/** The commands that Azure offers in a location. */
import { RunFailedError } from "../failures/errors";
import { at, parseJson, textAt } from "../json";
import type { ArmClient, ArmReply } from "./arm-client";
import { cataloguePath } from "./invocation";
import { type ArmError, readArmError } from "./lro";
import { readPages } from "./pages";

export interface CommandPlace {
  readonly subscriptionId: string;
  /** `westeurope` or `West Europe`. */
  readonly location: string;
}

/** One of Azure's commands. What Azure did not say is `undefined`. */
export interface CommandSummary {
  /** What `commandId` is to be given. */
  readonly id: string;
  /** `Linux` or `Windows`. */
  readonly osType: string | undefined;
  readonly label: string | undefined;
  readonly description: string | undefined;
}

export interface CommandDocument extends CommandSummary {
  /** What runs when a request brings no script of its own, line by line. */
  readonly script: readonly string[] | undefined;
  readonly parameters: readonly CommandParameter[] | undefined;
}

export interface CommandParameter {
  readonly name: string;
  readonly type: string | undefined;
  readonly required: boolean | undefined;
  readonly defaultValue: string | undefined;
}

/**
 * All commands of a location, of every operating system.
 *
 * @throws RunFailedError `CatalogueUnreadable`, or when Azure does not answer.
 */
export async function listCommands(
  place: CommandPlace,
  client: ArmClient,
  signal?: AbortSignal,
): Promise<readonly CommandSummary[]> {
  const listed = await readPages(cataloguePath(place.subscriptionId, place.location), client, signal);
  if (listed.kind === "refused") {
    throw unreadable(place, listed);
  }
  return listed.entries.flatMap(readSummary);
}

/**
 * One command with its default script and its parameters.
 *
 * @throws RunFailedError `DocumentUnknown` with the ids that are there, `CatalogueUnreadable`, or when Azure does not answer.
 */
export async function getCommand(
  place: CommandPlace,
  commandId: string,
  client: ArmClient,
  signal?: AbortSignal,
): Promise<CommandDocument> {
  const reply = await client.get(cataloguePath(place.subscriptionId, place.location, commandId), signal);
  if (reply.status === 404) {
    const knownIds = (await listCommands(place, client, signal)).map(({ id }) => id);
    throw new RunFailedError({ kind: "DocumentUnknown", location: place.location, commandId, knownIds });
  }
  const document = reply.status === 200 ? parseJson(reply.body) : undefined;
  const [summary] = readSummary(document);
  if (summary === undefined) {
    throw unreadable(place, { reply, error: readArmError(reply.body) });
  }
  return {
    ...summary,
    script: at(document, "script") === undefined ? undefined : listAt(document, "script").filter(isText),
    parameters:
      at(document, "parameters") === undefined ? undefined : listAt(document, "parameters").flatMap(readParameter),
  };
}

function unreadable(
  { location }: CommandPlace,
  { reply: { status }, error: { code, message } }: { readonly reply: ArmReply; readonly error: ArmError },
): RunFailedError {
  return new RunFailedError({ kind: "CatalogueUnreadable", location, status, code, message });
}

function readSummary(entry: unknown): readonly CommandSummary[] {
  const id = textAt(entry, "id");
  return id === undefined
    ? []
    : [
        {
          id,
          osType: textAt(entry, "osType"),
          label: textAt(entry, "label"),
          description: textAt(entry, "description"),
        },
      ];
}

function readParameter(entry: unknown): readonly CommandParameter[] {
  const name = textAt(entry, "name");
  const required = at(entry, "required");
  return name === undefined
    ? []
    : [
        {
          name,
          type: textAt(entry, "type"),
          required: typeof required === "boolean" ? required : undefined,
          defaultValue: textAt(entry, "defaultValue"),
        },
      ];
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function listAt(value: unknown, name: string): readonly unknown[] {
  const found = at(value, name);
  return Array.isArray(found) ? found : [];
}
