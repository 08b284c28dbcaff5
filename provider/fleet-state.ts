/** What Pulumi's state says of a fleet: small, since there may be a thousand VMs. Pure. */
import { caselessVmId, vmResourceId } from "../core/arm/invocation";
import { parseVmId } from "../core/arm/vm-id";
import { MAX_CONCURRENCY_DEFAULT, readFleet } from "../core/fleet/fleet-inputs";
import type { Due, Member, StoredFleet } from "../core/fleet/fleet-plan";
import { memberNames } from "../core/fleet/member-names";
import type { Share } from "../core/fleet/share";
import type { KnownWork } from "../core/inputs/desired-state";
import { isObject } from "../core/json";
import type { KnownRuns } from "../core/plan";
import { isDone } from "../core/run/outcome";
import { type Properties, readExecutionState, readStoredWork, textOrNull } from "./state";

/** How the last run on one VM ended. */
export interface FleetMemberResult {
  /** As that of a `RunCommand`; `NotStarted` too where the VM could not be asked. */
  readonly executionState: string;
  /** Missing when the script did not exit by itself, or was not run. */
  readonly exitCode?: number;
}

/** Of a VM's id, all but its last part, which many have in common; then, for each of those parts, what its runs left. */
type MemberRuns = Record<string, Record<string, MemberEntry>>;

/** What `results` do not say. What is as it mostly is, is left out. */
interface MemberEntry {
  /** The run that was tried last; none, where nothing has run yet. */
  readonly run?: string | undefined;
  /** The run whose output is that of `script`. @default that of `run`, as it ended; `null` for none */
  readonly script?: string | null | undefined;
  /** The run that came to an end. @default that of `run` */
  readonly endedAs?: string | undefined;
  readonly vmId?: string | undefined;
  /** @default true */
  readonly created?: boolean | undefined;
  readonly due?: Due | undefined;
  readonly driftCheck?: string | undefined;
  readonly rebuilt?: boolean | undefined;
}

export interface MemberOutputs {
  readonly results: Readonly<Record<string, FleetMemberResult>>;
  readonly failed: readonly string[];
  readonly notTried: readonly string[];
  readonly drifted: readonly string[];
  readonly memberRuns: MemberRuns;
}

/** @param members in the order of the fleet. */
export function memberOutputs(members: readonly Member[], settings: KnownWork["settings"]): MemberOutputs {
  const names = memberNames(members.map(({ target }) => target));
  const named = members.map((member, index) => [names[index] ?? member.target.vmName, member] as const);
  const namesOf = (isMeant: (member: Member) => boolean) =>
    named.flatMap(([name, member]) => (isMeant(member) ? [name] : []));
  const memberRuns: MemberRuns = {};
  for (const member of members) {
    const { before, last } = partsOf(vmResourceId(member.target));
    memberRuns[before] ??= {};
    Object.assign(memberRuns[before], { [last]: entryOf(member) });
  }
  return {
    results: Object.fromEntries(
      named.flatMap(([name, member]) => {
        const result = resultOf(member);
        return result === undefined ? [] : [[name, result]];
      }),
    ),
    failed: namesOf((member) => hasFailed(member, settings)),
    notTried: namesOf(({ due }) => due === "notTried"),
    drifted: namesOf(({ last }) => last !== undefined && last.prior.driftCheckId !== null),
    memberRuns,
  };
}

/** Whether the last thing that was tried there was no success. */
export function hasFailed({ due, last }: Member, settings: KnownWork["settings"]): boolean {
  return due === "failed" || (due === undefined && last !== undefined && !isDone(last.prior.executionState, settings));
}

function resultOf({ last, due, exitCode }: Member): FleetMemberResult | undefined {
  if (last === undefined) {
    return due === "failed" ? { executionState: "NotStarted" } : undefined;
  }
  return { executionState: last.prior.executionState, ...(exitCode === undefined ? {} : { exitCode }) };
}

