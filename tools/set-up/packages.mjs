// Installs the npm packages, when those that are there are not the ones of the lock file.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { step } from "../progress.mjs";
import { repositoryRoot } from "../pulumi/versions.mjs";
import { run } from "../run.mjs";

/** npm writes it last, so an installation that was interrupted has none. */
const INSTALLED = "node_modules/.package-lock.json";

export async function installPackages() {
  if (packagesAreInstalled()) return;
  await step({ title: "Install the npm packages (npm ci)", usually: "half a minute to a minute" }, () =>
    run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], { cwd: repositoryRoot }),
  );
}

/** Compares what is installed with the lock file, package by package; times of files say nothing after a checkout. */
export function packagesAreInstalled(root = repositoryRoot) {
  if (!existsSync(join(root, INSTALLED))) return false;
  const wanted = readPackages(join(root, "package-lock.json"));
  const installed = readPackages(join(root, INSTALLED));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === "" || (installed[path] === undefined ? optional === true : installed[path].version === version),
  );
}

function readPackages(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages;
}
