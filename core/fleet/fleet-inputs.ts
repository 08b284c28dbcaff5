/** Reads the inputs of a fleet: which VMs, what to do there, on how many at once. Pure; knows neither Pulumi nor CDK. */
import { type VmTarget, vmResourceId } from "../arm/invocation";
import { parseVmId } from "../arm/vm-id";
import {
  type DesiredWork,
  INPUT_NAMES,
  type KnownWork,
  type Problem,
  problemReader,
  type ReadOptions,
  readWork,
  whenWorkKnown,
} from "../inputs/desired-state";
import { isGiven, type Reader, wrongKind } from "../inputs/input";
import { textAt } from "../json";
import { readShare, type Share } from "./share";

/** What a fleet wants to be true, of which everything is known. */
export interface KnownFleet {
  /** In the order in which they are run on. */
  readonly targets: readonly VmTarget[];
  readonly work: KnownWork;
  /** On how many VMs at once. */
  readonly maxConcurrency: Share;
  /** How many VMs may fail before no further one is begun. */
  readonly maxErrors: Share;
}

/** The same while parts of it are not known yet: those are `undefined`. */
export interface DesiredFleet {
  readonly targets: readonly VmTarget[] | undefined;
  readonly work: DesiredWork;
  readonly maxConcurrency: Share | undefined;
  readonly maxErrors: Share | undefined;
}

/** Inputs of a run command that a fleet does not have: it names its VMs in another way, and leaves receipts on each. */
const NOT_OF_FLEET: readonly string[] = [
  "virtualMachineId",
  "resourceGroupName",
  "vmName",
  "commandId",
  "rawParameters",
];

/** In the order in which they are documented. */
export const FLEET_INPUT_NAMES: readonly string[] = [
  "virtualMachines",
  "virtualMachineIds",
  "scaleSet",
  "scaleSetId",
  ...INPUT_NAMES.filter((name) => !NOT_OF_FLEET.includes(name)),
  "maxConcurrency",
  "maxErrors",
];

/** Source: our own choice: what one process can wait for at once, and few enough that a mistake does not reach all. */
export const MAX_CONCURRENCY_DEFAULT: Share = { kind: "count", count: 50 };
/** The first failure stops it. */
export const MAX_ERRORS_DEFAULT: Share = { kind: "count", count: 0 };

/** The ways to say which VMs; one of them is given. */
const WAYS = ["virtualMachines", "virtualMachineIds", "scaleSet", "scaleSetId"] as const;

type Raw = Readonly<Record<string, unknown>>;

export interface ReadFleet {
  readonly desired: DesiredFleet;
  readonly problems: readonly Problem[];
}

/**
 * @param raw where there is a `scaleSetId`, with the ids of its VMs as `members`, or `{ problem }` where it is no id: whoever
 * lists them has judged it.
 */
export function readFleet(raw: Raw, options: ReadOptions): ReadFleet {
  const { reader, problems } = problemReader(raw, FLEET_INPUT_NAMES, options);
  const desired: DesiredFleet = {
    targets: readTargets(raw, reader),
    work: readWork(raw, reader),
    maxConcurrency: readShare(
      "maxConcurrency",
      raw.maxConcurrency,
      { least: 1, absent: MAX_CONCURRENCY_DEFAULT },
      reader,
    ),
    maxErrors: readShare("maxErrors", raw.maxErrors, { least: 0, absent: MAX_ERRORS_DEFAULT }, reader),
  };
  return { desired, problems };
}

/** @returns undefined while something is not known. */
export function whenFleetKnown({ targets, work, maxConcurrency, maxErrors }: DesiredFleet): KnownFleet | undefined {
  const known = whenWorkKnown(work);
  return targets === undefined || known === undefined || maxConcurrency === undefined || maxErrors === undefined
    ? undefined
    : { targets, work: known, maxConcurrency, maxErrors };
}

/** What makes a fleet of no VMs, which is allowed, worth a word. */
export function emptyFleetWarnings({ targets }: DesiredFleet, raw: Raw): readonly string[] {
  return targets?.length !== 0
    ? []
    : [
        isGiven(raw.scaleSetId)
          ? "the scale set has no VMs: nothing is run until it has some, and is deployed again"
          : "virtualMachineIds is an empty list: nothing is run",
      ];
}

function readTargets(raw: Raw, reader: Reader): readonly VmTarget[] | undefined {
  const { virtualMachineIds: ids, scaleSetId, members } = raw;
  const [first, second] = WAYS.filter((way) => isGiven(raw[way]));
  if (first === undefined) {
    reader.report("virtualMachineIds", "is missing; give the VMs' ids, or 'scaleSetId'");
    return undefined;
  }
  if (second !== undefined) {
    reader.report(first, `and '${second}' are both given; give one or the other`);
    return undefined;
  }
  if (first === "virtualMachines" || first === "scaleSet") {
    reader.report(first, wrongResource(first, raw[first]));
    return undefined;
  }
  if (!isGiven(scaleSetId)) {
    return readIds("virtualMachineIds", ids, reader);
  }
  const problem = textAt(members, "problem");
  if (problem !== undefined) {
    reader.report("scaleSetId", problem);
    return undefined;
  }
  return readIds("scaleSetId", members, reader);
}

/** A program sends ids in the place of resources, except where something is wrong with these. */
function wrongResource(way: "virtualMachines" | "scaleSet", value: unknown): string {
  switch (way) {
    case "virtualMachines":
      return `${wrongKind(value, "a list of VMs' resources")}; give ids as 'virtualMachineIds'`;
    case "scaleSet":
      return `${wrongKind(value, "a scale set's resource")}; give an id as 'scaleSetId'`;
  }
}

function readIds(property: string, ids: unknown, reader: Reader): readonly VmTarget[] | undefined {
  if (reader.isUnknown(ids)) {
    return undefined;
  }
  if (!Array.isArray(ids)) {
    reader.report(property, wrongKind(ids, "a list of the ids of VMs"));
    return undefined;
  }
  const read = ids.map((id: unknown, index) => readId(property, id, index, reader));
  const targets = read.filter((target) => target !== undefined);
  const repeated = repetitions(targets.map((target) => vmResourceId(target)));
  for (const index of repeated) {
    reader.report(property, `has the VM '${targets[index]?.vmName}' more than once; give each VM once`);
  }
  return targets.length === read.length && repeated.length === 0 ? targets : undefined;
}

function readId(property: string, id: unknown, index: number, reader: Reader): VmTarget | undefined {
  if (reader.isUnknown(id)) {
    return undefined;
  }
  const parsed =
    typeof id === "string" ? parseVmId(id) : { kind: "problem" as const, problem: wrongKind(id, "the id of a VM") };
  switch (parsed.kind) {
    case "vm":
      return parsed.target;
    case "problem":
      reader.report(property, `has at position ${index + 1} a value that ${parsed.problem}`);
      return undefined;
  }
}

/** Where each text that was there before is there for the second time. ARM does not look at case. */
function repetitions(texts: readonly string[]): readonly number[] {
  const counts = new Map<string, number>();
  return texts.flatMap((text, index) => {
    const count = (counts.get(text.toLowerCase()) ?? 0) + 1;
    counts.set(text.toLowerCase(), count);
    return count === 2 ? [index] : [];
  });
}