function entryOf({ last, due, endedAs }: Member): MemberEntry {
  if (last === undefined) {
    return { due };
  }
  const { runId, scriptRunId, vmId, prior } = last;
  const ended = endedAs ?? runId;
  return {
    run: runId,
    endedAs: ended === runId ? undefined : ended,
    script: scriptRunId === ended ? undefined : (scriptRunId ?? null),
    vmId,
    created: prior.created ? undefined : false,
    due,
    driftCheck: prior.driftCheckId ?? undefined,
    rebuilt: prior.rebuilt ? true : undefined,
  };
}

/** @returns undefined when the properties are not those of a fleet that was created. */
export function readStoredFleet(properties: Properties): StoredFleet | undefined {
  const { key, memberRuns, results } = properties;
  if (typeof key !== "string" || !isObject(memberRuns)) {
    return undefined;
  }
  const work = readStoredWork(properties);
  // The engine does not keep the order of a map.
  const places = new Map(storedIds(properties).map((id, place) => [id.toLowerCase(), place]));
  const placeOf = (id: string) => places.get(id.toLowerCase()) ?? Number.MAX_SAFE_INTEGER;
  const entries = Object.entries(memberRuns)
    .flatMap(([before, entries]) =>
      isObject(entries) ? Object.entries(entries).map(([last, entry]) => [`${before}${last}`, entry] as const) : [],
    )
    .sort(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
    .flatMap(([id, entry]) => {
      const parsed = parseVmId(id);
      return parsed.kind === "vm" ? [{ target: parsed.target, entry: isObject(entry) ? entry : {} }] : [];
    });
  const names = memberNames(entries.map(({ target }) => target));
  const known = new Set(entries.map(({ target }) => caselessVmId(target)));
  return {
    key,
    work,
    gone: [...places.keys()].filter((id) => !known.has(id)),
    members: entries.map(({ target, entry }, index) => {
      const result = isObject(results) ? results[names[index] ?? ""] : undefined;
      const read = isObject(result) ? result : {};
      const { runs, endedAs } = readRuns(entry, read, { key, prior: { ...work, target } });
      const { due } = entry;
      return {
        target,
        last: runs,
        exitCode: typeof read.exitCode === "number" ? read.exitCode : undefined,
        due: due === "failed" || due === "notTried" ? due : undefined,
        endedAs,
      };
    }),
  };
}

function readRuns(
  entry: Properties,
  result: Properties,
  { key, prior }: { readonly key: string; readonly prior: Pick<KnownRuns["prior"], "target"> & KnownWork },
): { readonly runs: KnownRuns | undefined; readonly endedAs: string | undefined } {
  const { run, script, vmId, driftCheck } = entry;
  if (typeof run !== "string") {
    return { runs: undefined, endedAs: undefined };
  }
  const ended = textOrNull(entry.endedAs) ?? run;
  const runs: KnownRuns = {
    key,
    generation: Number.parseInt(run, 10) || 0,
    runId: run,
    scriptRunId: script === undefined ? ended : (textOrNull(script) ?? undefined),
    vmId: textOrNull(vmId) ?? undefined,
    prior: {
      ...prior,
      executionState: readExecutionState(result.executionState),
      created: entry.created !== false,
      driftCheckId: textOrNull(driftCheck),
      rebuilt: entry.rebuilt === true,
    },
  };
  return { runs, endedAs: ended === run ? undefined : ended };
}

/** The ids of the VMs that the fleet was to have, in their order. */
export function storedIds({ virtualMachineIds, members }: Properties): readonly string[] {
  const ids = Array.isArray(virtualMachineIds) ? virtualMachineIds : members;
  return Array.isArray(ids) ? ids.map(String) : [];
}

/** On how many VMs at once. */
export function storedConcurrency(properties: Properties): Share {
  const { maxConcurrency } = readFleet(properties, { isUnknown: () => false }).desired;
  return maxConcurrency ?? MAX_CONCURRENCY_DEFAULT;
}

function partsOf(id: string): { readonly before: string; readonly last: string } {
  const split = id.lastIndexOf("/") + 1;
  return { before: id.slice(0, split), last: id.slice(split) };
}
