/**
 * The disk of a namespace guest: a folder of this machine with what the guest changed. Written here only before the guest
 * first runs; afterwards it holds whatever the guest planted, so nothing below `disk` is opened from this machine any more.
 *
 *   disk/root     the guest's "/" (plain files; mount points for the rest)
 *   disk/upper/*  changes of each overlay        work/*  overlayfs's own, made anew at each start
 *   boot/*        made anew at each start: dev, sys, tools, boot_id, fstab        state.json  what Azure's side knows
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { EMPTIED, HIDDEN, type Shown, upperName } from "./namespace-layout";

const run = promisify(execFile);

/** A file in the disk that is there until the first start has hidden what it lists, and has made the `EMPTIED` folders. */
const FIRST_START_FILE = "first-start";

/** What a new disk is made from. */
export interface DiskPlan {
  readonly folder: string;
  readonly vmName: string;
  readonly shown: readonly Shown[];
  /** True when the Linux below is this machine's own: its secrets are then hidden. */
  readonly ownRoot: boolean;
  /** True without root: files of root below then have no owner inside, so the guest gets copies it may change. */
  readonly unprivileged: boolean;
}

/** Makes the disk unless it is there. A crash leaves `disk.new`, never half a disk. */
export async function makeDisk(plan: DiskPlan): Promise<void> {
  const disk = join(plan.folder, "disk");
  if (fs.existsSync(disk)) return;
  const fresh = `${disk}.new`;
  await deleteTree(fresh);
  fs.mkdirSync(join(fresh, "root"), { recursive: true, mode: 0o755 });
  fs.mkdirSync(join(fresh, "upper"), { mode: 0o755 });
  for (const entry of plan.shown) makeEntry(fresh, entry, plan.unprivileged);
  const hidden = plan.ownRoot && !plan.unprivileged ? prepareHiding(fresh, plan.shown) : [];
  writeIdentity(fresh, plan);
  fs.writeFileSync(join(fresh, FIRST_START_FILE), hidden.map((path) => `${path}\n`).join(""));
  fs.renameSync(fresh, disk);
}

function makeEntry(fresh: string, entry: Shown, unprivileged: boolean): void {
  const path = join(fresh, "root", entry.path);
  switch (entry.kind) {
    case "folder":
      makeFolder(path, entry.mode);
      return;
    case "link":
      fs.symlinkSync(entry.target, path);
      return;
    case "file":
      fs.copyFileSync(entry.source, path);
      return;
    case "overlay": {
      makeFolder(path, 0o755);
      const upper = join(fresh, "upper", upperName(entry.path));
      makeFolder(upper, fs.statSync(entry.lower).mode & 0o7777);
      if (unprivileged) ownFolders(entry.lower, upper, entry.path === "/etc");
      return;
    }
  }
}

function makeFolder(path: string, mode: number): void {
  fs.mkdirSync(path, { recursive: true });
  fs.chmodSync(path, mode);
}

/** Without root: the folders that administration writes to become the guest's own, and so do the files of /etc. */
function ownFolders(lower: string, upper: string, withFiles: boolean, depth = withFiles ? 9 : 3): void {
  if (depth === 0) return;
  for (const entry of readable(lower)) {
    const [from, to] = [join(lower, entry.name), join(upper, entry.name)];
    if (entry.isDirectory()) {
      makeFolder(to, fs.statSync(from).mode & 0o1777);
      ownFolders(from, to, withFiles, depth - 1);
    } else if (withFiles && entry.isFile() && isReadable(from)) fs.copyFileSync(from, to);
  }
}

function readable(folder: string): fs.Dirent[] {
  return isReadable(folder) ? fs.readdirSync(folder, { withFileTypes: true }) : [];
}

function isReadable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Folders around what is to be hidden. @returns the places of the whiteouts, below `upper`. */
function prepareHiding(fresh: string, shown: readonly Shown[]): readonly string[] {
  const hidden = [...HIDDEN, ...EMPTIED.map(([path]) => path), ...hostKeys()].filter((path) => fs.existsSync(path));
  const uppers = hidden.flatMap((path) => upperPath(fresh, shown, path) ?? []);
  for (const upper of uppers) mirrorParents(upper.base, upper.path);
  return uppers.map(({ path }) => relative(join(fresh, "upper"), path));
}

