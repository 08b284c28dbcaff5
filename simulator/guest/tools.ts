/**
 * The programs that agent and handler use inside a guest: copies of this machine's, called through a copy of its dynamic
 * loader. So they work after `rm -rf /usr` in the guest, a guest cannot plant its own, and it gets hold of no file that this
 * machine uses itself: even a refused attempt to write keeps others from starting a program for a moment (ETXTBSY).
 */
import { execFileSync } from "node:child_process";
import { accessSync, chmodSync, constants, copyFileSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";

export const TOOL_NAMES = [
  "sh",
  "rm",
  "mkdir",
  "chmod",
  "head",
  "tail",
  "env",
  "setsid",
  "umount",
  "rmdir",
  "nsenter",
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** Each tool as the words that start it. */
export type Tools = Readonly<Record<ToolName, readonly string[]>>;

/** Where the guest sees the copies. */
export const TOOLS_FOLDER = "/run/simulator-tools";

const SEARCHED_FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Path of a program of this machine, `undefined` when there is none. The folders are fixed: PATH may name anything. */
export function findProgram(name: string, folders: readonly string[] = SEARCHED_FOLDERS): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The tools of a container or of this machine itself: whatever its PATH has. */
export function ownTools(): Tools {
  return toolsBy((name) => [name]);
}

/** What is copied, and how a copy is called. Names are flat: `bin/<program>`, `lib/<library>`. */
interface Kit {
  readonly loader: string | undefined;
  /** Copies by their place: where each comes from. */
  readonly files: ReadonlyMap<string, string>;
  readonly programs: Readonly<Record<ToolName, string>>;
}

let kit: Kit | undefined;

/** Finds programs and libraries, once for all guests. @throws when this machine lacks a program. */
function findKit(): Kit {
  if (kit !== undefined) return kit;
  const programs = toolsBy((name) => realpathSync(requireProgram(name)));
  const paths = Object.values(programs);
  const loader = paths.map(loaderOf).find((path) => path !== undefined);
  const files = new Map(paths.map((path) => [`bin/${basename(path)}`, path]));
  if (loader !== undefined) files.set(`lib/${basename(loader)}`, realpathSync(loader));
  for (const path of paths) for (const [name, library] of librariesOf(path)) files.set(`lib/${name}`, library);
  kit = { loader, files, programs };
  return kit;
}

/** Copies the tools into a new folder. */
export function copyTools(folder: string): void {
  for (const name of ["bin", "lib"]) mkdirSync(join(folder, name), { recursive: true });
  for (const [place, source] of findKit().files) {
    copyFileSync(source, join(folder, place));
    chmodSync(join(folder, place), 0o755);
  }
}

/** The words that start the copies in a folder. */
export function toolsAt(folder: string): Tools {
  const { loader, programs } = findKit();
  const library = join(folder, "lib");
  return toolsBy((name) => {
    const program = programs[name];
    const copy = join(folder, "bin", basename(program));
    const prefix = loader === undefined || loaderOf(program) === undefined ? [] : [join(library, basename(loader))];
    const words = prefix.length === 0 ? [copy] : [...prefix, "--library-path", library, copy];
    return basename(program) === "busybox" ? [...words, name] : words;
  });
}

function toolsBy<T>(make: (name: ToolName) => T): Readonly<Record<ToolName, T>> {
  return Object.fromEntries(TOOL_NAMES.map((name) => [name, make(name)])) as unknown as Readonly<Record<ToolName, T>>;
}

function requireProgram(name: string): string {
  const path = findProgram(name);
  if (path === undefined)
    throw new Error(`namespace guests need the program '${name}', which this machine does not have`);
  return path;
}

/** The program interpreter of an ELF file (PT_INTERP), `undefined` for a static one. Source: ELF-64 object file format. */
export function loaderOf(path: string): string | undefined {
  const file = readFileSync(path);
  if (file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2) return undefined;
  const [offset, size, count] = [Number(file.readBigUInt64LE(32)), file.readUInt16LE(54), file.readUInt16LE(56)];
  for (let at = offset; at < offset + size * count; at += size) {
    if (file.readUInt32LE(at) !== 3) continue;
    const start = Number(file.readBigUInt64LE(at + 8));
    return file.toString("utf8", start, start + Number(file.readBigUInt64LE(at + 32)) - 1);
  }
  return undefined;
}

/** The libraries that a program loads, by the names it asks for, as its own loader finds them. */
function librariesOf(program: string): readonly (readonly [string, string])[] {
  const loader = loaderOf(program);
  if (loader === undefined) return [];
  const list = execFileSync(loader, ["--list", program], { encoding: "utf8", env: {} });
  return [...list.matchAll(/(\S+) => (\/\S+) \(/g)].map(([, name, path]) => [name ?? "", realpathSync(path ?? "")]);
}

/** The tools as environment variables of the scripts in `handler-script.ts`. */
export function toolVariables(tools: Tools): Record<string, string> {
  return Object.fromEntries(TOOL_NAMES.map((name) => [`T_${name.toUpperCase()}`, tools[name].join(" ")]));
}
