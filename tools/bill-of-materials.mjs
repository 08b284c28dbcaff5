// Prints what `npm install azure-run-command` brings along, as the lock file has it: CycloneDX, by npm itself.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "./pulumi/versions.mjs";

/** `npm sbom --omit dev` also leaves out what is for users and for development (commander, say), so there must be no development. */
const NOT_FOR_USERS = ["devDependencies", "peerDependencies", "peerDependenciesMeta", "scripts"];

const manifest = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8"));
for (const name of NOT_FOR_USERS) delete manifest[name];
const temporary = mkdtempSync(join(tmpdir(), "bill-"));
try {
  // npm takes the folder's name for the package's.
  const folder = join(temporary, manifest.name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  copyFileSync(join(repositoryRoot, "package-lock.json"), join(folder, "package-lock.json"));
  npm(folder, "install", "--package-lock-only", "--offline", "--ignore-scripts", "--no-audit", "--no-fund");
  process.stdout.write(npm(folder, "sbom", "--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=library"));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function npm(cwd, ...args) {
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`'npm ${args.join(" ")}' ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
