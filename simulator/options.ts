/** Checks what the simulator is started with. Pure. */

import type { ThrottlingKind } from "./arm/throttling";
import type { Fault } from "./faults/fault";
import { DEFAULT_SEED, SEED_MAX } from "./faults/names";
import { readFaultFlag } from "./faults/read";
import type { Problem } from "./problem";
import type { WantedScaleSet } from "./scale-set";
import { readScaleSetFlag } from "./scale-set-flag";

import type { TimingKind } from "./timing";
import { isVmName } from "./vm-name";

export const GUEST_KINDS = ["auto", "namespace", "docker", "process"] as const;
export type GuestChoice = (typeof GUEST_KINDS)[number];

/** What the user gave, as text; nothing checked yet. */
export interface RawOptions {
  readonly vm?: readonly string[];
  /** Each of the form `name[:mode=uniform|flexible,count=N]`. */
  readonly scaleSet?: readonly string[];
  readonly resourceGroup?: string;
  readonly location?: string;
  readonly subscription?: string;
  readonly port?: string;
  readonly timing?: string;
  readonly throttling?: string;
  readonly state?: string;
  readonly envFile?: string;
  readonly guest?: string;
  readonly rootfs?: string;
  /** Each of the form `name[:key=value,…]`. */
  readonly fault?: readonly string[];
  readonly seed?: string;
}

export interface SimulatorOptions {
  /** Empty: those that the state keeps, else `vm1`, unless there are scale sets. */
  readonly vmNames: readonly string[];
  /** Made where the state keeps none of that name. */
  readonly scaleSets: readonly WantedScaleSet[];
  readonly resourceGroup: string;
  readonly location: string;
  /** Undefined: the one that the state keeps, else a new one. */
  readonly subscriptionId: string | undefined;
  readonly port: number;
  readonly timing: TimingKind;
  readonly throttling: ThrottlingKind;
  readonly stateFolder: string | undefined;
  readonly environmentFile: string | undefined;
  readonly guest: GuestChoice;
  readonly rootfs: string | undefined;
  /** Set from the start, in this order. */
  readonly faults: readonly Fault[];
  /** Of the shares of faults. */
  readonly seed: number;
}

export const DEFAULT_VM_NAME = "vm1";
export const DEFAULT_RESOURCE_GROUP = "rg";
export const DEFAULT_LOCATION = "westeurope";

export type CheckedOptions =
  | { readonly kind: "options"; readonly options: SimulatorOptions }
  | { readonly kind: "problem"; readonly problem: Problem };

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules (resourceGroups). */
const RESOURCE_GROUP = /^[\p{L}\p{N}._()-]{0,89}[\p{L}\p{N}_()-]$/u;
const PORT_MAX = 65_535;

export function checkOptions(raw: RawOptions): CheckedOptions {
  const problem = findProblem(raw);
  if (problem !== undefined) {
    return { kind: "problem", problem };
  }
  const faults: Fault[] = [];
  for (const given of raw.fault ?? []) {
    const reading = readFaultFlag(given);
    if (reading.kind === "problem") {
      return { kind: "problem", problem: { kind: "BadFault", given, fault: reading.problem } };
    }
    faults.push(reading.fault);
  }
  const scaleSets: WantedScaleSet[] = [];
  for (const given of raw.scaleSet ?? []) {
    const reading = readScaleSetFlag(given);
    if (reading.kind === "problem") {
      return { kind: "problem", problem: { kind: "BadScaleSet", given, scaleSet: reading.problem } };
    }
    if (scaleSets.some(({ name }) => name.toLowerCase() === reading.scaleSet.name.toLowerCase())) {
      return { kind: "problem", problem: { kind: "DuplicateScaleSet", name: reading.scaleSet.name } };
    }
    scaleSets.push(reading.scaleSet);
  }
  return {
    kind: "options",
    options: {
      vmNames: raw.vm ?? [],
      scaleSets,
      resourceGroup: raw.resourceGroup ?? DEFAULT_RESOURCE_GROUP,
      location: (raw.location ?? DEFAULT_LOCATION).toLowerCase(),
      subscriptionId: raw.subscription?.toLowerCase(),
      port: Number(raw.port ?? "0"),
      timing: raw.timing === "realistic" ? "realistic" : "fast",
      throttling: (raw.throttling ?? (raw.timing === "realistic" ? "azure" : "none")) === "azure" ? "azure" : "none",
      stateFolder: raw.state,
      environmentFile: raw.envFile,
      guest: GUEST_KINDS.find((kind) => kind === raw.guest) ?? "auto",
      rootfs: raw.rootfs,
      faults,
      seed: Number(raw.seed ?? DEFAULT_SEED),
    },
  };
}

function findProblem(raw: RawOptions): Problem | undefined {
  if (raw.guest !== undefined && !GUEST_KINDS.some((kind) => kind === raw.guest)) {
    return { kind: "UnknownGuest", given: raw.guest, known: GUEST_KINDS };
  }
  if (raw.timing !== undefined && raw.timing !== "fast" && raw.timing !== "realistic") {
    return { kind: "UnknownTiming", given: raw.timing };
  }
  if (raw.throttling !== undefined && raw.throttling !== "azure" && raw.throttling !== "none") {
    return { kind: "UnknownThrottling", given: raw.throttling };
  }
  if (raw.subscription !== undefined && !GUID.test(raw.subscription)) {
    return { kind: "BadSubscription", given: raw.subscription };
  }
  if (raw.resourceGroup !== undefined && !RESOURCE_GROUP.test(raw.resourceGroup)) {
    return { kind: "BadResourceGroup", given: raw.resourceGroup };
  }
  if (raw.location !== undefined && !/^[a-z0-9]{1,40}$/i.test(raw.location)) {
    return { kind: "BadLocation", given: raw.location };
  }
  if (raw.port !== undefined && !(/^\d{1,5}$/.test(raw.port) && Number(raw.port) <= PORT_MAX)) {
    return { kind: "BadPort", given: raw.port };
  }
  if (raw.seed !== undefined && !(/^\d{1,10}$/.test(raw.seed) && Number(raw.seed) <= SEED_MAX)) {
    return { kind: "BadSeed", given: raw.seed };
  }
  return findVmProblem(raw.vm ?? []);
}

function findVmProblem(names: readonly string[]): Problem | undefined {
  const bad = names.find((name) => !isVmName(name));
  if (bad !== undefined) {
    return { kind: "BadVmName", given: bad };
  }
  const twice = names.find((name, index) =>
    names.slice(0, index).some((other) => other.toLowerCase() === name.toLowerCase()),
  );
  return twice === undefined ? undefined : { kind: "DuplicateVm", name: twice };
}
