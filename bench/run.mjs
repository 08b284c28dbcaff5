// `npm run bench`: brings dist/ up to date, which is what the benches measure, and runs them.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "../tools/pulumi/versions.mjs";
import { buildUnlessUpToDate } from "../tools/set-up/dist.mjs";

await buildUnlessUpToDate();
const bench = join(repositoryRoot, "bench");
const args = ["--require", join(bench, "typescript.cjs"), join(bench, "main.ts"), ...process.argv.slice(2)];
spawn(process.execPath, args, { cwd: repositoryRoot, stdio: "inherit" }).on("exit", (code, signal) => {
  process.exitCode = code ?? 1;
  if (signal !== null) process.kill(process.pid, signal);
});
