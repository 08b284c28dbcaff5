/** The guest code in a process of its own, for tests in which the simulator is killed or runs as another user. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transformFileSync } from "@swc/core";

const SOURCES = join(__dirname, "../../../simulator/guest");

/** Compiles the guest code; anyone may read the result. @returns its folder. */
export function compileGuestCode(): string {
  const folder = mkdtempSync(join(tmpdir(), "guest-code-"));
  chmodSync(folder, 0o755);
  for (const name of readdirSync(SOURCES)) {
    if (!name.endsWith(".ts")) continue;
    const { code } = transformFileSync(join(SOURCES, name), {
      jsc: { parser: { syntax: "typescript" }, target: "es2022" },
      module: { type: "commonjs" },
    });
    writeFileSync(join(folder, name.replace(/ts$/, "js")), code, { mode: 0o644 });
  }
  return folder;
}

export interface OutsideRun {
  readonly child: ChildProcess;
  /** Everything that it printed, once it has ended. */
  readonly output: Promise<string>;
}

/** Runs the body of an async function in which `createGuest` is known; `prefix` is put before `node`. */
export function runOutside(code: string, body: string, prefix: readonly string[] = []): OutsideRun {
  mkdirSync(code, { recursive: true });
  const program = `const { createGuest } = require(${JSON.stringify(join(code, "create-guest.js"))});
(async () => {${body}})().catch((error) => { console.log(String(error)); process.exit(1); });`;
  const [file, ...args] = [...prefix, process.execPath, "-e", program];
  const child = spawn(file ?? "", args, { stdio: ["ignore", "pipe", "inherit"], cwd: "/" });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, output: new Promise((settle) => child.once("close", () => settle(text))) };
}
