/** What Lambda's runtime has besides Node: the compiled process, and the AWS SDK. */
import { mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";

/**
 * Makes a folder that offers the AWS SDK and nothing else of this project's packages: a handler that forgot to bundle one
 * fails here as it would in Lambda.
 *
 * Source: AWS Lambda Developer Guide, "Runtime-included SDK versions" and NODE_PATH in "Defined runtime environment
 * variables".
 */
export function offerSdk(folder: string): string {
  const modules = join(folder, "node_modules");
  mkdirSync(modules, { recursive: true });
  const resolve = createRequire(join(__dirname, "runtime-modules.js")).resolve;
  const sdk = dirname(dirname(resolve("@aws-sdk/client-sts/package.json")));
  symlinkSync(sdk, join(modules, "@aws-sdk"));
  symlinkSync(join(dirname(sdk), "@smithy"), join(modules, "@smithy"));
  return modules;
}

/** @returns the file of the compiled Lambda process. */
export function compileProcess(folder: string): string {
  const outfile = join(folder, "lambda-process.cjs");
  buildSync({
    entryPoints: [join(__dirname, "process", "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "error",
  });
  return outfile;
}
