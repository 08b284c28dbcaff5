/** Compiles the command line and the simulator as they are now, so that tests can start it as a process. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { transformFileSync } from "@swc/core";

const ROOT = join(__dirname, "../..");
const FOLDERS = ["cli", "simulator", "core"];

/** Below node_modules, so that the compiled files find their dependencies. */
export function compileCli(): { readonly main: string; readonly remove: () => void } {
  const cache = join(ROOT, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "azure-run-command-test-"));
  for (const name of FOLDERS) {
    compileFolder(join(ROOT, name), join(folder, name));
  }
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  return { main: join(folder, "cli/main.js"), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function compileFolder(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    const file = join(from, name);
    if (statSync(file).isDirectory()) {
      compileFolder(file, join(to, name));
    } else {
      mkdirSync(dirname(join(to, name)), { recursive: true });
      compileFile(file, join(to, name));
    }
  }
}

function compileFile(from: string, to: string): void {
  if (extname(from) !== ".ts") {
    cpSync(from, to);
    return;
  }
  const { code } = transformFileSync(from, {
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    // What is a module is loaded as one.
    module: { type: "commonjs", ignoreDynamic: true },
    swcrc: false,
  });
  writeFileSync(to.replace(/\.ts$/, ".js"), code);
}
