/**
 * The mounts of a namespace guest, as one fstab for `mount --all`: one process instead of forty.
 *
 * They are made by root of this machine and then copied into a mount namespace of the guest's user namespace, where the
 * kernel locks them (mount_namespaces(7), "Restrictions on mount namespaces"): root in the guest can neither unmount them
 * nor make them writable again.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { type Shown, upperName } from "./namespace-layout";
import { copyTools, TOOLS_FOLDER } from "./tools";

export interface MountPlan {
  /** State folder of the guest. */
  readonly folder: string;
  /** Folder that holds `disk` and `work`: the state folder, or a tmpfs in it. */
  readonly top: string;
  readonly shown: readonly Shown[];
  readonly unprivileged: boolean;
}

/** Size of /tmp, /run and /dev/shm. Source: assumed; they take this machine's memory. */
const TMPFS_SIZE = "1g";

const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];
const DEVICE_LINKS = {
  fd: "/proc/self/fd",
  stdin: "/proc/self/fd/0",
  stdout: "/proc/self/fd/1",
  stderr: "/proc/self/fd/2",
  ptmx: "pts/ptmx",
};

/** Parts of /proc that belong to the machine and not to a namespace, seen as empty. */
const MASKED = [
  "kcore",
  "keys",
  "key-users",
  "kmsg",
  "kallsyms",
  "timer_list",
  "sched_debug",
  "latency_stats",
  "vmallocinfo",
];

/** Settings that the kernel keeps per UTS, IPC or network namespace: the guest may change its own. */
const OWN_SETTINGS = ["net", "kernel/hostname", "kernel/domainname"];

/** Settings of the machine that the guest may seem to change: plain files with the machine's values. */
const COPIED_SETTINGS = ["vm", "fs"];

/** Makes the folder `boot` anew: devices, tools, copied settings, boot id and fstab. */
export function prepareBoot(plan: MountPlan, bootId: string): void {
  const boot = join(plan.folder, "boot");
  fs.mkdirSync(join(boot, "dev/pts"), { recursive: true });
  fs.mkdirSync(join(boot, "dev/shm"));
  copyTools(join(boot, "tools"));
  for (const name of DEVICES) fs.writeFileSync(join(boot, "dev", name), "");
  for (const [name, target] of Object.entries(DEVICE_LINKS)) fs.symlinkSync(target, join(boot, "dev", name));
  for (const name of COPIED_SETTINGS) copySettings(join("/proc/sys", name), join(boot, "sys", name));
  fs.writeFileSync(join(boot, "boot_id"), `${bootId}\n`);
  fs.writeFileSync(join(boot, "fstab"), fstab(plan));
}

function copySettings(from: string, to: string): void {
  fs.mkdirSync(to, { recursive: true });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      if (entry.name !== "binfmt_misc") copySettings(source, target);
    } else fs.writeFileSync(target, readSetting(source));
  }
}

function readSetting(path: string): Buffer {
  try {
    return fs.readFileSync(path);
  } catch {
    return Buffer.from("0\n"); // written to only, such as vm/drop_caches
  }
}

function fstab(plan: MountPlan): string {
  const root = join(plan.folder, "root");
  const lines = [bind(join(plan.top, "disk/root"), root, "nodev"), ...overlays(plan, root)];
  lines.push(...volatileMounts(plan, root), ...procMounts(plan, root), ...toolMounts(plan, root));
  return lines.map((line) => `${line}\n`).join("");
}

function overlays(plan: MountPlan, root: string): string[] {
  return plan.shown.flatMap((entry) => {
    if (entry.kind !== "overlay") return [];
    const name = upperName(entry.path);
    // Relative to `top`, the folder that mount runs in: so no character of its path needs quoting.
    const options = [`lowerdir=${overlayPath(entry.lower)}`, `upperdir=disk/upper/${name}`, `workdir=work/${name}`];
    // Without `volatile`, every end of a guest writes all of the machine's dirty pages to its disk.
    options.push("nodev", "volatile", ...(plan.unprivileged ? ["userxattr"] : []));
    return [line("overlay", join(root, entry.path), "overlay", options.join(","))];
  });
}

