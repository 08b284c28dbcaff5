/** The folder of a simulator without `--state`: made in the system's temporary one, and removed for those that were killed. */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deleteTree } from "./guest/namespace-disk";
import { startOfProcess } from "./state";

const PREFIX = "azure-run-command-simulator-";
const OWNER_FILE = "owner.json";

/** Names a process beyond doubt: its number alone belongs to others later, and to others at once in another PID namespace. */
interface Owner {
  readonly pid: number;
  /** When it began, in ticks since boot. */
  readonly start: string;
  readonly pidNamespace: string;
  readonly bootId: string;
}

export function makeTemporaryFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, PREFIX));
  const owner = self();
  if (owner !== undefined) {
    writeFileSync(join(folder, OWNER_FILE), JSON.stringify(owner), { mode: 0o600 });
  }
  return folder;
}

/** Removes what killed simulators of this user left. What is not surely one of those stays, and a failure changes nothing. */
export async function removeLeftFolders(parent = tmpdir()): Promise<void> {
  const own = self();
  const folders = own === undefined ? [] : namesIn(parent).filter((name) => name.startsWith(PREFIX));
  for (const folder of folders.map((name) => join(parent, name))) {
    const owner = isOurs(folder) ? readOwner(folder) : undefined;
    if (owner !== undefined && own !== undefined && isGone(owner, own)) {
      await deleteTree(folder).catch(() => undefined);
    }
  }
}

/** Only of the same machine since the same boot can be said that a process is gone. */
function isGone(owner: Owner, own: Owner): boolean {
  return (
    owner.bootId === own.bootId && owner.pidNamespace === own.pidNamespace && startOfProcess(owner.pid) !== owner.start
  );
}

/** @returns undefined where /proc does not show this process by its own number. */
function self(): Owner | undefined {
  try {
    const start = startOfProcess(process.pid);
    return start === undefined || readlinkSync("/proc/self") !== String(process.pid)
      ? undefined
      : {
          pid: process.pid,
          start,
          pidNamespace: readlinkSync("/proc/self/ns/pid"),
          bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
        };
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A folder, not a link to one, of this user: others may write to the temporary folder too. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

function readOwner(folder: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, OWNER_FILE), "utf8"));
    return isOwner(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOwner(value: unknown): value is Owner {
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  const texts = ["start", "pidNamespace", "bootId"];
  return Number.isInteger(fields.pid) && texts.every((name) => typeof fields[name] === "string");
}
