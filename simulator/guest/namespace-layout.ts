/**
 * Which folders of a Linux a namespace guest sees, and how: decided here, made in `namespace-disk.ts`.
 *
 * overlayfs refuses (ELOOP) an upper folder that lies below a lower one on the same filesystem, so there is one overlay for
 * each top-level folder, and the folder on whose path the guest's own state lies is taken apart further down.
 */
import type { Dirent } from "node:fs";
import { dirname, join, relative } from "node:path";

/** One entry of the guest's root, by its path in the guest. */
export type Shown =
  | { readonly kind: "overlay"; readonly path: string; readonly lower: string }
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "file"; readonly path: string; readonly source: string };

/** Reads one folder; passed in so that this file stays pure. */
export interface FolderReader {
  list(folder: string): readonly Dirent[];
  link(path: string): string;
}

/** Shown of the machine's own root: the system, nothing of its users. A given rootfs is shown whole. */
const SYSTEM_FOLDERS = /^(usr|etc|var|bin|sbin|lib|lib32|lib64|libx32|libo32)$/;

/** Never taken from below: made anew, for each start or for each disk. */
const OWN_FOLDERS = new Set(["proc", "sys", "dev", "run", "tmp"]);

/** Empty folders of a fresh disk. Modes as in Debian's base-files. */
const FRESH_FOLDERS: readonly (readonly [string, number])[] = [
  ["home", 0o755],
  ["root", 0o700],
  ["srv", 0o755],
  ["mnt", 0o755],
  ["media", 0o755],
  ["opt", 0o755],
  ["boot", 0o755],
  ["proc", 0o555],
  ["sys", 0o555],
  ["dev", 0o755],
  ["run", 0o755],
  ["tmp", 0o1777],
];

/** @param root `/` for this machine's own; @param state folder that the upper folders lie in. */
export function layOut(root: string, stateFolder: string, read: FolderReader): readonly Shown[] {
  const state = hiddenFolder(stateFolder);
  const shown: Shown[] = [];
  for (const entry of read.list(root)) {
    if (OWN_FOLDERS.has(entry.name)) continue;
    if (root === "/" && !SYSTEM_FOLDERS.test(entry.name)) continue;
    show(join(root, entry.name), entry, { root, state, read, shown });
  }
  for (const [name, mode] of FRESH_FOLDERS) {
    if (!shown.some(({ path }) => path === `/${name}`)) shown.push({ kind: "folder", path: `/${name}`, mode });
  }
  return shown;
}

/** The other guests lie beside this one: unless that place is a common folder such as /var/lib, it is hidden as a whole. */
function hiddenFolder(stateFolder: string): string {
  const parent = dirname(stateFolder);
  return parent.split("/").length > 3 ? parent : stateFolder;
}

interface Walk {
  readonly root: string;
  readonly state: string;
  readonly read: FolderReader;
  readonly shown: Shown[];
}

function show(source: string, entry: Dirent, walk: Walk): void {
  const path = `/${relative(walk.root, source)}`;
  if (entry.isSymbolicLink()) walk.shown.push({ kind: "link", path, target: walk.read.link(source) });
  else if (entry.isFile()) walk.shown.push({ kind: "file", path, source });
  else if (entry.isDirectory()) showFolder(source, path, walk);
}

function showFolder(source: string, path: string, walk: Walk): void {
  if (source === walk.state) return;
  if (!walk.state.startsWith(`${source}/`)) {
    walk.shown.push({ kind: "overlay", path, lower: source });
    return;
  }
  walk.shown.push({ kind: "folder", path, mode: 0o755 });
  for (const entry of walk.read.list(source)) show(join(source, entry.name), entry, walk);
}

/** Of this machine's own root, not for a guest's eyes: its identity, its keys, what its services and users keep. */
export const HIDDEN = [
  "/etc/shadow-",
  "/etc/gshadow-",
  "/etc/ssl/private",
  "/etc/docker",
  "/etc/kubernetes",
  "/var/backups",
  "/var/mail",
  "/var/lib/waagent",
  "/var/lib/azure-run-command",
  "/var/lib/docker",
  "/var/lib/containerd",
  "/var/lib/containers",
  "/var/lib/kubelet",
  "/var/lib/libvirt",
  "/var/lib/lxc",
  "/var/lib/lxd",
  "/var/lib/postgresql",
  "/var/lib/mysql",
  "/var/spool/cron",
  "/var/cache/private",
  "/var/lib/private",
] as const;

/** Hidden as well, but found again empty: programs expect them. */
export const EMPTIED: readonly (readonly [string, number])[] = [
  ["/var/log", 0o755],
  ["/var/tmp", 0o1777],
];

/** Name of the folder that holds the changes of one overlay: one flat name per path. */
export function upperName(path: string): string {
  return encodeURIComponent(path.slice(1));
}
