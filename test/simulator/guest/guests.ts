/** Guests for tests: each in a folder of its own, ended and deleted after the test file. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createGuest } from "../../../simulator/guest/create-guest";
import type { Guest, GuestKind, GuestOptions } from "../../../simulator/guest/guest";

export const IN_PROGRESS_TIMEOUT_MS = 20_000;

/** Other work on this machine may slow a test down; it must not fail it. */
export const TEST_TIMEOUT_MS = 60_000;

export class Guests {
  readonly folder = mkdtempSync(join(tmpdir(), "guests-"));
  readonly logged: string[] = [];
  private readonly made: Guest[] = [];

  make(vmName: string, options: Partial<GuestOptions> = {}, kind: GuestKind = "namespace"): Guest {
    const all = { vmName, folder: join(this.folder, vmName), rootfs: undefined, ...options };
    const guest = createGuest(kind, all, { log: (line) => this.logged.push(line) });
    this.made.push(guest);
    return guest;
  }

  async started(vmName: string, options: Partial<GuestOptions> = {}): Promise<Guest> {
    const guest = this.make(vmName, options);
    await guest.start();
    return guest;
  }

  async end(): Promise<void> {
    for (const guest of this.made) await guest.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Output of a shell line run as root in the guest; throws when it fails. */
export async function sh(guest: Guest, line: string): Promise<string> {
  const { exitCode, signal, stdout, stderr } = await guest.exec(["sh", "-c", line]);
  if (exitCode !== 0) throw new Error(`'${line}' ended with ${exitCode ?? signal}: ${stderr.toString()}`);
  return stdout.toString();
}

/** True when the shell line succeeds in the guest. */
export async function succeeds(guest: Guest, line: string): Promise<boolean> {
  return (await guest.exec(["sh", "-c", line])).exitCode === 0;
}

/** Runs a script by the handler and takes the message apart at its markers. */
export async function runScript(guest: Guest, script: string | Buffer): Promise<{ stdout: string; stderr: string }> {
  const { status, message } = await guest.enable(Buffer.from(script));
  const parts = /^Enable succeeded: \n\[stdout\]\n([\s\S]*)\n\[stderr\]\n([\s\S]*)$/.exec(message);
  if (status !== "success" || parts === null) throw new Error(`no streams in: ${status} ${message}`);
  return { stdout: parts[1] ?? "", stderr: parts[2] ?? "" };
}

/** Waits for a condition in the guest by asking again; fails by a sentence instead of hanging. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + IN_PROGRESS_TIMEOUT_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${what}`);
    await new Promise((settle) => setImmediate(settle));
  }
}

export function requireRoot(): void {
  if (process.getuid?.() !== 0)
    throw new Error("these tests need root: run them as root on a Linux that allows namespaces");
}

/** A Linux of a few files (this machine's busybox with its libraries), to be destroyed quickly. */
export function makeSmallRoot(folder: string): string {
  const root = join(folder, "small-root");
  if (existsSync(root)) return root;
  for (const path of ["usr/bin", "etc", "var/lib"]) mkdirSync(join(root, path), { recursive: true });
  for (const name of ["bin", "lib", "lib64", "sbin"]) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  const libraries = execFileSync("sh", ["-c", "ldd /usr/bin/busybox || true"], { encoding: "utf8", stdio: "pipe" });
  for (const path of libraries.match(/\/\S+/g) ?? []) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(path, join(root, path));
  }
  copyFileSync("/usr/bin/busybox", join(root, "usr/bin/busybox"));
  for (const name of ["sh", "rm", "ls", "cat", "test"]) symlinkSync("busybox", join(root, "usr/bin", name));
  return root;
}
