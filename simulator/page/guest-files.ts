/**
 * Looks at the files of a guest, from inside it: what a path or a symbolic link leads to is decided by the guest's own
 * kernel, in the guest's own root, so nothing leads to a file of this machine. What the guest answers is not trusted.
 */
import type { Clock } from "../clock";
import type { Guest } from "../guest/guest";
import { pathIn, pathToken, shownName } from "./file-path";

/** Most entries of one folder that are shown. Source: our choice. */
export const ENTRIES_MAX = 500;
/** Most bytes of one file that are shown, from its beginning. Source: our choice. */
export const TEXT_MAX_BYTES = 65_536;
/** How long the guest may take for an answer. Source: our choice. */
export const ANSWER_MAX_MS = 10_000;
/** Most bytes of a list: as many entries, each with the longest name and a longish target. */
const LIST_MAX_BYTES = ENTRIES_MAX * 600;
/** What the scripts below print at most, and a little more: a guest has its own idea of `head`. */
const ANSWER_MAX_BYTES = Math.max(LIST_MAX_BYTES, TEXT_MAX_BYTES) + 1_024;

export interface GuestEntry {
  /** For people; may be the same for two files. */
  readonly name: string;
  readonly path: string;
  readonly kind: "folder" | "file" | "link" | "device" | "pipe" | "socket" | "unknown";
  readonly bytes: number | null;
  readonly modifiedAtMs: number | null;
  /** `755` */
  readonly mode: string;
  /** Where a symbolic link points: not whether anything is there. */
  readonly target: string | null;
}

export interface GuestFolder {
  readonly entries: readonly GuestEntry[];
  /** False: there are more, which are not shown. */
  readonly whole: boolean;
}

export interface GuestText {
  readonly bytes: number;
  /** Null: it is not text in UTF-8. */
  readonly text: string | null;
  /** False: the file goes on. */
  readonly whole: boolean;
}

export type Look<Seen> =
  | { readonly kind: "seen"; readonly seen: Seen }
  | { readonly kind: "not-seen"; readonly sentence: string };

/** Exit codes of both scripts. Above those of `timeout` and of signals. */
const EXIT = { link: 11, otherKind: 12, missing: 13, noTools: 14, kernel: 15 } as const;

/** The path comes by stdin: arguments are text, and it need not be. The letter keeps newlines at its end. */
const READ_PATH = `path=$(cat; echo x) || exit 1
path=\${path%x}
command -v find timeout head >/dev/null || exit ${EXIT.noTools}
[ ! -h "$path" ] || exit ${EXIT.link}
[ -e "$path" ] || exit ${EXIT.missing}`;

/** The first record is the folder itself, so that an empty folder is told from no list at all. */
const LIST_SCRIPT = `${READ_PATH}
[ -d "$path" ] || exit ${EXIT.otherKind}
timeout -s KILL 5 find "$path/." -maxdepth 1 -printf '%y %s %T@ %m\\t%f\\0%l\\0' 2>/dev/null | head -c ${LIST_MAX_BYTES}`;

/** FIFOs and devices are not opened, nor what the kernel makes up: reading that may wait for ever, or do something. */
const TEXT_SCRIPT = `${READ_PATH}
[ -f "$path" ] || exit ${EXIT.otherKind}
facts=$(find "$path" -maxdepth 0 -printf '%s %F') || exit 1
case \${facts#* } in
  proc | sysfs | cgroup | cgroup2 | debugfs | tracefs | securityfs | configfs | pstore | bpf | fusectl | binfmt_misc | \
  efivarfs | selinuxfs | nsfs | mqueue | devpts | devtmpfs) exit ${EXIT.kernel} ;;
esac
echo "\${facts%% *}"
exec timeout -s KILL 5 head -c ${TEXT_MAX_BYTES} "$path" 2>/dev/null`;

export async function listFolder(guest: Guest, path: Buffer, clock: Clock): Promise<Look<GuestFolder>> {
  const answer = await askGuest(guest, LIST_SCRIPT, path, clock);
  if (answer.kind === "not-seen") {
    return answer;
  }
  const records = recordsOf(answer.seen.subarray(0, LIST_MAX_BYTES));
  const [self, ...others] = records.entries;
  if (self === undefined) {
    return notSeen("the VM has no list of that folder: its 'find' is not the one of GNU, or does not work");
  }
  const entries = others
    .slice(0, ENTRIES_MAX)
    .map((record) => entryOf(path, record))
    .sort(byKindAndName);
  return { kind: "seen", seen: { entries, whole: records.whole && others.length <= ENTRIES_MAX } };
}

