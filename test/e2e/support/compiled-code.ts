/** Compiled code for the processes of Pulumi, made once: see `compile-cache.cjs`. */
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./engine";

const PRELOADED = join(__dirname, "compile-cache.cjs");
const FILE = join(ROOT, "node_modules/.cache/azure-run-command/pulumi-tests.bin");

/** Which bring along all that programs and providers load. */
const MODULES = [
  "node_modules/@pulumi/pulumi/index.js",
  "node_modules/source-map-support/register.js",
  "node_modules/require-from-string/index.js",
  "node_modules/@azure/identity/dist/commonjs/index.js",
  "dist/provider/index.js",
  "dist/provider/lifecycle.js",
].map((path) => join(ROOT, path));

let environment: Readonly<Record<string, string>> | undefined;

/** What makes Node.js use the compiled code. Takes a second where it is missing or older than what it was made from. */
export function compileCache(): Readonly<Record<string, string>> {
  if (environment === undefined) {
    const madeAtMs = statSync(FILE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if ([PRELOADED, ...MODULES].some((path) => statSync(path).mtimeMs > madeAtMs)) {
      mkdirSync(dirname(FILE), { recursive: true });
      execFileSync(process.execPath, [PRELOADED, FILE, ...MODULES], { stdio: "inherit" });
    }
    environment = { NODE_OPTIONS: `--require ${JSON.stringify(PRELOADED)}`, PULUMI_TEST_COMPILE_CACHE: FILE };
  }
  return environment;
}
