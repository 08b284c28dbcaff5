/** What a script of a fleet printed on one VM, as a function for Pulumi programs. Runs in the user's program. */
import * as pulumi from "@pulumi/pulumi";
import { describeFailure, type RunFailure } from "../core/failures/errors";
import type { Member, StoredFleet } from "../core/fleet/fleet-plan";
import { memberNames } from "../core/fleet/member-names";
import type { Reporter } from "../core/outside";
import { lookAtRun } from "../core/run/look-at-run";
import type { RunResult } from "../core/run/outcome";
import type { Session } from "../core/run/session";
import { quotedNames } from "../core/words";
import { readStoredFleet } from "./fleet-state";
import { askAzure } from "./program-session";
import type { RunCommandFleet } from "./run-command-fleet";
import { maskFor, secretValues } from "./secret-values";
import { clean, type Properties } from "./state";
import { withoutTellingDigests } from "./stored-outputs";

/** What `getRunCommandOutput` is given. */
export interface GetRunCommandOutputArgs {
  /** The fleet, as the program made it. */
  readonly fleet: RunCommandFleet;
  /** The VM's name, as `results` of the fleet has it. */
  readonly vmName: pulumi.Input<string>;
}

/** What is known of the last run on one VM: the outputs that a `RunCommand` has of it. What is not known is missing. */
export type RunCommandOutput = { readonly [Name in keyof RunResult]?: Exclude<RunResult[Name], undefined> };

/**
 * What the last run of a fleet printed on one of its VMs, at most `outputMaxBytes` of each stream, read from what it left there.
 *
 * Asks the VM each time, also in a preview, with the sign-in of the resources; runs nothing there. In the preview of a
 * deployment that changes the fleet it is not known. Secrets of the fleet are replaced by `[secret]`.
 *
 * @throws pulumi.RunError a sentence: the VM is none of the fleet, nothing has run there, or what it left there is gone.
 */
export function getRunCommandOutput({ fleet, vmName }: GetRunCommandOutputArgs): pulumi.Output<RunCommandOutput> {
  const outputs = Object.fromEntries(Object.entries(fleet).filter(([, value]) => pulumi.Output.isInstance(value)));
  const asked = pulumi
    .output({ vmName, properties: outputs })
    .apply(({ vmName: name, properties }) => outputOfVm(name, properties as Properties));
  // What is secret in it was replaced.
  return pulumi.unsecret(asked);
}

/**
 * @param properties of the fleet, its outputs among them.
 * @throws pulumi.RunError as `getRunCommandOutput`.
 */
export async function outputOfVm(name: string, properties: Properties): Promise<RunCommandOutput> {
  const stored = readStoredFleet(properties);
  const member = memberOf(name, stored);
  if (stored === undefined || member.last === undefined) {
    throw new pulumi.RunError(`nothing of this fleet has run on '${name}': there is no output`);
  }
  const result = await askAzure((session) => readReceipt({ name, member, stored, properties }, session));
  const hasSecrets = secretValues(properties).length > 0 || properties.earlierSecrets !== undefined;
  return clean(withoutTellingDigests({ ...result }, hasSecrets));
}

function memberOf(name: string, stored: StoredFleet | undefined): Member {
  const members = stored?.members ?? [];
  const names = memberNames(members.map(({ target }) => target));
  const member = members[names.indexOf(name)];
  if (member === undefined) {
    const there = names.length === 0 ? "it has none" : `its VMs are ${quotedNames(names, NAMES_MAX)}`;
    throw new pulumi.RunError(`'${name}' is no VM of this fleet; ${there}`);
  }
  return member;
}

/** Source: our own choice: as many as one reads. */
const NAMES_MAX = 10;

interface Asked {
  readonly name: string;
  readonly member: Member;
  readonly stored: StoredFleet;
  readonly properties: Properties;
}

async function readReceipt({ name, member, stored, properties }: Asked, session: Session): Promise<RunResult> {
  const { target, last, endedAs } = member;
  const { key, work } = stored;
  const { settings } = work;
  const looking = {
    target,
    name: { key, runId: endedAs ?? last?.runId ?? "" },
    label: name,
    mask: maskFor(properties),
    watching: settings,
    readyTimeoutInSeconds: settings.readyTimeoutInSeconds,
    knownVmId: last?.vmId,
    waits: false,
  };
  const { executed } = await lookAtRun(looking, session, SILENT);
  if (executed === undefined) {
    throw new pulumi.RunError(`the script on '${name}' is still running: its output is not whole yet`);
  }
  const { result, failure, evidence } = executed.outcome;
  if (failure !== undefined && result.executionState === "Unknown") {
    throw new pulumi.RunError(describeUnread(name, failure, evidence));
  }
  return result;
}

function describeUnread(name: string, failure: RunFailure, evidence: readonly string[] | undefined): string {
  return failure.kind === "ReceiptGone"
    ? `the output of the script on '${name}' is no longer there: what the fleet had left on the VM was removed`
    : `the output of the script on '${name}' cannot be read: ${describeFailure(failure, true, "list", evidence)}`;
}

/** A program has no line of its own. */
const SILENT: Reporter = { progress: () => undefined, info: () => undefined, warn: () => undefined };
