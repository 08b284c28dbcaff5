/** The commands that Azure offers in a location, as functions for Pulumi programs. Runs in the user's program. */
import * as pulumi from "@pulumi/pulumi";
import type { ArmClient } from "../core/arm/arm-client";
import {
  type CommandPlace,
  getCommand,
  listCommands,
  type CommandDocument as RunCommandDocument,
  type CommandSummary as RunCommandDocumentSummary,
} from "../core/arm/catalogue";
import { wrongKind } from "../core/inputs/input";
import { askAzure } from "./program-session";

export type {
  CommandDocument as RunCommandDocument,
  CommandParameter as RunCommandDocumentParameter,
  CommandSummary as RunCommandDocumentSummary,
} from "../core/arm/catalogue";

export interface GetRunCommandDocumentsArgs {
  /** `westeurope`, or `West Europe`. */
  readonly location: string;
  /** @default that of `azure-native:subscriptionId`, `ARM_SUBSCRIPTION_ID` or `AZURE_SUBSCRIPTION_ID` */
  readonly subscriptionId?: string | undefined;
}

export interface GetRunCommandDocumentArgs extends GetRunCommandDocumentsArgs {
  /** `RunShellScript`, `ifconfig`, … */
  readonly commandId: string;
}

export type GetRunCommandDocumentsOutputArgs = {
  readonly [Name in keyof GetRunCommandDocumentsArgs]: pulumi.Input<GetRunCommandDocumentsArgs[Name]>;
};

export type GetRunCommandDocumentOutputArgs = {
  readonly [Name in keyof GetRunCommandDocumentArgs]: pulumi.Input<GetRunCommandDocumentArgs[Name]>;
};

/**
 * The commands that Azure offers in a location, of both operating systems, in Azure's order.
 *
 * Asks Azure each time, also in a preview, with the sign-in of the resources. Needs the right
 * `Microsoft.Compute/locations/runCommands/read` in the subscription.
 *
 * @throws pulumi.RunError a sentence: what was refused, and what to do.
 */
export async function getRunCommandDocuments(
  args: GetRunCommandDocumentsArgs,
): Promise<readonly RunCommandDocumentSummary[]> {
  return ask(args, [], listCommands);
}

/**
 * One command, with its default script and its parameters. Otherwise as `getRunCommandDocuments`.
 *
 * @throws pulumi.RunError a sentence; of an id that is not there, it names those that are.
 */
export async function getRunCommandDocument(args: GetRunCommandDocumentArgs): Promise<RunCommandDocument> {
  return ask(args, ["commandId"], async (place, client) => getCommand(place, args.commandId, client));
}

/** `getRunCommandDocuments` of arguments that may be outputs. */
export function getRunCommandDocumentsOutput(
  args: GetRunCommandDocumentsOutputArgs,
): pulumi.Output<readonly RunCommandDocumentSummary[]> {
  return pulumi.output(args).apply((known) => getRunCommandDocuments(known));
}

/** `getRunCommandDocument` of arguments that may be outputs. */
export function getRunCommandDocumentOutput(args: GetRunCommandDocumentOutputArgs): pulumi.Output<RunCommandDocument> {
  return pulumi.output(args).apply((known) => getRunCommandDocument(known));
}

async function ask<Answer>(
  args: GetRunCommandDocumentsArgs,
  names: readonly string[],
  question: (place: CommandPlace, client: ArmClient) => Promise<Answer>,
): Promise<Answer> {
  requireTexts({ ...args }, ["location", ...names]);
  return askAzure(async (session) => {
    const subscriptionId = args.subscriptionId ?? session.settings.subscriptionId?.value;
    if (subscriptionId === undefined) {
      throw new pulumi.RunError(
        "no subscription is known: set azure-native:subscriptionId, ARM_SUBSCRIPTION_ID or AZURE_SUBSCRIPTION_ID, or give 'subscriptionId'",
      );
    }
    return question({ subscriptionId, location: args.location }, await session.client());
  });
}

/** The program may have no types. An empty text would ask for something else than what was meant. */
function requireTexts(args: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  for (const name of names) {
    const value = args[name];
    if (typeof value !== "string" || value.trim() === "") {
      throw new pulumi.RunError(`${name} ${typeof value === "string" ? "is blank" : wrongKind(value, "text")}`);
    }
  }
}