function hostKeys(): string[] {
  return readable("/etc/ssh").flatMap(({ name }) => (/^ssh_host_.*_key$/.test(name) ? [`/etc/ssh/${name}`] : []));
}

/** Where a change of a path of the guest goes, `undefined` when no overlay holds it. */
function upperPath(fresh: string, shown: readonly Shown[], path: string): { base: string; path: string } | undefined {
  const overlay = shown.find((entry) => entry.kind === "overlay" && path.startsWith(`${entry.path}/`));
  if (overlay === undefined) return undefined;
  const base = join(fresh, "upper", upperName(overlay.path));
  return { base, path: join(base, path.slice(overlay.path.length)) };
}

/** Folders between overlay and entry, as on this machine: a folder in the upper layer decides mode and owner. */
function mirrorParents(base: string, path: string): void {
  const parent = dirname(path);
  if (parent === base || fs.existsSync(parent)) return;
  mirrorParents(base, parent);
  const lower = `/${decodeURIComponent(base.slice(base.lastIndexOf("/") + 1))}${parent.slice(base.length)}`;
  const stat = fs.statSync(lower, { throwIfNoEntry: false });
  fs.mkdirSync(parent);
  fs.chmodSync(parent, stat === undefined ? 0o755 : stat.mode & 0o7777);
  if (stat !== undefined && process.getuid?.() === 0) fs.chownSync(parent, stat.uid, stat.gid);
}

/** Name, machine id, accounts without passwords, and commands that end the guest. */
function writeIdentity(fresh: string, plan: DiskPlan): void {
  const write = (path: string, text: string, mode = 0o644): void => {
    const target = upperPath(fresh, plan.shown, path)?.path ?? join(fresh, "root", path);
    fs.mkdirSync(dirname(target), { recursive: true });
    fs.rmSync(target, { force: true }); // a copy of a read-only file
    fs.writeFileSync(target, text, { mode });
    fs.chmodSync(target, mode);
  };
  write("/etc/hostname", `${plan.vmName}\n`);
  write("/etc/hosts", `127.0.0.1 localhost\n127.0.1.1 ${plan.vmName}\n::1 localhost ip6-localhost\n`);
  write("/etc/machine-id", `${randomBytes(16).toString("hex")}\n`);
  if (plan.ownRoot && !plan.unprivileged) {
    for (const path of ["/etc/shadow", "/etc/gshadow"])
      if (fs.existsSync(path)) write(path, withoutHashes(path), 0o640);
  }
  for (const name of POWER_COMMANDS) write(`/usr/sbin/${name}`, POWER_SCRIPT, 0o755);
}

function withoutHashes(path: string): string {
  return fs.readFileSync(path, "utf8").replace(/^([^:\n]*):[^:\n]*/gm, "$1:*");
}

export const POWER_COMMANDS = ["reboot", "poweroff", "halt", "shutdown"] as const;

/** Asks init (see \`INIT_SCRIPT\`) by the signals of busybox's init: TERM reboots, USR2 powers off. */
export const POWER_SCRIPT = `#!/bin/sh
# The simulator's: asks the guest's init to end it.
signal=USR2
case \${0##*/} in reboot) signal=TERM ;; esac
wait=0
[ "\${0##*/}" != shutdown ] || wait=60
for word; do
  case $word in
    -r | --reboot) signal=TERM ;;
    now) wait=0 ;;
    +[0-9]*) wait=$((\${word#+} * 60)) ;;
    -c) exit 0 ;;
  esac
done
if [ "$wait" = 0 ]; then kill -s "$signal" 1; else (trap '' HUP; sleep "$wait"; kill -s "$signal" 1) >/dev/null 2>&1 & fi
`;

/** Deletes a tree that a guest may have filled: links are not followed, depth does not matter. */
export async function deleteTree(path: string): Promise<void> {
  if (!fs.existsSync(path)) return;
  try {
    await run("rm", ["-rf", "--", path]);
  } catch {
    // Without root, overlayfs's own work folder (mode 000) stands in the way.
    await run("chmod", ["-R", "u+rwX", "--", path]);
    await run("rm", ["-rf", "--", path]);
  }
}
