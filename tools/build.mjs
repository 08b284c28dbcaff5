// Compiles the sources to dist/ and puts beside them what TypeScript does not carry: the runner and the fixtures of the simulator.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
rmSync(join(root, "dist"), { recursive: true, force: true });
execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
cpSync(join(root, "core/guest/runner.sh"), join(root, "dist/core/guest/runner.sh"));
chmodSync(join(root, "dist/cli/main.js"), 0o755);