function volatileMounts(plan: MountPlan, root: string): string[] {
  const terminals = plan.unprivileged
    ? "newinstance,ptmxmode=0666,mode=620"
    : "newinstance,ptmxmode=0666,mode=620,gid=5";
  return [
    tmpfs(join(root, "tmp"), "1777"),
    tmpfs(join(root, "run"), "0755"),
    bind(join(plan.folder, "boot/dev"), join(root, "dev"), "nodev,nosuid"),
    ...DEVICES.map((name) => device(plan, name, join(root, "dev", name))),
    line("devpts", join(root, "dev/pts"), "devpts", `${terminals},nosuid,noexec`),
    tmpfs(join(root, "dev/shm"), "1777"),
  ];
}

function procMounts(plan: MountPlan, root: string): string[] {
  const proc = join(root, "proc");
  const lines = [line("proc", proc, "proc", "nosuid,nodev,noexec")];
  for (const name of machineWideEntries()) {
    if (MASKED.includes(name)) lines.push(device(plan, "null", join(proc, name)));
    else lines.push(readOnly(join(proc, name), join(proc, name)));
  }
  lines.push(...OWN_SETTINGS.map((name) => bind(join("/proc/sys", name), join(proc, "sys", name))));
  lines.push(
    ...COPIED_SETTINGS.map((name) => bind(join(plan.folder, "boot/sys", name), join(proc, "sys", name), "nodev")),
  );
  lines.push(readOnly(join(plan.folder, "boot/boot_id"), join(proc, "sys/kernel/random/boot_id")));
  if (!plan.unprivileged) lines.push(readOnly("/sys", join(root, "sys")));
  return lines;
}

/** Entries of /proc that are not processes or links to them: their owners and rights are the same in every instance. */
function machineWideEntries(): readonly string[] {
  // By names alone: with types, readdir looks at each process as well, and fails when one ends meanwhile.
  return fs.readdirSync("/proc").filter((name) => {
    if (/^\d+$/.test(name)) return false;
    return fs.lstatSync(join("/proc", name), { throwIfNoEntry: false })?.isSymbolicLink() === false;
  });
}

/**
 * The tools for the guest, and read-only for ourselves too: the program that brings others into the guest is seen there for
 * a moment, and root in the guest could otherwise write to it by /proc/<pid>/exe (CVE-2019-5736).
 */
function toolMounts(plan: MountPlan, root: string): string[] {
  const tools = join(plan.folder, "boot/tools");
  const carried = readOnly(tools, join(root, TOOLS_FOLDER), ",X-mount.mkdir=0755");
  return plan.unprivileged ? [carried] : [carried, readOnly(tools, tools)];
}

function tmpfs(target: string, mode: string): string {
  return line("tmpfs", target, "tmpfs", `mode=${mode},size=${TMPFS_SIZE},nosuid,nodev`);
}

function bind(source: string, target: string, flags = ""): string {
  return line(source, target, "none", flags === "" ? "bind" : `bind,${flags}`);
}

/**
 * A device node of this machine. Read-only keeps its owner, rights and times from root in the guest, and still lets the
 * device be written to. A guest without rights owns no such node, and may not drop the flags that a remount would.
 */
function device(plan: MountPlan, name: string, target: string): string {
  return bind(`/dev/${name}`, target, plan.unprivileged ? "" : "ro,nosuid,noexec");
}

function readOnly(source: string, target: string, more = ""): string {
  return line(source, target, "none", `bind,ro,nosuid,nodev${more}`);
}

function line(source: string, target: string, type: string, options: string): string {
  return `${quote(source)} ${quote(target)} ${type} ${options} 0 0`;
}

/** As fstab(5) wants blanks and backslashes. */
function quote(path: string): string {
  return path.replace(/[\s\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

/** Colons part the layers of `lowerdir`; a comma cannot be expressed. */
function overlayPath(path: string): string {
  if (/[,\s"]/.test(path))
    throw new Error(`cannot use the folder '${path}' as a root: its path has a comma, a quote or a blank; move it`);
  return path.replace(/[\\:]/g, "\\$&");
}
