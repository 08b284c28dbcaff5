/** What the tests of nasty scripts and of strange surroundings need of a VM beside `guest-vm.ts`. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunName, RunReport } from "../../../core/guest/protocol";
import { assembleStreams } from "../../../core/guest/report";
import type { GuestVm } from "./guest-vm";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Ends whatever runs in the name of this VM, with all children: a test that failed may leave a runner that hangs. */
export function endAll(vm: GuestVm): void {
  const all = processes();
  const found = new Set(all.filter((each) => each.command.includes(vm.folder)).map((each) => each.pid));
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const each of all) if (found.has(each.parent)) found.add(each.pid);
  }
  for (const pid of found) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function processes(): readonly Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, "latin1");
        const fields = readFileSync(`/proc/${name}/stat`, "latin1")
          .replace(/^.*\) /s, "")
          .split(" ");
        return [{ pid: Number(name), parent: Number(fields[1]), command }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    })
    .filter(({ pid }) => pid !== process.pid);
}

/** Reads on until the archive is whole, as the product does. */
export async function collected(vm: GuestVm, first: RunReport): Promise<{ stdout: Buffer; stderr: Buffer }> {
  const pieces: Uint8Array[] = [];
  let have = 0;
  for (let report = first; ; report = await vm.report({ verb: "read", ...nameOf(first), offset: have })) {
    const bytes = report.chunk?.bytes ?? new Uint8Array();
    pieces.push(bytes);
    have += bytes.length;
    if (have >= (report.chunk?.totalBytes ?? 0)) break;
    if (bytes.length === 0) throw new Error("a read brought nothing");
  }
  const assembled = assembleStreams(first, Buffer.concat(pieces));
  if (assembled.kind === "problem") throw new Error(assembled.problem);
  return { stdout: Buffer.from(assembled.stdout), stderr: Buffer.from(assembled.stderr) };
}

export function nameOf({ key, runId }: RunName): RunName {
  return { key, runId };
}

/** Bytes that gzip cannot make smaller, the same in each run of the tests. */
export function noise(bytes: number): Buffer {
  let state = 7;
  return Buffer.from(
    Array.from({ length: bytes }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    }),
  );
}

/** A disk of its own in memory at this path. */
export class Disk {
  private readonly path: string;
  private readonly filler: string;

  constructor(path: string, options: string) {
    this.path = path;
    this.filler = join(path, ".filler");
    mkdirSync(path, { recursive: true, mode: 0o700 });
    mount(["-t", "tmpfs", "-o", `mode=700,${options}`, "tmpfs", path]);
  }

  /** Leaves so many pages of 4,096 bytes. */
  fillTo(freePages: number): void {
    this.free();
    const { bavail } = statfsSync(this.path);
    if (bavail > freePages) writeFileSync(this.filler, Buffer.alloc((bavail - freePages) * 4_096));
    if (statfsSync(this.path).bavail !== freePages) throw new Error("the disk could not be filled as wanted");
  }

  inodesFree(): number {
    return statfsSync(this.path).ffree;
  }

  /** Leaves no room for another file, however small. */
  useUpInodes(): void {
    const folder = `${this.filler}s`;
    try {
      mkdirSync(folder);
      for (let index = 0; ; index += 1) writeFileSync(join(folder, `${index}`), "");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }

  free(): void {
    rmSync(this.filler, { force: true });
    rmSync(`${this.filler}s`, { recursive: true, force: true });
  }

  /** Changes options of the mount, such as its size or whether it can be written. */
  remount(options: string): void {
    mount(["-o", `remount,${options}`, this.path]);
  }

  remove(): void {
    // Lazily: what a failed test left running may still stand in it.
    const { status, stderr } = spawnSync("umount", ["--lazy", this.path]);
    if (status !== 0) throw new Error(`cannot unmount ${this.path}: ${stderr}`);
  }
}

function mount(words: readonly string[]): void {
  const { status, stderr } = spawnSync("mount", words, { encoding: "utf8" });
  if (status !== 0)
    throw new Error(`these tests need to mount: run them as root with CAP_SYS_ADMIN; mount said: ${stderr}`);
}
