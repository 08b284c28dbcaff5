/**
 * The programs that agent and handler use inside a guest: this machine's, called through this machine's dynamic loader from
 * a read-only copy of its system folders. So they work after `rm -rf /usr` in the guest, and a guest cannot plant its own.
 */
import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export const TOOL_NAMES = ["sh", "rm", "mkdir", "chmod", "head", "tail", "env", "setsid", "umount", "rmdir"] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** Each tool as the words that start it. */
export type Tools = Readonly<Record<ToolName, readonly string[]>>;

/** Where the guest sees the system folders that the tools come from. */
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

/** The tools as a namespace guest calls them, from `TOOLS_FOLDER`. @throws when this machine lacks one. */
export function carriedTools(): Tools {
  const programs = TOOL_NAMES.map((name) => requireProgram(name));
  const first = realpathSync(requireProgram("sh"));
  const loader = loaderOf(first);
  if (loader === undefined) return toolsBy((name) => carried(name, []));
  const libraries = [...new Set(programs.flatMap((program) => libraryFolders(realpathSync(program))))];
  const prefix = [
    TOOLS_FOLDER + realpathSync(loader),
    "--library-path",
    libraries.map((l) => TOOLS_FOLDER + l).join(":"),
  ];
  return toolsBy((name) => carried(name, prefix));
}

function carried(name: ToolName, prefix: readonly string[]): readonly string[] {
  const program = realpathSync(requireProgram(name));
  const words = [...prefix, TOOLS_FOLDER + program];
  return basename(program) === "busybox" ? [...words, name] : words;
}

function toolsBy(words: (name: ToolName) => readonly string[]): Tools {
  return Object.fromEntries(TOOL_NAMES.map((name) => [name, words(name)])) as unknown as Tools;
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

/** Folders of the libraries that a program loads, as its own loader finds them. */
function libraryFolders(program: string): string[] {
  const loader = loaderOf(program);
  if (loader === undefined) return [];
  const list = execFileSync(loader, ["--list", program], { encoding: "utf8", env: {} });
  const paths = [...list.matchAll(/=> (\/\S+) \(/g)].map((match) => match[1] ?? "");
  return paths.map((path) => dirname(realpathSync(path)));
}

/** The tools as environment variables of the scripts in `handler-script.ts`. */
export function toolVariables(tools: Tools): Record<string, string> {
  return Object.fromEntries(TOOL_NAMES.map((name) => [`T_${name.toUpperCase()}`, tools[name].join(" ")]));
}