export async function readText(guest: Guest, path: Buffer, clock: Clock): Promise<Look<GuestText>> {
  const answer = await askGuest(guest, TEXT_SCRIPT, path, clock);
  if (answer.kind === "not-seen") {
    return answer;
  }
  const lineEnd = answer.seen.indexOf("\n");
  const bytes = numberOrNull(answer.seen.toString("latin1", 0, Math.max(0, lineEnd)));
  if (bytes === null) {
    return notSeen("the VM gave no answer that makes sense for that file");
  }
  const content = answer.seen.subarray(lineEnd + 1, lineEnd + 1 + TEXT_MAX_BYTES);
  const whole = content.length < TEXT_MAX_BYTES || bytes <= TEXT_MAX_BYTES;
  return { kind: "seen", seen: { bytes, text: decodeText(content, whole), whole } };
}

async function askGuest(guest: Guest, script: string, path: Buffer, clock: Clock): Promise<Look<Buffer>> {
  if (guest.kind === "process") {
    return notSeen("its guest is no sandbox, so its files are those of this machine, and the page does not show them");
  }
  let callOff: () => void = () => undefined;
  const late = new Promise<undefined>((resolve) => {
    callOff = clock.at(clock.nowMs() + ANSWER_MAX_MS, () => resolve(undefined));
  });
  const asked = guest.exec(["sh", "-c", script], path, ANSWER_MAX_BYTES);
  // Whoever is late is not listened to any more.
  asked.catch(() => undefined);
  const result = await Promise.race([asked, late]).finally(callOff);
  if (result === undefined) {
    return notSeen(`the VM did not answer within ${ANSWER_MAX_MS / 1_000} s`);
  }
  switch (result.exitCode) {
    case 0:
      return { kind: "seen", seen: result.stdout };
    case EXIT.link:
      return notSeen("it is a symbolic link, which the page does not follow");
    case EXIT.otherKind:
      return notSeen("it is of another kind, so it is not opened");
    case EXIT.missing:
      return notSeen("it is not there, or not any more");
    case EXIT.noTools:
      return notSeen("the VM lacks 'find', 'timeout' or 'head', by which the page looks at files");
    case EXIT.kernel:
      return notSeen("the VM's kernel makes it up when it is read, so it is not opened");
    default:
      return notSeen("the VM cannot read it");
  }
}

function notSeen(sentence: string): { readonly kind: "not-seen"; readonly sentence: string } {
  return { kind: "not-seen", sentence };
}

interface FileRecord {
  readonly facts: readonly string[];
  readonly name: Buffer;
  readonly target: Buffer;
}

/** Bytes after the last whole record are those of one that was cut off. */
function recordsOf(list: Buffer): { readonly entries: readonly FileRecord[]; readonly whole: boolean } {
  const entries: FileRecord[] = [];
  for (let at = 0; ; ) {
    const tab = list.indexOf("\t", at);
    const nameEnd = list.indexOf(0, tab);
    const targetEnd = list.indexOf(0, nameEnd + 1);
    if (tab < 0 || nameEnd < 0 || targetEnd < 0) {
      return { entries, whole: at === list.length && at < LIST_MAX_BYTES };
    }
    entries.push({
      facts: list.toString("latin1", at, tab).split(" "),
      name: list.subarray(tab + 1, nameEnd),
      target: list.subarray(nameEnd + 1, targetEnd),
    });
    at = targetEnd + 1;
  }
}

/** Source of the letters: find(1), `-printf %y`. */
const KINDS: Readonly<Record<string, GuestEntry["kind"]>> = {
  d: "folder",
  f: "file",
  l: "link",
  b: "device",
  c: "device",
  p: "pipe",
  s: "socket",
};

function entryOf(folder: Buffer, { facts, name, target }: FileRecord): GuestEntry {
  const [letter = "", bytes = "", modifiedAtSeconds = "", mode = ""] = facts;
  const kind = KINDS[letter] ?? "unknown";
  const seconds = numberOrNull(modifiedAtSeconds);
  return {
    name: shownName(name),
    path: pathToken(pathIn(folder, name)),
    kind,
    bytes: kind === "file" ? numberOrNull(bytes) : null,
    modifiedAtMs: seconds === null ? null : Math.round(seconds * 1_000),
    mode: /^[0-7]{1,4}$/.test(mode) ? mode : "",
    target: kind === "link" ? shownName(target) : null,
  };
}

function numberOrNull(text: string): number | null {
  return /^\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : null;
}

function byKindAndName(one: GuestEntry, other: GuestEntry): number {
  const folders = Number(other.kind === "folder") - Number(one.kind === "folder");
  return folders || Number(one.name > other.name) - Number(one.name < other.name);
}

/** @param whole false: the last character may be cut in two, and is left out then. */
function decodeText(content: Buffer, whole: boolean): string | null {
  if (content.includes(0)) {
    return null;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content, { stream: !whole });
  } catch {
    return null;
  }
}
