/** What survives a restart of the simulator, in the folder given by `--state`: read, written whole, and guarded by a lock. */

import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AGENT_STATUSES, type VmAgent } from "./agent-status";
import type { Instant } from "./arm/instant";
import { LOCK_LEVELS, type Lock } from "./arm/locks";
import { CannotStart } from "./problem";
import { type Membership, ORCHESTRATION_MODES, type ScaleSet } from "./scale-set";
import type { PowerState } from "./world";

export interface StoredMachine {
  readonly name: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly vmId: string;
  readonly createdAt: Instant;
  readonly power: PowerState;
  readonly generation: number;
  /** This and the next: undefined in states that were written before there were such. */
  readonly agent?: VmAgent;
  readonly allowExtensionOperations?: boolean;
  /** Undefined for a VM that belongs to no scale set. */
  readonly member?: Membership;
}

export interface StoredState {
  readonly version: 1;
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly groups: readonly { readonly name: string; readonly location: string }[];
  readonly machines: readonly StoredMachine[];
  /** Undefined in states that were written before there were locks. */
  readonly locks?: readonly Lock[];
  /** Undefined in states that were written before there were scale sets. */
  readonly scaleSets?: readonly ScaleSet[];
}

const STATE_FILE = "simulator.json";
const LOCK_FILE = "lock";

/** @returns undefined when the folder is new. */
export function readState(folder: string): StoredState | undefined {
  const file = join(folder, STATE_FILE);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return undefined;
    }
    throw new CannotStart({ kind: "StateUnreadable", file, why: reasonOf(error) }, { cause: error });
  }
  const state = parseState(text);
  if (state === undefined) {
    throw new CannotStart({
      kind: "StateUnreadable",
      file,
      why: "it does not hold the state of a simulator of this version",
    });
  }
  return state;
}

function parseState(text: string): StoredState | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isState(value: unknown): value is StoredState {
  return (
    typeof value === "object" &&
    value !== null &&
    "version" in value &&
    value.version === 1 &&
    "subscriptionId" in value &&
    "tenantId" in value &&
    "groups" in value &&
    Array.isArray(value.groups) &&
    "machines" in value &&
    Array.isArray(value.machines) &&
    value.machines.every(isStoredMachine) &&
    (!("locks" in value) || (Array.isArray(value.locks) && value.locks.every(isStoredLock))) &&
    (!("scaleSets" in value) || (Array.isArray(value.scaleSets) && value.scaleSets.every(isStoredScaleSet)))
  );
}

function isStoredScaleSet(value: unknown): boolean {
  const scaleSet = fieldsOf(value);
  return (
    ["name", "resourceGroup", "location", "uniqueId"].every((name) => typeof scaleSet[name] === "string") &&
    ORCHESTRATION_MODES.some((known) => known === scaleSet.mode) &&
    Number.isSafeInteger(scaleSet.nextInstanceId)
  );
}

function isStoredMembership(value: unknown): boolean {
  const { scaleSet, instanceId } = fieldsOf(value);
  return typeof scaleSet === "string" && (instanceId === undefined || /^[0-9]+$/.test(String(instanceId)));
}

function isStoredLock(value: unknown): boolean {
  const { name, scope, level } = fieldsOf(value);
  return typeof name === "string" && typeof scope === "string" && LOCK_LEVELS.some((known) => known === level);
}

function isStoredAgent(value: unknown): boolean {
  const { status, version, outbound443 } = fieldsOf(value);
  return (
    AGENT_STATUSES.some((known) => known === status) &&
    typeof version === "string" &&
    (outbound443 === "open" || outbound443 === "closed")
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** The vmId names a folder that is deleted with its VM, so it must be nothing but a GUID. */
function isStoredMachine(value: unknown): boolean {
  const machine = fieldsOf(value);
  const texts = ["name", "resourceGroup", "location", "vmId", "power"];
  return (
    texts.every((name) => typeof machine[name] === "string") &&
    (machine.agent === undefined || isStoredAgent(machine.agent)) &&
    (machine.member === undefined || isStoredMembership(machine.member)) &&
    (machine.allowExtensionOperations === undefined || typeof machine.allowExtensionOperations === "boolean") &&
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(String(machine.vmId))
  );
}

/** Replaces the file in one step, so that a killed simulator leaves the old one or the new one. */
export function writeState(folder: string, state: StoredState): void {
  const file = join(folder, STATE_FILE);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/**
 * Makes the folder and takes it for this process. A lock whose process is gone (killed) is taken over.
 * @returns what gives the folder back.
 */
export function lockFolder(folder: string): () => void {
  try {
    makeFolder(resolve(folder));
    readdirSync(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new CannotStart({ kind: "StateNotWritable", folder, why: reasonOf(error) }, { cause: error });
  }
  const file = join(folder, LOCK_FILE);
  const mine = `${process.pid} ${startOfProcess(process.pid) ?? ""}`;
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt += 1) {
    try {
      writeFileSync(file, mine, { flag: "wx", mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (codeOf(error) !== "EEXIST") {
        throw new CannotStart({ kind: "StateNotWritable", folder, why: reasonOf(error) }, { cause: error });
      }
    }
    const holder = livingHolder(file);
    if (holder !== undefined) {
      throw new CannotStart({ kind: "StateInUse", folder, pid: holder });
    }
    rmSync(file, { force: true });
  }
  throw new CannotStart({ kind: "StateNotWritable", folder, why: "other simulators take its lock all the time" });
}

/** Node's own recursive `mkdirSync` never returns where the system says that a folder's parent is missing, as below /proc. */
function makeFolder(folder: string): void {
  if (!existsSync(folder)) {
    makeFolder(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

/** One to find a dead lock, one to take its place; more only when simulators race for the folder. */
const LOCK_ATTEMPTS = 5;

/** @returns the process that holds the lock; undefined when it is gone, or when its number now belongs to another. */
function livingHolder(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  const [pidText, start] = text.split(" ");
  const pid = Number(pidText);
  return Number.isInteger(pid) && pid > 0 && startOfProcess(pid) === start ? pid : undefined;
}

/** When a process began, in ticks since boot: field 22 of /proc/<pid>/stat (proc(5)). Undefined when there is none. */
export function startOfProcess(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

export function codeOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/** `permission denied` and the like, without the path, which the sentence has already. */
export function reasonOf(error: unknown): string {
  const text = REASONS[codeOf(error) ?? ""];
  return text ?? (error instanceof Error ? error.message : String(error));
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is not a folder",
  EEXIST: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  EROFS: "the file system is read-only",
};
